"""Bytes of Connect's group protocol; the expected ones were written by Kafka's own classes."""

from __future__ import annotations

import pytest

from rowtide.errors import ConnectError
from rowtide.runtime.membership.protocol import (
    CONFIG_MISMATCH,
    Metadata,
    WireAssignment,
    decode_assignment,
    decode_metadata,
    encode_assignment,
    encode_metadata,
)
from rowtide.runtime.membership.work import Work

URL = "http://w1:8083/"
FULL = WireAssignment(
    2, 0, "m-1", URL, 42, Work.of(["c1"], [("c1", 0), ("c2", 1)]), Work.of(["c3"]), delay_ms=60000
)  # fmt: skip
FULL_HEX = (
    "0002000000036d2d31000f687474703a2f2f77313a383038332f000000000000002a000000020002633100000002ffffffff00000000"
    "000263320000000100000001000000010002633300000001ffffffff0000ea60"
)

ASSIGNMENTS = [
    (
        WireAssignment(0, 0, "m-1", URL, 42, Work.of(["c1"], [("c1", 0)])),
        "0000000000036d2d31000f687474703a2f2f77313a383038332f000000000000002a000000010002633100000002ffffffff00000000",
    ),
    (FULL, FULL_HEX),
    (
        WireAssignment(2, CONFIG_MISMATCH, "m-1", "u", 42),
        "0002000100036d2d31000175000000000000002a000000000000000000000000",
    ),
]
METADATA = [
    (Metadata(0, URL, 42), "0000000f687474703a2f2f77313a383038332f000000000000002a"),
    (Metadata(2, URL, 42), "0002000f687474703a2f2f77313a383038332f000000000000002affffffff"),
    (Metadata(2, URL, 42, FULL), f"0002000f687474703a2f2f77313a383038332f000000000000002a00000056{FULL_HEX}"),
]


@pytest.mark.parametrize(("assignment", "expected"), ASSIGNMENTS)
def test_assignments_are_written_and_read_as_by_java(assignment: WireAssignment, expected: str) -> None:
    assert encode_assignment(assignment).hex() == expected
    assert decode_assignment(bytes.fromhex(expected)) == assignment


@pytest.mark.parametrize(("metadata", "expected"), METADATA)
def test_metadata_are_written_and_read_as_by_java(metadata: Metadata, expected: str) -> None:
    assert encode_metadata(metadata).hex() == expected
    assert decode_metadata(bytes.fromhex(expected)) == metadata


def test_an_offset_of_an_empty_topic_and_names_beyond_ascii_survive() -> None:
    assignment = WireAssignment(1, 0, "m", "http://ü/", -1, Work.of(["größe"], [("größe", 300)]))
    assert decode_assignment(encode_assignment(assignment)) == assignment


@pytest.mark.parametrize("cut", [0, 1, 3, 10, 30, 85])
def test_bytes_that_end_early_are_refused(cut: int) -> None:
    with pytest.raises(ConnectError, match="end too early"):
        decode_assignment(bytes.fromhex(FULL_HEX)[:cut])


def test_an_unknown_version_is_refused() -> None:
    with pytest.raises(ConnectError, match="version 7"):
        decode_metadata(b"\x00\x07")
