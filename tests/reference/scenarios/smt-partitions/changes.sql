INSERT INTO sales VALUES (3, 'a', 1), (4, 'b', 2), (5, 'c', 3), (6, 'a region of some length', NULL), (7, NULL, NULL);
UPDATE sales SET amount = 7 WHERE id < 4;
DELETE FROM sales WHERE id > 3;
