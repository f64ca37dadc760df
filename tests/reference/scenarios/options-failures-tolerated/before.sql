CREATE TABLE t (id INT PRIMARY KEY, a INT, b VARCHAR(20)) COMMENT 'the table';
INSERT INTO t VALUES (1, 1, 'x'), (2, 2, 'y');
