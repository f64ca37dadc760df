INSERT INTO flags (id, e) VALUES (3, 2);
INSERT INTO flags VALUES (4, 1, 0, 2, 0, 0, 0, 100, 3);
UPDATE flags SET a = 0 WHERE id = 4;
ALTER TABLE flags ADD h BOOLEAN DEFAULT TRUE;
INSERT INTO flags (id, e) VALUES (5, 0);
