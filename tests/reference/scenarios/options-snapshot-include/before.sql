CREATE TABLE big (id INT PRIMARY KEY, a INT);
CREATE TABLE middle (id INT PRIMARY KEY, a INT);
CREATE TABLE small (id INT PRIMARY KEY, a INT);
INSERT INTO big SELECT seq, 1 FROM seq_1_to_60;
INSERT INTO middle SELECT seq, 1 FROM seq_1_to_20;
INSERT INTO small VALUES (1, 1);
ANALYZE TABLE big, middle, small, zz_last;
