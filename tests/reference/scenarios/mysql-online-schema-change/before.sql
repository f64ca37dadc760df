CREATE TABLE customers (id INT AUTO_INCREMENT PRIMARY KEY, name VARCHAR(20));
INSERT INTO customers (name) VALUES ('a'), ('b'), ('c');
