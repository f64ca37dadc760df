INSERT INTO orders VALUES (2, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO orders VALUES (3, 'us', -0.01, -5, 0, 1e300, '', 0, '', '0001-01-01 00:00:00', -1, 1);
UPDATE orders SET price = 99.99, made = '1999-12-31 23:59:59.999' WHERE id = 1;
DELETE FROM orders WHERE id = 2;
INSERT INTO items (id, tags) VALUES (2, NULL), (3, '[]');
UPDATE items SET id = 10 WHERE id = 2;
ALTER TABLE orders ADD COLUMN extra INT DEFAULT 1 AFTER region;
INSERT INTO orders VALUES (4, 'as', 2, 1, 32767, 2, 3.25, '1', 1, 'n', '2024-02-29 00:00:00', 0, 0);
DELETE FROM items WHERE id = 3;
