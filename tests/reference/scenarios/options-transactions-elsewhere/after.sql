-- Transactions without a captured row, in seconds of their own: an offset's time is that of the last captured row.
DO SLEEP(1.2);
INSERT INTO elsewhere VALUES (4, 4);
DO SLEEP(1.2);
INSERT INTO elsewhere VALUES (5, 5);
