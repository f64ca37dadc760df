INSERT INTO people (id, name) VALUES (2, 'Ben');
UPDATE people SET name = 'Anna', age = NULL WHERE id = 1;
UPDATE people SET price = 1.01, bin = 0x0002, city = 'Rom' WHERE id = 1;
UPDATE people SET id = 3 WHERE id = 2;
DELETE FROM people WHERE id = 1;
