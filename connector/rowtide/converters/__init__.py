"""Converters: Connect data to the bytes of record keys, values and headers, and back."""
