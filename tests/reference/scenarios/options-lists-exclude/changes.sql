INSERT INTO secrets VALUES (2, 2);
INSERT INTO _tmp VALUES (2);
INSERT INTO shown VALUES (2, 'b', 'q', 'm');
UPDATE shown SET password = 'r' WHERE id = 2;
UPDATE shown SET id = 3 WHERE id = 2;
DELETE FROM shown WHERE id = 1;
INSERT INTO other VALUES (2, 'q', 'm');
ALTER TABLE shown ADD passport INT, ADD extra INT;
INSERT INTO shown VALUES (4, 'c', 's', 'k', 5, 6);
