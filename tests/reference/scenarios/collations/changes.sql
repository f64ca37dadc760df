-- All of these sets are decoded alike, or are named; what Debezium takes from a collation depends on where it stands.
CREATE TABLE places (id INT PRIMARY KEY, a VARCHAR(9) COLLATE utf8_unicode_ci NOT NULL, b VARCHAR(9) NOT NULL COLLATE utf8_unicode_ci, c VARCHAR(9) COLLATE utf8mb3_unicode_ci NULL, d VARCHAR(9) NULL COLLATE utf8mb3_unicode_ci, e TEXT COLLATE utf8mb4_bin, f TEXT NULL COLLATE utf8mb4_bin, g CHAR(3) CHARACTER SET 'utf8' COLLATE 'utf8_bin', h CHAR(3) CHARSET latin1 COLLATE latin1_bin);
CREATE TABLE lists (id INT PRIMARY KEY, a ENUM('x', 'y') COLLATE utf8_unicode_ci NOT NULL DEFAULT 'x', b ENUM('x') CHARACTER SET 'utf8' COLLATE 'utf8_unicode_ci', c SET('x', 'y') CHARSET latin1, d SET('x') CHARACTER SET 'latin1' NOT NULL, e ENUM('ä') COLLATE utf8mb4_bin);
CREATE TABLE by_table (id INT PRIMARY KEY, a VARCHAR(9), b ENUM('x'), c TEXT COLLATE utf8mb4_bin) COLLATE utf8_bin;
CREATE TABLE by_both (id INT PRIMARY KEY, a VARCHAR(9), b ENUM('x')) CHARACTER SET utf8mb3 COLLATE utf8mb3_bin;
CREATE TABLE by_quoted (id INT PRIMARY KEY, a VARCHAR(9), b ENUM('x')) CHARSET='utf8' COLLATE='utf8_bin';
INSERT INTO places VALUES (1, 'ä', 'ä', 'ä', 'ä', 'ä', '😀', 'ä', 'ä');
INSERT INTO lists VALUES (1, 'y', 'x', 'x,y', 'x', 'ä');
INSERT INTO by_table VALUES (1, 'ä', 'x', '😀');
INSERT INTO by_both VALUES (1, 'ä', 'x');
INSERT INTO by_quoted VALUES (1, 'ä', 'x');
ALTER TABLE by_table COLLATE utf8mb4_bin, ADD d VARCHAR(3);
ALTER TABLE lists MODIFY a ENUM('x', 'y', 'it''s') CHARACTER SET 'utf8' COLLATE 'utf8_unicode_ci' NOT NULL DEFAULT 'x';
ALTER TABLE places ADD i VARCHAR(3) COLLATE utf8_bin, ADD j ENUM('q') CHARSET 'utf8mb4' AFTER id;
INSERT INTO by_table VALUES (2, 'ä', 'x', '😀', 'ä');
INSERT INTO lists (id, a, d) VALUES (2, 'it''s', 'x');
UPDATE places SET i = 'ö', j = 'q';
