INSERT INTO z (id, ts, tsn, t3, t3n, t6, t6n, td) VALUES (3, 0, 0, 0, 0, 0, 0, 0);
INSERT INTO z (id) VALUES (4);
UPDATE z SET ts = 0, t3 = '2024-01-01 00:00:00.5', t6n = 0, td = NULL WHERE id = 4;
UPDATE z SET ts = '2024-01-01', tsn = 0, t3 = 0, t6 = 0, td = 0 WHERE id = 4;
ALTER TABLE z ADD COLUMN more TIMESTAMP(2) NOT NULL DEFAULT 0;
INSERT INTO z (id) VALUES (6);
DELETE FROM z;
