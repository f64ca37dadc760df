INSERT INTO b SELECT id + 10, b1, b16, vb, tb, bl, bl5, mb, lb, bd, vd, vx, vn FROM b ORDER BY id;
UPDATE b SET b16 = UNHEX('ffffffffffffffffffffffffffffffff'), b1 = x'ff' WHERE id = 11;
ALTER TABLE b MODIFY b1 BINARY(2), ADD COLUMN u BINARY(16) NOT NULL DEFAULT '0123456789abcdef';
INSERT INTO b (id, b1) VALUES (20, 'z');
CREATE TABLE bk (k BINARY(4), v VARBINARY(4), n INT, PRIMARY KEY (k, v));
INSERT INTO bk VALUES ('a', 'b', 1), (x'61000001', x'00', 2);
UPDATE bk SET v = 'c' WHERE n = 1;
DELETE FROM b WHERE id > 10;
