INSERT INTO clocks VALUES (3, '01:00:00', '-02:00:00'), (4, '04:00:00', '05:00:00'), (5, NULL, '30:00:00');
UPDATE clocks SET n = '99:00:00' WHERE id = 2;
UPDATE clocks SET id = 40 WHERE id = 4;
UPDATE clocks SET id = 20 WHERE id = 2;
BEGIN;
INSERT INTO clocks VALUES (6, '01:00:00', '30:00:00');
INSERT INTO clocks VALUES (7, '01:00:00', '03:00:00');
COMMIT;
DELETE FROM clocks;
