/* leading comment */ CREATE TABLE c1 (id INT PRIMARY KEY /* inner */, v INT # hash
, w INT);
CREATE TABLE c2 (
  id INT PRIMARY KEY,   -- trailing
  v VARCHAR(20) DEFAULT 'a;b' /*! NOT NULL */,
  w INT /*!50100 DEFAULT 5 */ /*!99999 nonsense here */
) /*!50100 PARTITION BY HASH (id) PARTITIONS 2 */;
# hash comment
ALTER TABLE c2 ADD COLUMN x INT;
/*!40000 ALTER TABLE c2 DISABLE KEYS */;
INSERT INTO c1 VALUES (1, 2, 3);
INSERT INTO c2 (id) VALUES (1);
CREATE TABLE `back``tick` (`a``b` INT PRIMARY KEY, `spa ce` INT, `123` INT, `ключ` INT);
INSERT INTO `back``tick` VALUES (1, 2, 3, 4);
CREATE TABLE twin . spaced (id INT PRIMARY KEY);
INSERT INTO spaced VALUES (1);
create    table
lower_case
(   id int   primary   key  ,
    Name VARCHAR(5)  );
INSERT INTO lower_case VALUES (1, 'a');
CREATE VIEW vw AS SELECT id FROM plain;
CREATE OR REPLACE VIEW vw AS SELECT id, 1 AS one FROM plain;
ALTER VIEW vw AS SELECT id FROM plain;
DROP VIEW vw;
CREATE TRIGGER tr BEFORE INSERT ON plain FOR EACH ROW BEGIN SET @x = NEW.id; SET NEW.id = NEW.id + 100; END;
INSERT INTO plain VALUES (1);
DROP TRIGGER tr;
CREATE PROCEDURE pr (IN a INT, OUT b INT) BEGIN DECLARE x INT DEFAULT 5; IF a > 1 THEN SET b = x; ELSE SET b = 2; END IF; INSERT INTO plain VALUES (a); END;
CALL pr(50, @out);
ALTER PROCEDURE pr COMMENT 'c';
DROP PROCEDURE pr;
CREATE FUNCTION fn (a INT) RETURNS INT DETERMINISTIC RETURN a + 1;
DROP FUNCTION fn;
CREATE EVENT ev ON SCHEDULE EVERY 1 YEAR DO DELETE FROM plain WHERE id < 0;
DROP EVENT ev;
CREATE USER IF NOT EXISTS 'someone'@'localhost' IDENTIFIED BY 'secret';
ALTER USER 'someone'@'localhost' IDENTIFIED BY 'other';
SET PASSWORD FOR 'someone'@'localhost' = 'third';
GRANT SELECT ON twin.* TO 'someone'@'localhost';
REVOKE SELECT ON twin.* FROM 'someone'@'localhost';
RENAME USER 'someone'@'localhost' TO 'somebody'@'localhost';
DROP USER 'somebody'@'localhost';
CREATE ROLE IF NOT EXISTS twin_role;
GRANT INSERT ON twin.* TO twin_role;
DROP ROLE twin_role;
FLUSH PRIVILEGES;
FLUSH TABLES;
ANALYZE TABLE plain;
OPTIMIZE TABLE plain;
CHECK TABLE plain;
CREATE DATABASE IF NOT EXISTS twin_other CHARACTER SET latin1;
CREATE TABLE twin_other.t (id INT PRIMARY KEY, v VARCHAR(5));
INSERT INTO twin_other.t VALUES (1, 'a');
ALTER DATABASE twin_other COLLATE utf8mb4_bin;
RENAME TABLE twin_other.t TO twin.moved;
INSERT INTO moved VALUES (2, 'b');
CREATE SCHEMA IF NOT EXISTS twin_third;
DROP DATABASE twin_other;
DROP SCHEMA IF EXISTS twin_third;
INSERT INTO plain VALUES (2);
