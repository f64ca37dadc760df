UPDATE times SET id = 3 WHERE id = 1;
UPDATE times SET d = '1969-12-31', t = '00:00:01' WHERE id = 2;
UPDATE times SET dt = '1969-12-31 23:59:59.999', ts = '2038-01-19 03:14:07' WHERE id = 2;
UPDATE times SET dt = '1970-01-01 00:00:00', t = '23:59:59.999' WHERE id = 2;
UPDATE times SET dt = '0099-01-01 00:00:00' WHERE id = 2;
UPDATE others SET a = -0.0000000001, c = 'a\\b';
UPDATE others SET e = 'it''s', f = 1e30, y = 1901, u = 1;
UPDATE others SET i = 0, k = 0, b = '', f = -0.1;
