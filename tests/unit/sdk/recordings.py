"""The messages of tests/golden/sdk: what real Debezium wrote, byte for byte."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from rowtide_sdk import Decoder, RawMessage, RowEvent, Rows

FOLDER = Path(__file__).parents[2] / "golden" / "sdk"
MANIFEST = json.loads((FOLDER / "manifest.json").read_text(encoding="utf-8"))
FILES = [variant["file"] for variant in MANIFEST["variants"]]


def messages(file: str) -> list[RawMessage]:
    lines = (FOLDER / file).read_text(encoding="utf-8").splitlines()
    return [_message(json.loads(line)) for line in lines]


def events(file: str, rows: Rows[Any] | None = None) -> list[Any]:
    decoder: Decoder[Any] = Decoder(rows)
    return [decoder.decode(message) for message in messages(file)]


def row_events(file: str, table: str, rows: Rows[Any] | None = None) -> list[Any]:
    """Events of one table's rows, in their order."""
    topic = f"recorded.sdk_recorded.{table}"
    decoder: Decoder[Any] = Decoder(rows)
    decoded = [decoder.decode(message) for message in messages(file) if message.topic == topic]
    return [event for event in decoded if isinstance(event, RowEvent)]


def _message(line: dict[str, Any]) -> RawMessage:
    headers = tuple((name, _bytes(value)) for name, value in line["headers"])
    return RawMessage(
        line["topic"],
        line["partition"],
        line["offset"],
        line["timestamp_ms"],
        headers,
        _bytes(line["key"]),
        _bytes(line["value"]),
    )


def _bytes(text: str | None) -> bytes | None:
    return None if text is None else text.encode()
