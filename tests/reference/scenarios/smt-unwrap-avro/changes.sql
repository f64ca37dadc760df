INSERT INTO orders_eu VALUES (2, 'c', -0.01, '1999-12-31 23:59:59.999999');
UPDATE orders_us SET price = 3 WHERE id = 1;
UPDATE orders_eu SET id = 7 WHERE id = 2;
DELETE FROM orders_eu WHERE id = 7;
ALTER TABLE orders_us ADD COLUMN note TEXT;
INSERT INTO orders_us (id, note) VALUES (3, 'n');
DELETE FROM other;
