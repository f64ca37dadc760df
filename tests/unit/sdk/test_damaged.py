"""Damaged records: whatever the bytes, there is an event or a DecodeError, nothing else."""

from __future__ import annotations

import dataclasses
import json
import random
from collections import Counter
from typing import Any

import pytest

from rowtide_sdk import DecodeError, Decoder, RawMessage, Rows
from tests.unit.sdk import recordings
from tests.unit.sdk.test_recordings import Binaries, Numbers, Texts, Times

ROWS: Rows[Any] = Rows(
    {
        "sdk_recorded.numbers": Numbers,
        "sdk_recorded.texts": Texts,
        "sdk_recorded.binaries": Binaries,
        "sdk_recorded.times": Times,
    }
)
STRANGE: list[Any] = [None, True, -1, 10**30, 1.5, "", "x", "\ud800", [], [1], {}, {"a": 1}, "9" * 5000]
ROUNDS = 20


@pytest.mark.parametrize("file", recordings.FILES)
def test_damaged_records_are_events_or_decode_errors(file):
    dice = random.Random(file)
    outcomes: Counter[str] = Counter()
    for message in recordings.messages(file) * ROUNDS:
        if message.value is not None:
            outcomes[_decode(dataclasses.replace(message, value=_damaged(message.value, dice)))] += 1
    assert outcomes["DecodeError"] > 0
    assert outcomes["Insert"] > 0


def _decode(message: RawMessage) -> str:
    try:
        return type(Decoder(ROWS).decode(message)).__name__
    except DecodeError:
        return "DecodeError"


def _damaged(value: bytes, dice: random.Random) -> bytes:
    if dice.random() < 0.2:
        position = dice.randrange(len(value))
        return value[:position] + bytes([dice.randrange(256)]) + value[position + dice.randrange(3) :]
    document = json.loads(value)
    spots: list[tuple[Any, Any]] = []
    _collect(document, spots)
    holder, name = dice.choice(spots)
    if dice.random() < 0.3 and isinstance(holder, dict):
        del holder[name]
    else:
        holder[name] = dice.choice(STRANGE)
    return json.dumps(document, separators=(",", ":")).encode()


def _collect(node: Any, spots: list[tuple[Any, Any]]) -> None:
    """Every place of the document where a value can be replaced."""
    items = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for name, child in items:
        spots.append((node, name))
        _collect(child, spots)
