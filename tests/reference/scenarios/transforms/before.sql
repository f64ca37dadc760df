CREATE TABLE orders (id INT PRIMARY KEY, region VARCHAR(10), price DECIMAL(10, 2), quantity SMALLINT, paid TINYINT, ratio DOUBLE, card VARCHAR(20), secret INT DEFAULT 5, note TEXT, made DATETIME(3), at BIGINT, gone INT);
CREATE TABLE items (id INT PRIMARY KEY, name VARCHAR(20) NOT NULL DEFAULT 'thing', tags JSON);
INSERT INTO orders VALUES (1, 'eu', 12.50, 3, 1, 0.5, '4711', 42, 'x', '2023-11-14 12:30:45.678', 1700000000123, 1);
INSERT INTO items VALUES (1, 'pen', '{"a": 1}');
