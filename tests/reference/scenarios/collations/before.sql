CREATE TABLE shown (id INT PRIMARY KEY, a VARCHAR(9) COLLATE utf8mb3_bin, b ENUM('x', 'y') CHARACTER SET 'latin1', c SET('x') COLLATE utf8mb4_bin) COLLATE utf8mb4_bin;
INSERT INTO shown VALUES (1, 'ä', 'x', 'x');
