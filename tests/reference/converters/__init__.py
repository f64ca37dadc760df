"""Converters compared with the originals."""
