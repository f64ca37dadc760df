-- NULL is shown as the default, and is a change all the same.
UPDATE defaults SET n = NULL WHERE id = 1;
UPDATE defaults SET n = 5 WHERE id = 1;
UPDATE defaults SET f = NULL WHERE id = 1;
UPDATE defaults SET d = NULL, s = NULL WHERE id = 1;
UPDATE defaults SET e = NULL WHERE id = 1;
UPDATE defaults SET t = NULL WHERE id = 1;
UPDATE defaults SET b = NULL, c = NULL;
UPDATE defaults SET n = NULL, f = NULL WHERE id = 2;
-- What is cut off is no change.
UPDATE cut SET s = 'abcxyz', e = 'abcdef' WHERE id = 1;
UPDATE cut SET s = 'abcdef', e = 'abcxyz' WHERE id = 1;
UPDATE cut SET b = b'100000000000000000000000000000' WHERE id = 1;
UPDATE cut SET b = b'110000000000000000000000000000' WHERE id = 1;
UPDATE cut SET v = 'abcdef', t = '2021-01-01 00:00:00' WHERE id = 1;
UPDATE cut SET v = 'abcxyz', t = '2022-01-01 00:00:00' WHERE id = 1;
UPDATE cut SET d = NULL, s = NULL WHERE id = 2;
UPDATE cut SET s = 'abcabc' WHERE id = 2;
-- A zero date in a NOT NULL column is its default, and no change where it was that.
UPDATE required SET d = 0 WHERE id = 1;
UPDATE required SET d = '2021-01-01' WHERE id = 1;
UPDATE required SET d = 0, t = 0 WHERE id = 1;
UPDATE required SET d = '1976-08-23' WHERE id = 1;
