UPDATE orders_1 SET id = 5;
INSERT INTO orders_2 VALUES (2, 3);
DELETE FROM orders_2 WHERE id = 1;
UPDATE plain SET a = 2;
DELETE FROM plain;
