"""JsonConverter: records as JSON, with or without their schema beside them."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

from rowtide.config.definition import ConfigDef, ConfigKey, Importance, Type, Width, at_least, one_of
from rowtide.connect import json_text
from rowtide.connect.plugins import Config, Converter
from rowtide.connect.schema import Schema
from rowtide.converters.json_format import JsonFormat
from rowtide.converters.json_schema import schema_from_json, schema_to_json
from rowtide.converters.json_values import JsonOptions, decoder, default_to_json, encoder, schemaless
from rowtide.errors import ConfigError, DataError

Encode = Callable[[object], bytes]
Decode = Callable[[object], object]

_SCHEMAS_ENABLE = "schemas.enable"
_CACHE_SIZE = "schemas.cache.size"
_DECIMAL_FORMAT = "decimal.format"
_REPLACE_NULL = "replace.null.with.default"
_SCHEMA_CONTENT = "schema.content"

_SCHEMAS, _SERIALIZATION = "Schemas", "Serialization"

CONFIG_DEF = ConfigDef(
    [
        ConfigKey(
            _SCHEMAS_ENABLE,
            Type.BOOLEAN,
            True,
            "Write the schema beside each value, and expect it there.",
            Importance.HIGH,
            group=_SCHEMAS,
            order=0,
            width=Width.MEDIUM,
            display_name="Enable Schemas",
        ),
        ConfigKey(
            _CACHE_SIZE,
            Type.INT,
            1000,
            "How many schemas are kept prepared.",
            Importance.HIGH,
            at_least(0),
            _SCHEMAS,
            1,
            Width.MEDIUM,
            "Schema Cache Size",
        ),
        ConfigKey(
            _SCHEMA_CONTENT,
            Type.STRING,
            None,
            "Schema, as JSON, to read values with that carry none.",
            Importance.HIGH,
            group=_SCHEMAS,
            order=2,
            width=Width.MEDIUM,
            display_name="Schema Content",
        ),
        ConfigKey(
            _DECIMAL_FORMAT,
            Type.STRING,
            "BASE64",
            "How to write decimals: BASE64, their bytes, or NUMERIC, a JSON number.",
            Importance.LOW,
            one_of("base64", "numeric"),
            _SERIALIZATION,
            0,
            Width.MEDIUM,
            "Decimal Format",
        ),
        ConfigKey(
            _REPLACE_NULL,
            Type.BOOLEAN,
            True,
            "Write a field's default in place of null.",
            Importance.LOW,
            group=_SERIALIZATION,
            order=1,
            width=Width.MEDIUM,
            display_name="Replace null with default",
        ),
    ]
)

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class _Recent(Generic[K, V]):
    """The most recently used entries, at most so many; an absent one is made."""

    def __init__(self, size: int, make: Callable[[K], V]) -> None:
        self._size = max(size, 1)
        self._make = make
        self._entries: OrderedDict[K, V] = OrderedDict()

    def __getitem__(self, key: K) -> V:
        entry = self._entries.get(key)
        if entry is not None:
            self._entries.move_to_end(key)
            return entry
        entry = self._entries[key] = self._make(key)
        if len(self._entries) > self._size:
            self._entries.popitem(last=False)
        return entry


class JsonConverter(Converter):
    """Byte-equal to org.apache.kafka.connect.json.JsonConverter. Used from one thread."""

    def __init__(self) -> None:
        self._setup({key.name: key.default for key in CONFIG_DEF})

    @classmethod
    def config_def(cls) -> ConfigDef:
        return CONFIG_DEF

    def configure(self, config: Config, *, is_key: bool) -> None:
        self._setup(CONFIG_DEF.parse(config))

    def _setup(self, options: dict[str, object]) -> None:
        self._schemas = options[_SCHEMAS_ENABLE] is True
        numeric = str(options[_DECIMAL_FORMAT]).upper() == "NUMERIC"
        self._options = JsonOptions(numeric, options[_REPLACE_NULL] is True)
        size = options[_CACHE_SIZE]
        size = size if isinstance(size, int) else 1000
        self._encoders: _Recent[Schema, Encode] = _Recent(size, self._encoder)
        self._decoders: _Recent[bytes, tuple[Schema | None, Decode]] = _Recent(size, self._decoder)
        self._content: bytes | None = None
        if options[_SCHEMA_CONTENT]:
            self._content = str(options[_SCHEMA_CONTENT]).encode()
            try:
                self._decoders[self._content]
            except DataError as error:
                raise ConfigError(f"{_SCHEMA_CONTENT} is not a schema as JsonConverter writes it: {error}") from error

    def from_connect(self, topic: str, schema: Schema | None, value: object) -> bytes | None:
        """None only without schema; a null value with a schema is written as `null`."""
        if schema is not None:
            return self._encoders[schema](value)
        if value is None:
            return None
        payload = json_text.encode(schemaless(value, self._options))
        return b'{"schema":null,"payload":%b}' % payload if self._schemas else payload

    def payload_format(self) -> JsonFormat:
        return JsonFormat(self._options, self._start if self._schemas else None)

    def to_connect(self, topic: str, data: bytes | None) -> tuple[Schema | None, object]:
        if data is None:
            return None, None
        json = json_text.loads(data)
        if self._content is not None:
            schema, decode = self._decoders[self._content]
            return schema, decode(json)
        if not self._schemas:
            return None, json
        if not isinstance(json, dict) or json.keys() != {"schema", "payload"}:
            raise DataError(
                'JsonConverter with schemas.enable requires "schema" and "payload" fields '
                "and may not contain additional fields.",
                hint="If you are trying to deserialize plain JSON data, set schemas.enable=false.",
            )
        schema, decode = self._decoders[json_text.dumps(json["schema"])]
        return schema, decode(json["payload"])

    def _encoder(self, schema: Schema) -> Encode:
        encode_value = encoder(schema, self._options)
        if not self._schemas:
            return lambda value: json_text.encode(encode_value(value))
        start = self._start(schema)

        def encode(value: object) -> bytes:
            return start + json_text.encode(encode_value(value)) + b"}"

        return encode

    def _start(self, schema: Schema) -> bytes:
        schema_json = schema_to_json(schema, lambda field, _default: default_to_json(field, self._options))
        return b'{"schema":%b,"payload":' % json_text.encode(schema_json)

    def _decoder(self, schema_json: bytes) -> tuple[Schema | None, Decode]:
        schema = schema_from_json(json_text.loads(schema_json), lambda field, json: decoder(field)(json))
        return schema, decoder(schema) if schema is not None else lambda json: json
