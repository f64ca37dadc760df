UPDATE `my-table` SET `id-1` = 2;
INSERT INTO `größe` VALUES (2, 2);
INSERT INTO `1a` VALUES (2, 2);
INSERT INTO `a.b` VALUES (2, 2);
ALTER TABLE `my-table` ADD `new-one` INT;
