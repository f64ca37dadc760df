-- The user that a connector reads with, and a table to begin with.
CREATE USER cdc@'%' IDENTIFIED BY 'cdc';
GRANT SELECT, RELOAD, SHOW DATABASES, LOCK TABLES, REPLICATION SLAVE, REPLICATION CLIENT, BINLOG MONITOR, REPLICA MONITOR ON *.* TO cdc@'%';
CREATE TABLE shop.customers (
  id INT UNSIGNED PRIMARY KEY AUTO_INCREMENT,
  name VARCHAR(100) NOT NULL,
  email VARCHAR(200) NOT NULL UNIQUE,
  city VARCHAR(100) NULL
);
INSERT INTO shop.customers (name, email, city) VALUES ('Ada Lovelace', 'ada@example.com', 'London');
