CREATE TABLE things (id INT PRIMARY KEY, v VARCHAR(9));
INSERT INTO things VALUES (1, 'before'), (2, 'before');
