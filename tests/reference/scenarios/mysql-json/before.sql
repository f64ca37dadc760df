CREATE TABLE docs (id INT PRIMARY KEY, j JSON, k JSON NOT NULL DEFAULT (JSON_OBJECT('a', 1)), v VARCHAR(20));
INSERT INTO docs VALUES (1, '{"a": 1, "b": [1, 2, {"c": null}], "d": true}', '[]', 'x');
INSERT INTO docs VALUES (2, NULL, '{}', 'x');
INSERT INTO docs VALUES (3, '"text"', '12', NULL);
