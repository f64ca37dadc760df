CREATE TABLE outbox (id CHAR(36) PRIMARY KEY, aggregatetype VARCHAR(20) NOT NULL, aggregateid VARCHAR(20) NOT NULL, type VARCHAR(20) NOT NULL, payload JSON, tenant INT, version INT, at DATETIME(3));
CREATE TABLE orders (id INT PRIMARY KEY, v VARCHAR(9));
