INSERT INTO odd_name VALUES (2,NULL,NULL,NULL,NULL,NULL);
INSERT INTO `2nd.table` VALUES (1,'a',5);
UPDATE `2nd.table` SET v = 6;
DELETE FROM odd_name WHERE `1st` = 1;
