INSERT INTO `odd-name 1` VALUES (2,NULL,NULL,NULL,NULL,NULL);
INSERT INTO `t-2nd.table` VALUES (1,'a',5);
UPDATE `t-2nd.table` SET v = 6;
DELETE FROM `odd-name 1` WHERE `1st` = 1;
