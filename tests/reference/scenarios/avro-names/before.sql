CREATE TABLE `odd-name 1` (`1st` INT PRIMARY KEY, `a b` VARCHAR(9), `größe` INT DEFAULT 3, `dot.ted` INT, `$d` INT, `_u` INT);
CREATE TABLE `t-2nd.table` (`k-1` INT, `k-2` VARCHAR(5), v INT, PRIMARY KEY (`k-1`, `k-2`));
INSERT INTO `odd-name 1` VALUES (1,'x',2,3,4,5);
