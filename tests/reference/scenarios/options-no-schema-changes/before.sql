CREATE TABLE t (id INT PRIMARY KEY COMMENT 'the key', a INT COMMENT 'it''s a', p POINT, e ENUM('x') COMMENT '') COMMENT 'the table';
INSERT INTO t (id, a) VALUES (1, 1);
