"""AvroConverter: records as Avro, their schemas in a registry."""

from __future__ import annotations

import hashlib
import struct
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Generic, TypeVar

from rowtide.config.definition import ConfigDef
from rowtide.connect.plugins import Config, Converter
from rowtide.connect.schema import Schema
from rowtide.converters.avro.binary import Reader
from rowtide.converters.avro.compatibility import problem
from rowtide.converters.avro.connect_schemas import ConnectSchemas, is_anything
from rowtide.converters.avro.decoder import Decode, decoder
from rowtide.converters.avro.encoder import Encode, encoder, first_null
from rowtide.converters.avro.format import AvroFormat
from rowtide.converters.avro.model import AvroType, to_text
from rowtide.converters.avro.options import DataOptions
from rowtide.converters.avro.parse import parse
from rowtide.converters.avro.schemas import to_avro
from rowtide.converters.avro.settings import CONFIG_DEF, refuse_unsupported
from rowtide.converters.avro.subjects import strategy
from rowtide.converters.registry import Registered, Registry, RegistrySettings
from rowtide.converters.registry_access import access
from rowtide.errors import ConfigError, DataError

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")

_MAGIC = b"\0"
_MOST_SUBJECTS = 10_000
_WRONG_VALUE = (TypeError, AttributeError, KeyError, IndexError, ValueError, OverflowError, struct.error)


