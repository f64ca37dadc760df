CREATE TABLE pairs (z INT, note VARCHAR(10), a VARCHAR(10), PRIMARY KEY (a, z));
CREATE TABLE chosen (id INT PRIMARY KEY, kind VARCHAR(5), owner INT);
CREATE TABLE keyless (a INT, b INT);
CREATE TABLE unique_only (a INT NOT NULL, b INT, c INT NOT NULL, UNIQUE KEY (c), UNIQUE KEY (a));
CREATE TABLE unique_nullable (a INT, b INT, UNIQUE KEY (a));
INSERT INTO pairs VALUES (1, 'n', 'x'), (2, 'm', 'x');
INSERT INTO chosen VALUES (1, 'k', 10);
INSERT INTO keyless VALUES (1, 1), (1, 1);
