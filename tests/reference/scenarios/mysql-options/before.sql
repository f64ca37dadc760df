CREATE TABLE p (id INT PRIMARY KEY, secret VARCHAR(10), masked VARCHAR(30), cut VARCHAR(20) NOT NULL, hashed VARCHAR(100), d DECIMAL(10,2) UNSIGNED, e ENUM('a','b'), s SET('a','b'), g POINT, y YEAR(4), tx LONGTEXT, u BIGINT UNSIGNED ZEROFILL, dt DATETIME(3), ti TINYINT(1), vb VARBINARY(9), j JSON, b BIT(5), f FLOAT(5,2), dbl DOUBLE);
CREATE TABLE nokey (a INT, b VARCHAR(5), c INT);
CREATE TABLE skipped (id INT PRIMARY KEY);
INSERT INTO p (id, secret, masked, cut, hashed, u) VALUES (1, 's', 'm', 'cutting', 'h', 5);
INSERT INTO nokey VALUES (1, 'x', 2);
INSERT INTO skipped VALUES (1);
