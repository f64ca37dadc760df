CREATE TABLE a (id INT PRIMARY KEY COMMENT 'the key', v VARCHAR(10) COMMENT 'it''s a "value"', n INT) COMMENT = 'table é';
CREATE TABLE b LIKE a;
INSERT INTO a VALUES (1, 'x', 1);
