"""From Avro schemas to Connect schemas, as Confluent's AvroData reads them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from rowtide.connect.logical import DATE, DECIMAL, TIME, TIMESTAMP, from_unscaled_bytes
from rowtide.connect.schema import Field, Schema, SchemaType, Struct
from rowtide.converters.avro.model import (
    ABSENT,
    Array,
    AvroType,
    EnumType,
    Fixed,
    Map,
    Record,
    Union,
    full_name,
    is_null,
)
from rowtide.converters.avro.options import (
    AVRO_UNION,
    CONNECT_ENUM_DOC,
    CONNECT_RECORD_DOC,
    DECIMAL_PRECISION,
    DEFAULT_NAME,
    DEFAULT_PRECISION,
    ENUM_DEFAULT_PREFIX,
    ENUM_DOC_PREFIX,
    FIELD_DEFAULT_FLAG,
    FIELD_DOC_PREFIX,
    FIXED_SIZE,
    GENERALIZED_UNION,
    MAP_ENTRY,
    NAMESPACE,
    RECORD_DOC,
    UNION_FIELD_PREFIX,
    UNION_PREFIX,
    DataOptions,
)
from rowtide.converters.json_schema import item_schema, key_schema
from rowtide.converters.json_values import scale_of
from rowtide.errors import DataError

_KINDS = {
    "boolean": SchemaType.BOOLEAN,
    "bytes": SchemaType.BYTES,
    "fixed": SchemaType.BYTES,
    "double": SchemaType.FLOAT64,
    "float": SchemaType.FLOAT32,
    "int": SchemaType.INT32,
    "long": SchemaType.INT64,
    "string": SchemaType.STRING,
    "enum": SchemaType.STRING,
}
_NARROW = {"int8": SchemaType.INT8, "int16": SchemaType.INT16}
_LOGICAL = {("int", "date"): DATE, ("int", "time-millis"): TIME, ("long", "timestamp-millis"): TIMESTAMP}


def is_anything(schema: AvroType) -> bool:
    return isinstance(schema, Record) and full_name(schema) == f"{NAMESPACE}.Anything"


def is_map_entry(schema: AvroType) -> bool:
    return isinstance(schema, Record) and (
        full_name(schema) == f"{NAMESPACE}.{MAP_ENTRY}" or schema.props.get("connect.internal.type") == MAP_ENTRY
    )


class ConnectSchemas:
    """Converts; counts the unions that `generalized.sum.type.support` numbers."""

    def __init__(self, options: DataOptions) -> None:
        self._options = options
        self._unions = 0
        self._open: list[Record] = []

    def convert(self, avro: AvroType, version: int | None = None) -> Schema:
        """The Connect schema.

        Args:
            version: the schema's version in the registry, for one that says nothing of `connect.version`.

        Raises:
            DataError: Connect has no such type.
        """
        return self._convert(avro, version=version)

    def _convert(
        self,
        avro: AvroType,
        *,
        optional: bool = False,
        default: object = ABSENT,
        doc: str | None = None,
        version: int | None = None,
    ) -> Schema:
        if isinstance(avro, Union):
            only = self._only_branch(avro)
            if only is not None:
                return self._convert(only, optional=optional or len(avro.branches) > 1, doc=doc)
        schema = self._base(avro)
        parameters = {**dict(schema.parameters), **self._parameters(avro)}
        own = avro.props.get("connect.default")
        if default is ABSENT:
            default = own
        elif self._flags_defaults() and own is None:
            parameters[FIELD_DEFAULT_FLAG] = "true"
        schema = replace(
            schema,
            name=self._name(avro, schema),
            version=self._version(avro, schema, version),
            doc=self._doc(avro, doc),
            parameters=tuple(parameters.items()),
        )
        value = default_value(schema, avro, default)
        return replace(schema, default=value, optional=schema.optional or optional)

    def _only_branch(self, avro: Union) -> AvroType | None:
        """The type that a union is nothing but an optional form of."""
        if len(avro.branches) == 1 and self._options.flatten_singletons:
            return avro.branches[0]
        if len(avro.branches) == 2 and any(is_null(branch) for branch in avro.branches):
            return next(branch for branch in avro.branches if not is_null(branch))
        return None

    def _base(self, avro: AvroType) -> Schema:
        if isinstance(avro, Record):
            return self._record(avro)
        if isinstance(avro, Union):
            return self._union(avro)
        if isinstance(avro, Array):
            return self._array(avro)
        if isinstance(avro, Map):
            return Schema(SchemaType.MAP, key_schema=Schema(SchemaType.STRING), value_schema=self._convert(avro.values))
        if isinstance(avro, EnumType):
            return self._enum(avro)
        if is_null(avro):
            raise DataError("Standalone null schemas are not supported by this converter")
        kind, logical = avro.kind, avro.props.get("logicalType")
        schema = Schema(_KINDS[kind])
        if kind in ("bytes", "fixed") and logical == "decimal":
            schema = _decimal(avro)
        elif (kind, logical) in _LOGICAL:
            schema = Schema(_KINDS[kind], name=_LOGICAL[kind, str(logical)], version=1)
        elif kind == "int" and logical is None and "connect.type" in avro.props:
            schema = Schema(_NARROW.get(str(avro.props["connect.type"]), SchemaType.INT32))
        if isinstance(avro, Fixed):
            schema = replace(schema, parameters=(*schema.parameters, (FIXED_SIZE, str(avro.size))))
        return schema

    def _record(self, avro: Record) -> Schema:
        if any(avro is item for item in self._open):
            raise DataError(f"The Avro type {full_name(avro)} contains itself, which is not supported.")
        self._open.append(avro)
        parameters: dict[str, str] = {}
        if self._flags_defaults() and avro.doc is not None:
            parameters[RECORD_DOC] = avro.doc
        fields = []
        for item in avro.fields:
            if self._flags_defaults() and item.doc is not None:
                parameters[FIELD_DOC_PREFIX + item.name] = item.doc
            schema = self._convert(item.type, default=item.default, doc=item.doc)
            own = item.props.get("connect.parameters")
            if self._options.meta_data and isinstance(own, Mapping):
                merged = {**dict(schema.parameters), **{str(key): str(value) for key, value in own.items()}}
                schema = replace(schema, parameters=tuple(merged.items()))
            fields.append(Field(item.name, schema))
        self._open.pop()
        return Schema(SchemaType.STRUCT, parameters=tuple(parameters.items()), fields=tuple(fields))

    def _flags_defaults(self) -> bool:
        return self._options.meta_data and not self._options.discard_type_doc

    def _array(self, avro: Array) -> Schema:
        entry = avro.items
        if not is_map_entry(entry):
            return Schema(SchemaType.ARRAY, value_schema=self._convert(entry))
        assert isinstance(entry, Record)
        types = {item.name: item.type for item in entry.fields}
        if types.keys() != {"key", "value"}:
            raise DataError(
                "Found map encoded as array of key-value pairs, but array elements do not match the expected format."
            )
        return Schema(
            SchemaType.MAP, key_schema=self._convert(types["key"]), value_schema=self._convert(types["value"])
        )

    def _enum(self, avro: EnumType) -> Schema:
        options, parameters = self._options, {}
        if options.meta_data:
            if avro.doc is not None:
                parameters[CONNECT_ENUM_DOC if options.discard_type_doc else ENUM_DOC_PREFIX + avro.name] = avro.doc
            if not options.discard_type_doc and avro.default is not None:
                parameters[ENUM_DEFAULT_PREFIX + avro.name] = avro.default
        parameters[options.enum_parameter] = full_name(avro)
        for i, symbol in enumerate(avro.symbols):
            parameters[f"{options.enum_parameter}.{symbol}"] = str(i) if options.sum_types else symbol
        return Schema(SchemaType.STRING, parameters=tuple(parameters.items()))

    def _union(self, avro: Union) -> Schema:
        name = AVRO_UNION
        parameters: tuple[tuple[str, str], ...] = ()
        if self._options.sum_types:
            name = f"{UNION_PREFIX}{self._unions}"
            self._unions += 1
            parameters = ((GENERALIZED_UNION, name),)
        fields = [
            Field(self._member_name(branch, i), self._convert(branch, optional=True))
            for i, branch in enumerate(avro.branches)
            if not is_null(branch)
        ]
        if len({item.name for item in fields}) != len(fields):
            raise DataError("Multiple union schemas map to the Connect union field name")
        optional = len(fields) < len(avro.branches)
        return Schema(SchemaType.STRUCT, optional=optional, name=name, parameters=parameters, fields=tuple(fields))

    def _member_name(self, branch: AvroType, index: int) -> str:
        if self._options.sum_types:
            return f"{UNION_FIELD_PREFIX}{index}"
        if isinstance(branch, Record | EnumType | Fixed):
            return full_name(branch) if self._options.enhanced else branch.name
        return branch.kind

    def _parameters(self, avro: AvroType) -> dict[str, str]:
        own = avro.props.get("connect.parameters")
        found: dict[str, str] = {}
        if self._options.discard_type_doc and self._options.meta_data:
            record_doc = getattr(avro, "doc", None)
            if record_doc is not None:
                found[CONNECT_RECORD_DOC] = record_doc
        if self._options.meta_data and isinstance(own, Mapping):
            found |= {str(key): str(value) for key, value in own.items()}
        return found | {key: str(value) for key, value in avro.props.items() if key.startswith("avro")}

    def _doc(self, avro: AvroType, doc: str | None) -> str | None:
        own = avro.props.get("connect.doc")
        if self._options.discard_type_doc:
            own = next((text for text in (doc, getattr(avro, "doc", None), own) if text is not None), None)
        elif not self._options.meta_data:
            own = None
        return None if own is None else str(own)

    @staticmethod
    def _version(avro: AvroType, schema: Schema, registered: int | None) -> int | None:
        own = avro.props.get("connect.version", registered)
        if own is None:
            return schema.version
        if not isinstance(own, int) or schema.version not in (None, own):
            raise DataError(f"Invalid Connect version found: {own}")
        return own

    @staticmethod
    def _name(avro: AvroType, schema: Schema) -> str | None:
        own = avro.props.get("connect.name")
        if own is None and (isinstance(avro, Record | EnumType | Fixed) and schema.name is None):
            own = full_name(avro)
        if own is None or str(own).startswith(f"{NAMESPACE}.{DEFAULT_NAME}"):
            return schema.name
        if schema.name not in (None, own):
            raise DataError(f"Mismatched names: {schema.name} differs from name in source schema ({own})")
        return str(own)


def _decimal(avro: AvroType) -> Schema:
    scale, precision = avro.props.get("scale", 0), avro.props.get("precision")
    parameters = [("scale", str(scale))]
    if precision is not None and precision != DEFAULT_PRECISION:
        parameters.append((DECIMAL_PRECISION, str(precision)))
    return Schema(SchemaType.BYTES, name=DECIMAL, version=1, parameters=tuple(parameters))


def default_value(schema: Schema, avro: AvroType, json: Any) -> object:
    """A JSON default as Connect value; None where it does not fit, which Java's converter drops with a warning."""
    if json is None or json is ABSENT:
        return None
    try:
        return _default(schema, avro, json)
    except (TypeError, ValueError, AttributeError, KeyError):
        return None


def _default(schema: Schema, avro: AvroType, json: Any) -> object:
    kind = schema.type
    if schema.name == DECIMAL:
        return from_unscaled_bytes(json.encode("latin-1"), scale_of(schema))
    if kind is SchemaType.BYTES:
        return json.encode("latin-1")
    if kind in (SchemaType.FLOAT32, SchemaType.FLOAT64):
        return float(json)
    if isinstance(avro, Union):
        first = avro.branches[0]
        if is_null(first):
            return None
        return Struct(schema, [_default(schema.fields[0].schema, first, json), *[None] * (len(schema.fields) - 1)])
    if isinstance(avro, Record):
        return Struct(
            schema,
            [
                default_value(own.schema, item.type, json.get(item.name, item.default))
                for own, item in zip(schema.fields, avro.fields, strict=True)
            ],
        )
    if isinstance(avro, Array) and kind is SchemaType.MAP:
        return {
            _default(key_schema(schema), avro, key): _default(item_schema(schema), avro, item) for key, item in json
        }
    if isinstance(avro, Array):
        return [default_value(item_schema(schema), avro.items, item) for item in json]
    if isinstance(avro, Map):
        return {key: default_value(item_schema(schema), avro.values, item) for key, item in json.items()}
    return json
