-- A DDL statement commits the open transaction.
START TRANSACTION;
INSERT INTO first VALUES (2, 2);
INSERT INTO second VALUES (2, 2);
ALTER TABLE second ADD w INT DEFAULT 5;
INSERT INTO second VALUES (3, 3, 3);
ROLLBACK;
START TRANSACTION;
UPDATE first SET v = v + 1;
UPDATE second SET w = w + 1;
COMMIT;
-- Temporary tables are not in the binlog's rows; the statements that make them may be.
CREATE TEMPORARY TABLE scratch (id INT);
INSERT INTO scratch VALUES (1);
DROP TEMPORARY TABLE scratch;
CREATE TABLE third AS SELECT id, v FROM first;
START TRANSACTION;
INSERT INTO third VALUES (9, 9);
DELETE FROM first;
COMMIT;
/* a comment before */ ALTER TABLE third /* and within */ ADD COLUMN `odd name; really` VARCHAR(3) COMMENT 'odd; yes';
INSERT INTO third VALUES (10, 10, 'x');
DROP TABLE first;
