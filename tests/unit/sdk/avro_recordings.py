"""What real Debezium wrote as JSON with schemas, written again as Avro.

By rowtide's converter, whose bytes are those of Confluent's (tests/golden/avro).
"""

from __future__ import annotations

from dataclasses import replace

from rowtide.converters.avro.converter import AvroConverter
from rowtide.converters.json import JsonConverter
from rowtide_sdk import RawMessage
from tests.unit.converters.scripted_registry import ScriptedRegistry
from tests.unit.sdk import recordings

FILES = [file for file in recordings.FILES if "plain" not in file and file != "numbers-precise.jsonl"]
"""Those with schemas, without the one of decimals as JSON numbers: a converter reads these as floats, with loss."""


class AvroWriter:
    """Registers the schemas it needs."""

    def __init__(self, registry_url: str) -> None:
        self._parts = {}
        for is_key in (False, True):
            json, avro = JsonConverter(), AvroConverter()
            json.configure({"schemas.enable": "true", "replace.null.with.default": "false"}, is_key=is_key)
            avro.configure({"schema.registry.url": registry_url}, is_key=is_key)
            self._parts[is_key] = json, avro

    def write(self, message: RawMessage) -> RawMessage:
        key, value = (self._part(message.topic, data, is_key) for data, is_key in _parts(message))
        return replace(message, key=key, value=value)

    def _part(self, topic: str, data: bytes | None, is_key: bool) -> bytes | None:
        json, avro = self._parts[is_key]
        return None if data is None else avro.from_connect(topic, *json.to_connect(topic, data))


def _parts(message: RawMessage) -> tuple[tuple[bytes | None, bool], ...]:
    return (message.key, True), (message.value, False)


def messages(file: str, registry: ScriptedRegistry) -> list[RawMessage]:
    writer = AvroWriter(registry.url)
    return [writer.write(message) for message in recordings.messages(file)]
