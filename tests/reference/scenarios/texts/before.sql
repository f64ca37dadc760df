CREATE TABLE words (
  id CHAR(4) PRIMARY KEY, c CHAR(8) DEFAULT 'x', v VARCHAR(300) DEFAULT 'say "hi"', b BINARY(4), vb VARBINARY(300), t TEXT, mt MEDIUMTEXT,
  tb TINYBLOB, bl BLOB, size ENUM('small','a b','it''s','큰') NOT NULL DEFAULT 'a b', tags SET('red','green','two words','파랑') DEFAULT 'red,green',
  western VARCHAR(20) CHARACTER SET latin1, korean VARCHAR(20) CHARACTER SET euckr, wide CHAR(5) CHARACTER SET utf16, doc JSON);
INSERT INTO words VALUES ('a', '', '', '', '', '', '', '', '', 'small', '', '', '', '', '{}');
INSERT INTO words (id) VALUES ('b');
