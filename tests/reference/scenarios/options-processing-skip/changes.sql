INSERT INTO clocks VALUES (3, '-01:00:00', '02:00:00'), (4, '04:00:00', '05:00:00');
UPDATE clocks SET t = '99:00:00' WHERE id = 2;
UPDATE clocks SET id = 20 WHERE id = 2;
DELETE FROM clocks WHERE id = 3;
