INSERT INTO orders VALUES (1, 'a');
INSERT INTO outbox VALUES ('u1', 'order', '1', 'OrderCreated', '{"id": 1, "lines": [{"sku": "a", "n": 2}, {"sku": "b", "gift": true}], "total": 12.5, "note": null, "big": 3000000000}', 3, 1, '2024-01-01 00:00:00.5');
INSERT INTO outbox VALUES ('u2', 'customer', '7', 'CustomerMoved', '{"to": {"city": "Köln", "zip": "50667"}}', NULL, 2, NULL);
UPDATE outbox SET tenant = 9 WHERE id = 'u2';
DELETE FROM outbox WHERE id = 'u1';
INSERT INTO outbox VALUES ('u3', 'order', '1', 'OrderGone', NULL, 5, 1, '2024-01-02 00:00:00');
INSERT INTO outbox VALUES ('u4', 'order', '2', 'OrderText', '"just text"', 5, 1, '2024-01-02 00:00:00');
