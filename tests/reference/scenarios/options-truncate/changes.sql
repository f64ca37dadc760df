INSERT INTO people (id) VALUES (3);
INSERT INTO people VALUES (4, 'Zoë', 'ÄÖÜ ß €', 'abcd', '2020-02-02', '{"b": [1, 2]}', 'a', 'x', 0x00ff, 0x0001, 8);
UPDATE people SET name = 'other', note = 'changed' WHERE id = 1;
UPDATE people SET num = 1 WHERE id = 2;
DELETE FROM people WHERE id = 4;
