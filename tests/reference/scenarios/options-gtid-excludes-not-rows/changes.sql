SET SESSION server_id = 99;
INSERT INTO t VALUES (50, 1, 'foreign');
UPDATE t SET a = 2 WHERE id = 50;
SET SESSION server_id = DEFAULT;
INSERT INTO t VALUES (51, 1, 'own');
SET SESSION server_id = 99;
ALTER TABLE t ADD foreign_column INT;
SET SESSION server_id = DEFAULT;
INSERT INTO t VALUES (52, 1, 'own', 2);
