SET SESSION sql_mode = '';
CREATE TABLE es (id INT PRIMARY KEY, e ENUM('a','b,c','d''e','','ü','f\\g',' x','y '), en ENUM('one','two') NOT NULL, ed ENUM('one','two') DEFAULT 'two', s SET('x','y','z z',''), sn SET('a','b','c') NOT NULL DEFAULT 'a,c', el ENUM('é','ß') CHARACTER SET latin1, eb ENUM('a','A') COLLATE utf8mb4_bin, num ENUM('0','1','2') DEFAULT '1', sb SET('p','q') BINARY);
INSERT INTO es (id, e, s) VALUES (1, 'a', 'x,y'), (2, 'b,c', ''), (3, 'd''e', 'z z'), (4, 'ü', NULL), (5, NULL, 'x,y,z z'), (6, 'no such', 'x,none'), (7, 3, 5), (8, '', '');
