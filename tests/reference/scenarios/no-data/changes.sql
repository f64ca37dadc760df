UPDATE things SET v = 'after' WHERE id = 1;
INSERT INTO things VALUES (3, 'new');
INSERT INTO things VALUES (3, 'x'), (4, 'y') ON DUPLICATE KEY UPDATE v = 'again';
TRUNCATE TABLE things;
REPLACE INTO things VALUES (5, 'a'), (6, 'b');
DELETE FROM things ORDER BY id;