class _Recent(Generic[K, V]):
    """The most recently used entries, at most so many."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._entries: OrderedDict[K, V] = OrderedDict()

    def get(self, key: K, make: Callable[[], V]) -> V:
        entry = self._entries.get(key)
        if entry is not None:
            self._entries.move_to_end(key)
            return entry
        entry = self._entries[key] = make()
        if len(self._entries) > self._size:
            self._entries.popitem(last=False)
        return entry


@dataclass(frozen=True, slots=True)
class _Choice:
    """Which schema a value is written with."""

    auto_register: bool
    use_id: int
    strict_id: bool
    use_latest: bool
    strict_latest: bool
    normalize: bool


@dataclass(frozen=True, slots=True)
class _Target:
    """A schema's id, and the schema if it is not the one that was made from the record's."""

    id: int
    schema: AvroType | None = None


class AvroConverter(Converter):
    """Byte-equal to io.confluent.connect.avro.AvroConverter. Used from one thread."""

    @classmethod
    def config_def(cls) -> ConfigDef:
        return CONFIG_DEF

    def configure(self, config: Config, *, is_key: bool) -> None:
        refuse_unsupported(config)
        values = CONFIG_DEF.parse(config)
        self._options = DataOptions.from_values(values)
        self._part = "key" if is_key else "value"
        option = f"{self._part}.subject.name.strategy"
        self._subject = strategy(option, str(values[option]), is_key=is_key)
        self._choice = _Choice(
            values["auto.register.schemas"] is True,
            _int(values["use.schema.id"]),
            values["id.compatibility.strict"] is True,
            values["use.latest.version"] is True,
            values["latest.compatibility.strict"] is True,
            values["normalize.schemas"] is True,
        )
        self._registry = Registry(_registry_settings(config, values))
        size = _int(values["schemas.cache.config"])
        self._per_subject = _int(values["max.schemas.per.subject"])
        self._schemas = ConnectSchemas(self._options)
        self._encoders: _Recent[tuple[str, Schema | None], Encode] = _Recent(size)
        self._decoders: _Recent[tuple[str, int], tuple[Schema | None, Decode]] = _Recent(size)
        self._targets: _Recent[str, _Recent[bytes, _Target]] = _Recent(_MOST_SUBJECTS)

    def from_connect(self, topic: str, schema: Schema | None, value: object) -> bytes | None:
        """None for null, whatever the schema says of it, unless that has no place for null."""
        if value is None:
            if schema is not None and not schema.optional:
                raise DataError("Found null value for non-optional schema")
            return None
        try:
            return self._encoders.get((topic, schema), lambda: self._encoder(topic, schema))(value)
        except _WRONG_VALUE as error:
            raise DataError(
                f"Failed to serialize Avro data from topic {topic} : {_explained(schema, value, error)}"
            ) from error
        except DataError as error:
            raise DataError(
                f"Failed to serialize Avro data from topic {topic} : {error.message}", hint=error.hint
            ) from error

    def to_connect(self, topic: str, data: bytes | None) -> tuple[Schema | None, object]:
        """Reads what any serializer wrote with an id in front, of a schema in the same registry."""
        if data is None:
            return None, None
        if data[:1] != _MAGIC or len(data) < 5:
            raise DataError(f"Failed to deserialize data for topic {topic} to Avro: Unknown magic byte!")
        number = int.from_bytes(data[1:5], "big")
        try:
            schema, decode = self._decoders.get((topic, number), lambda: self._decoder(topic, number))
            value = _whole(decode, Reader(data, 5))
        except DataError as error:
            raise DataError(
                f"Failed to deserialize data for topic {topic} to Avro: {error.message}", hint=error.hint
            ) from error
        return schema, value

    def payload_format(self) -> AvroFormat:
        return AvroFormat(self._options, self._written)

    def _encoder(self, topic: str, schema: Schema | None) -> Encode:
        prefix, written = self._written(topic, schema)
        encode = encoder(schema, written, self._options)
        return lambda value: prefix + encode(value)

    def _written(self, topic: str, schema: Schema | None) -> tuple[bytes, AvroType]:
        """What comes before payloads, and the schema that they are written with."""
        avro = to_avro(schema, self._options)
        target = self._target(self._subject(topic, avro), avro)
        return _MAGIC + target.id.to_bytes(4, "big"), target.schema or avro

    def _target(self, subject: str, avro: AvroType) -> _Target:
        text = to_text(avro)
        of_subject = self._targets.get(subject, lambda: _Recent(self._per_subject))
        return of_subject.get(hashlib.sha256(text.encode()).digest(), lambda: self._ask(subject, text, avro))

    def _ask(self, subject: str, text: str, avro: AvroType) -> _Target:
        choice, registry = self._choice, self._registry
        if choice.auto_register:
            return _Target(registry.register(subject, text, normalize=choice.normalize))
        if choice.use_id >= 0:
            found = registry.by_id(choice.use_id, subject)
            return self._other(found, avro, "id.compatibility.strict", strict=choice.strict_id)
        if choice.use_latest:
            found = registry.latest(subject)
            return self._other(found, avro, "latest.compatibility.strict", strict=choice.strict_latest)
        return _Target(registry.find(subject, text, normalize=choice.normalize).id)

    @staticmethod
    def _other(found: Registered, avro: AvroType, option: str, *, strict: bool) -> _Target:
        schema = parse(found.text, found.references)
        if strict and (reason := problem(schema, avro)) is not None:
            raise DataError(
                f"Incompatible schema {found.id} in the registry: {reason}.",
                hint=f"Set {option}=false to disable this check.",
            )
        return _Target(found.id, schema)

    def _decoder(self, topic: str, number: int) -> tuple[Schema | None, Decode]:
        found = self._registry.by_id(number)
        avro = parse(found.text, found.references)
        if is_anything(avro):
            return None, decoder(None, avro)
        schema = self._schemas.convert(avro, self._version(topic, avro, found))
        return schema, decoder(schema, avro)

    def _version(self, topic: str, avro: AvroType, found: Registered) -> int | None:
        """The schema's version in its subject; None for one that was registered under another subject."""
        if "connect.version" in avro.props:
            return None
        try:
            return self._registry.find(self._subject(topic, avro), found.text, normalize=False).version
        except DataError:
            return None


def _registry_settings(config: Config, values: dict[str, object]) -> RegistrySettings:
    urls = values["schema.registry.url"]
    if not isinstance(urls, list):
        raise ConfigError('Missing required configuration "schema.registry.url" which has no default value.')
    return RegistrySettings(
        tuple(urls),
        access(config),
        _int(values["http.connect.timeout.ms"]) / 1000,
        _int(values["http.read.timeout.ms"]) / 1000,
        _int(values["max.retries"]),
        _int(values["retries.wait.ms"]) / 1000,
        _int(values["retries.max.wait.ms"]) / 1000,
    )


def _whole(decode: Decode, reader: Reader) -> object:
    value = decode(reader)
    if reader.left:
        raise DataError(f"{reader.left} bytes follow the value.")
    return value


def _explained(schema: Schema | None, value: object, error: Exception) -> str:
    path = None if schema is None else first_null(schema, value)
    if path is not None:
        return f"Found null value for non-optional schema (field {path})" if path else "Found null value"
    return f"a value does not fit its schema: {error!r}"


def _int(value: object) -> int:
    assert isinstance(value, int)
    return value
