"""Masked, hashed, cut and annotated columns; that they equal Debezium's is tested with recorded cases."""

import hashlib

import pytest

from rowtide.errors import ConfigError
from rowtide.tables.model import Column
from rowtide.types import ValueModes, column_codec, jdbc
from rowtide.types.mappers import hashed, java_serialized, masked, source_type, truncated

TEXT = Column("c", 1, jdbc.VARCHAR, "VARCHAR", length=20)
NUMBER = Column("n", 1, jdbc.INTEGER, "INT")


def mapped(mapper, column):
    return mapper(column, column_codec(column, ValueModes()))


def test_masks_replace_text_and_null():
    made = mapped(masked("***"), TEXT)
    assert (made.convert(b"secret"), made.convert(None), made.convert_snapshot(b"x")) == ("***", "***", "***")
    assert made.schema.parameters == (("masked", "true"),)


def test_masks_leave_numbers():
    made = mapped(masked("***"), NUMBER)
    assert made.convert(5) == 5
    assert made.schema.parameters == (("masked", "true"),)


def test_truncation_counts_utf16_units_and_keeps_no_half_pair():
    made = mapped(truncated(3), TEXT)
    assert made.convert("a😀bc".encode()) == "a😀"
    assert made.convert("ab😀".encode()) == "ab"
    assert made.convert(None) is None
    assert made.schema.parameters == (("truncateLength", "3"),)
    assert mapped(truncated(20), TEXT).schema.parameters == ()


def test_truncation_leaves_bits():
    made = mapped(truncated(1), Column("b", 1, jdbc.BIT, "BIT", length=30))
    assert made.convert(0x0F6181) == b"\x81\x61\x0f\x00"
    assert made.schema.parameters == (("length", "30"), ("truncateLength", "1"))


def test_hashes_are_cut_to_the_column():
    made = mapped(hashed("SHA-256", "salt", 2), TEXT)
    assert made.convert("ü".encode()) == hashlib.sha256(b"salt\xc3\xbc").hexdigest()[:20]
    assert made.convert(None) is None


def test_unknown_hash_algorithm_is_refused():
    with pytest.raises(ConfigError, match="ROT13"):
        hashed("ROT13", "salt", 1)


def test_java_serialization_of_strings():
    assert java_serialized("a\0é😀").hex() == "aced0005" + "74" + "000b" + "61" + "c080" + "c3a9" + "eda0bdedb880"
    assert java_serialized("x" * 65536)[:13].hex() == "aced0005" + "7c" + "0000000000010000"


def test_source_types_are_told_in_parameters():
    made = mapped(source_type, Column("d", 1, jdbc.DECIMAL, "decimal unsigned", length=8, scale=3, comment="why"))
    assert made.schema.parameters[2:] == (
        ("__debezium.source.column.type", "DECIMAL UNSIGNED"),
        ("__debezium.source.column.length", "8"),
        ("__debezium.source.column.scale", "3"),
        ("__debezium.source.column.comment", "why"),
        ("__debezium.source.column.name", "d"),
    )
