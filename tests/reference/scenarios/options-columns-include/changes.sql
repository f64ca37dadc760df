INSERT INTO people VALUES (2, 'b', '2021-01-01', 'm');
UPDATE people SET note = 'x' WHERE id = 2;
INSERT INTO pairs VALUES (1, 2, 3), (2, 3, 4);
DELETE FROM pairs WHERE a = 1;
INSERT INTO nothing VALUES (2, 3);
