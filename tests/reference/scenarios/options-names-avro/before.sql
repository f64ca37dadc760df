CREATE TABLE `my-table` (`id-1` INT PRIMARY KEY, `2nd` INT, `a b` INT, `_u` INT, ok INT);
CREATE TABLE `größe` (id INT PRIMARY KEY, `länge` INT);
CREATE TABLE `1a` (id INT PRIMARY KEY, `x$y` INT);
CREATE TABLE `a.b` (id INT PRIMARY KEY, `c.d` INT);
INSERT INTO `my-table` VALUES (1, 2, 3, 4, 5);
INSERT INTO `größe` VALUES (1, 1);
INSERT INTO `1a` VALUES (1, 1);
INSERT INTO `a.b` VALUES (1, 1);
