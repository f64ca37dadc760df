INSERT INTO sink (id) VALUES (3);
INSERT INTO sink VALUES (4, -1, 5, 1, -1.5, 1e10, 'o', 'c', '😀', 2);
ALTER TABLE sink ADD bb BOOLEAN DEFAULT TRUE;
INSERT INTO sink (id, bb) VALUES (5, FALSE);
