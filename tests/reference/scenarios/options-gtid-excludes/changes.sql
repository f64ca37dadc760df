SET SESSION gtid_domain_id = 7;
INSERT INTO t VALUES (50, 1, 'foreign');
UPDATE t SET a = 2 WHERE id = 50;
SET SESSION gtid_domain_id = 0;
INSERT INTO t VALUES (51, 1, 'own');
SET SESSION gtid_domain_id = 7;
ALTER TABLE t ADD foreign_column INT;
SET SESSION gtid_domain_id = 0;
INSERT INTO t VALUES (52, 1, 'own', 2);
