UPDATE t SET f = NULL, n = NULL, i = 7 WHERE id = 2;
UPDATE s SET e = NULL, c = 'z', p = NULL WHERE id = 2;
INSERT INTO t (id, bi) VALUES (10, 64);
INSERT INTO s (id, v, tt) VALUES (10, REPEAT('long ', 10), '2026-02-03 04:05:06.001');
DELETE FROM t WHERE id = 1;
DELETE FROM s WHERE id = 3;
