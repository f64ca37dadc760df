"""The initial snapshot: schemas and rows of one consistent moment, with the log position of that moment."""
