INSERT INTO flags VALUES (3, -1, 2), (4, 0, -128);
INSERT INTO flags (id) VALUES (5);
