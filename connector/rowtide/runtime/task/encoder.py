"""The task's converters, put together: a Connect record becomes the bytes that Kafka stores."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from rowtide.connect.formats import PayloadFormat
from rowtide.connect.plugins import Converter
from rowtide.connect.record import EncodedRecord, Header, RecordTransforms, SourceRecord
from rowtide.connect.schema import Schema
from rowtide.errors import ConfigError, DataError
from rowtide.runtime.plugins import PluginKind, PluginRegistry, load
from rowtide.runtime.task.tolerance import ErrorTolerance

_DEFAULTS = {"header": "org.apache.kafka.connect.storage.SimpleHeaderConverter"}
_NO_TIMESTAMP = -1


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
            _timestamp(record.timestamp),
        )

    def encode_headers(self, topic: str, headers: Sequence[Header]) -> list[tuple[str, bytes | None]]:
        """Raises DataError when the converter cannot encode one."""
        return [(h.name, self._header(topic, h.name, h.schema, h.value)) for h in headers]

    def encode_tolerantly(self, record: SourceRecord, tolerance: ErrorTolerance) -> EncodedRecord:
        """As `encode`, each converter under the connector's error options. Raises as ErrorTolerance.run."""
        topic = record.topic

        def convert(part: str, converter: Converter, call: Callable[[], bytes | None]) -> bytes | None:
            return tolerance.run(f"{part}_CONVERTER", _name(converter), call)

        headers = [
            (h.name, convert("HEADER", self.converters.header, partial(self._header, topic, h.name, h.schema, h.value)))
            for h in record.headers
        ]
        key = convert("KEY", self.converters.key, _call(self._key, topic, record.key_schema, record.key))
        value = convert("VALUE", self.converters.value, _call(self._value, topic, record.value_schema, record.value))
        return EncodedRecord(topic, record.partition, key, value, headers, _timestamp(record.timestamp))


def _call(
    convert: Callable[[str, Schema | None, object], bytes | None], topic: str, schema: Schema | None, value: object
) -> Callable[[], bytes | None]:
    return partial(convert, topic, schema, value)


def _name(converter: Converter) -> str:
    return f"{type(converter).__module__}.{type(converter).__qualname__}"


def _timestamp(timestamp: int | None) -> int | None:
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
