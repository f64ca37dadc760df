INSERT INTO words VALUES ('한글', 'pad   ', REPEAT('é', 300), x'00ff', REPEAT(x'80', 300), 'quote " slash / back \\ tab 	 line
end', REPEAT('long ', 3000),
  x'00', 'text in a blob', '큰', 'two words,파랑', 'Ünïcödé', '한국어', 'ab', '{"b": [1, 2.50, null], "a": "é"}');
UPDATE words SET size = 'it''s', tags = NULL, doc = '[1,  2]' WHERE id = 'b';
UPDATE words SET v = CONCAT('😀 control: ', CHAR(0), CHAR(1), CHAR(8), CHAR(12), CHAR(31), CHAR(127), '\\ /'), western = NULL WHERE id = 'a';
UPDATE words SET id = 'c' WHERE id = 'a';
DELETE FROM words WHERE id = '한글';
