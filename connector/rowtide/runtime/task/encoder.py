"""The task's converters, put together: a Connect record becomes the bytes that Kafka stores."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from types import NoneType
from typing import Any

from rowtide import native
from rowtide.connect.formats import PayloadFormat
from rowtide.connect.plugins import Converter
from rowtide.connect.record import EncodedRecord, Header, RecordTransforms, SourceRecord
from rowtide.errors import ConfigError, DataError
from rowtide.runtime.plugins import PluginKind, PluginRegistry, load
from rowtide.runtime.task.native_encoder import part_encoder
from rowtide.runtime.task.tolerance import ErrorTolerance

_DEFAULTS = {"header": "org.apache.kafka.connect.storage.SimpleHeaderConverter"}
_NO_TIMESTAMP = -1
_LASTING = (str, int, bool, NoneType)
"""What nobody can change."""

Headers = list[tuple[str, bytes | None]]


@dataclass(frozen=True, slots=True)
class Converters:
    """One converter a part of a record; an engine that encodes whole batches asks them for their settings."""

    key: Converter
    value: Converter
    header: Converter


class TaskEncoder:
    """Encodes one record with a task's converters. For the loop's thread."""

    def __init__(self, converters: Converters, transforms: RecordTransforms | None = None) -> None:
        self.converters = converters
        self.transforms = transforms
        self._key = converters.key.from_connect
        self._value = converters.value.from_connect
        self._header = converters.header.from_connect_header
        key, value = converters.key.payload_format(), converters.value.payload_format()
        self.part_encoders: tuple[Any, Any] | None = None
        """Those of the native engine for keys and values, None where it does not know the converters' formats."""
        self._last_headers: tuple[str, tuple[Header, ...], Headers] = ("", (), [])
        if key is not None and value is not None and native.engine() == "native":
            self.part_encoders = part_encoder(key, is_key=True), part_encoder(value, is_key=False)
        self.formats: tuple[PayloadFormat, PayloadFormat] | None = (
            None if key is None or value is None else (key, value)
        )

    def encode(self, record: SourceRecord) -> EncodedRecord:
        """Raises DataError when a converter cannot encode the record."""
        topic = record.topic
        return EncodedRecord(
            topic,
            record.partition,
            self._key(topic, record.key_schema, record.key),
            self._value(topic, record.value_schema, record.value),
            self.encode_headers(topic, record.headers) if record.headers else [],
            checked_timestamp(record.timestamp),
        )

    def encode_headers(self, topic: str, headers: Sequence[Header]) -> list[tuple[str, bytes | None]]:
        """Raises DataError when the converter cannot encode one."""
        return [(h.name, self._header(topic, h.name, h.schema, h.value)) for h in headers]

    def encode_tolerantly(self, record: SourceRecord, tolerance: ErrorTolerance) -> EncodedRecord:
        """As `encode`, each converter under the connector's error options. Raises as ErrorTolerance.run."""
        headers = self.headers(record.topic, record.headers, tolerance)
        key, value = self.key_and_value(record, tolerance)
        return EncodedRecord(record.topic, record.partition, key, value, headers, checked_timestamp(record.timestamp))

    def key_and_value(self, record: SourceRecord, tolerance: ErrorTolerance) -> tuple[bytes | None, bytes | None]:
        """Each converter under the connector's error options; after `headers`. Raises as ErrorTolerance.run."""
        topic = record.topic
        key = value = None
        natively = self.part_encoders
        if natively is not None:
            key = natively[0].encode(topic, record.key_schema, record.key)
        if key is None:
            call = partial(self._key, topic, record.key_schema, record.key)
            key = tolerance.run("KEY_CONVERTER", _name(self.converters.key), call)
        if natively is not None:
            value = natively[1].encode(topic, record.value_schema, record.value)
        if value is None:
            call = partial(self._value, topic, record.value_schema, record.value)
            value = tolerance.run("VALUE_CONVERTER", _name(self.converters.value), call)
        return key, value

    def headers(self, topic: str, headers: tuple[Header, ...], tolerance: ErrorTolerance) -> Headers:
        """The same of the headers: first of all, as Connect does. Raises as ErrorTolerance.run."""
        last_topic, last, last_encoded = self._last_headers
        if headers is last and topic == last_topic:
            return last_encoded
        return self._new_headers(topic, headers, tolerance) if headers else []

    def _new_headers(self, topic: str, headers: tuple[Header, ...], tolerance: ErrorTolerance) -> Headers:
        """Of headers that the record before had at the same place, which most are, the bytes are known."""
        last_topic, last, last_encoded = self._last_headers
        encoded: Headers = []
        known = len(last) if topic == last_topic else 0
        lasting = True
        for i, header in enumerate(headers):
            if i < known and header is last[i]:
                encoded.append(last_encoded[i])
                continue
            value = header.value
            lasting = lasting and type(value) in _LASTING
            try:
                data = self._header(topic, header.name, header.schema, value)
            except Exception as error:  # noqa: BLE001 - converters raise what they like
                call = partial(self._header, topic, header.name, header.schema, value)
                data = tolerance.recovered("HEADER_CONVERTER", _name(self.converters.header), call, error)
            encoded.append((header.name, data))
        if lasting:
            self._last_headers = topic, headers, encoded
        return encoded


def _name(converter: Converter) -> str:
    return f"{type(converter).__module__}.{type(converter).__qualname__}"


def checked_timestamp(timestamp: int | None) -> int | None:
    """What the producer is told. Raises DataError for one that is none."""
    if timestamp is None or timestamp == _NO_TIMESTAMP:
        return None
    if timestamp < 0:
        raise DataError(f"Invalid record timestamp {timestamp}")
    return timestamp


def build_converters(connector: Mapping[str, str], worker: Mapping[str, str], registry: PluginRegistry) -> Converters:
    """The converters of a connector: each its own or, where it names none, the worker's with the worker's options.

    Raises:
        ConfigError: a class is unknown or refuses its options.
    """

    def build(part: str) -> Converter:
        name = f"{part}.converter"
        # A connector that names its own converter inherits none of the worker's options for it.
        source = connector if connector.get(name) else worker
        class_name = source.get(name) or _DEFAULTS.get(part)
        if not class_name:
            raise ConfigError(f'Missing required configuration "{name}" which has no default value.')
        kind = PluginKind.HEADER_CONVERTER if part == "header" else PluginKind.CONVERTER
        plugin = registry.find(kind, class_name.strip())
        if plugin is None:
            raise ConfigError(
                f"Invalid value {class_name} for configuration {name}: Class {class_name} could not be found."
            )
        converter: Converter = load(plugin)()
        prefix = f"{name}."
        options = {key.removeprefix(prefix): value for key, value in source.items() if key.startswith(prefix)}
        converter.configure({**options, "converter.type": part}, is_key=part == "key")
        return converter

    return Converters(build("key"), build("value"), build("header"))
