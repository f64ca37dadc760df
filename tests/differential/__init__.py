"""The native engine against the reference engine: the same bytes in, the same events, records and errors out."""
