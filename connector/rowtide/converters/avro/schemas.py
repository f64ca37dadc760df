"""From Connect schemas to Avro schemas, with the properties and names that Confluent's AvroData gives them."""

from __future__ import annotations

from collections.abc import Mapping

from rowtide.connect.logical import DATE, DECIMAL, TIME, TIMESTAMP
from rowtide.connect.schema import Field, Schema, SchemaType, Struct
from rowtide.converters.avro import names
from rowtide.converters.avro.defaults import default_json, fits, widened
from rowtide.converters.avro.model import (
    ABSENT,
    Array,
    AvroType,
    EnumType,
    Fixed,
    Map,
    Named,
    Primitive,
    Record,
    RecordField,
    Union,
    full_name,
    to_text,
)
from rowtide.converters.avro.options import (
    AVRO_ENUM,
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
    GENERALIZED_ENUM,
    GENERALIZED_UNION,
    MAP_ENTRY,
    NAMESPACE,
    RECORD_DOC,
    DataOptions,
)
from rowtide.converters.json_schema import item_schema, key_schema
from rowtide.converters.json_values import scale_of
from rowtide.errors import DataError

NATURAL = {
    SchemaType.INT8: "int",
    SchemaType.INT16: "int",
    SchemaType.INT32: "int",
    SchemaType.INT64: "long",
    SchemaType.FLOAT32: "float",
    SchemaType.FLOAT64: "double",
    SchemaType.BOOLEAN: "boolean",
    SchemaType.STRING: "string",
    SchemaType.BYTES: "bytes",
}
"""Avro's type of a Connect type that no union, fixed or logical type changes."""

_NARROW = {SchemaType.INT8: "int8", SchemaType.INT16: "int16"}
_LOGICAL = {DATE: "date", TIME: "time-millis", TIMESTAMP: "timestamp-millis"}


def is_union(schema: Schema) -> bool:
    return schema.name == AVRO_UNION or schema.parameter(GENERALIZED_UNION) is not None


def is_fixed(schema: Schema) -> bool:
    return schema.type is SchemaType.BYTES and schema.name is not None and schema.parameter(FIXED_SIZE) is not None


def is_enum(schema: Schema, options: DataOptions) -> bool:
    """Whether a string schema becomes an Avro enum."""
    return (
        schema.type is SchemaType.STRING
        and (options.sum_types or options.enhanced)
        and (schema.parameter(GENERALIZED_ENUM) is not None or schema.parameter(AVRO_ENUM) is not None)
    )


def has_string_keys(schema: Schema, options: DataOptions) -> bool:
    """Whether a Connect map becomes an Avro map; other maps become arrays of entries."""
    keys = key_schema(schema)
    return keys.type is SchemaType.STRING and (not keys.optional or options.optional_map_keys)


def to_avro(schema: Schema | None, options: DataOptions) -> AvroType:
    """The Avro schema of a Connect schema; of data without schema, that of `Anything`. Raises DataError."""
    return _anything() if schema is None else _Conversion(options).convert(schema)


class _Conversion:
    """One top-level schema's conversion, which remembers the named types that it has made."""

    def __init__(self, options: DataOptions) -> None:
        self._options = options
        self._records: dict[str, Record] = {}
        self._annotated: set[int] = set()
        self._unnamed: dict[object, AvroType] = {}
        self._defaults = 0

    def convert(self, schema: Schema, *, as_branch: bool = False) -> AvroType:
        """Args:
        as_branch: of a union, which says itself whether it has null.
        """
        unnamed = schema.name is None and schema.type in (SchemaType.STRUCT, SchemaType.STRING) and not schema.optional
        key = _identity(schema) if unnamed else None
        if key is not None and key in self._unnamed:
            return self._unnamed[key]
        made = self._base(schema)
        if not isinstance(made, Union):
            if id(made) not in self._annotated:
                self._annotate(made, schema)
                if isinstance(made, Record):
                    self._annotated.add(id(made))
            if not as_branch:
                made = _optional(schema, made)
        if key is not None:
            self._unnamed[key] = made
        return made

    def _nested(self, schema: Schema, *, as_branch: bool = False) -> AvroType:
        """As `convert`; a struct whose name was used already is that one, whatever else it says."""
        known = self._records.get(schema.name) if schema.name is not None else None
        if known is None:
            return self.convert(schema, as_branch=as_branch)
        return known if as_branch else _optional(schema, known)

    def _base(self, schema: Schema) -> AvroType:
        kind = schema.type
        if kind is SchemaType.STRUCT:
            return self._struct(schema)
        if kind is SchemaType.ARRAY:
            return Array(self._nested(item_schema(schema)))
        if kind is SchemaType.MAP:
            return self._map(schema)
        if is_enum(schema, self._options):
            return self._enum(schema)
        if kind is SchemaType.BYTES:
            return self._bytes(schema)
        return Primitive(NATURAL[kind])

    def _struct(self, schema: Schema) -> AvroType:
        if is_union(schema):
            null: list[AvroType] = [Primitive("null")] if schema.optional else []
            return Union(null + [self._nested(_required(item.schema), as_branch=True) for item in schema.fields])
        if schema.optional:
            return Union([Primitive("null"), self._nested(_required(schema))])
        return self._record(schema)

    def _record(self, schema: Schema) -> Record:
        discard = self._options.discard_type_doc
        space, name = self._name(schema)
        record = Record(space, name, schema.parameter(CONNECT_RECORD_DOC if discard else RECORD_DOC))
        earlier = self._records.get(schema.name) if schema.name is not None else None
        if schema.name is not None:
            self._records.setdefault(schema.name, record)
        for item in schema.fields:
            doc = None if discard else schema.parameter(FIELD_DOC_PREFIX + item.name)
            record.fields.append(self._field(item, doc))
        seen = {item.name for item in record.fields}
        if len(seen) != len(record.fields):
            raise DataError(f"Two fields of {full_name(record)} have one name in its Avro schema.")
        if earlier is not None and earlier is not record and _same_fields(earlier, record):
            return earlier
        return record

    def _field(self, item: Field, doc: str | None) -> RecordField:
        name = names.scrub(item.name) if self._options.scrub_names else item.name
        schema = item.schema
        made = self.convert(schema)
        field = RecordField(
            names.check(name, "a field"), made, schema.doc if self._options.discard_type_doc else doc, ABSENT
        )
        if schema.default is not None:
            default = widened(default_json(schema, schema.default, self._options))
            if fits(made, default):
                field.default = default
        elif schema.optional and fits(made, None):
            field.default = None
        return field

    def _map(self, schema: Schema) -> AvroType:
        if has_string_keys(schema, self._options):
            return Map(self._nested(item_schema(schema)))
        if schema.name is None:
            entry = Record(NAMESPACE, MAP_ENTRY)
        else:
            entry = Record(*self._name(schema))
            entry.props["connect.internal.type"] = MAP_ENTRY
        entry.fields = [
            self._field(Field("key", key_schema(schema)), None),
            self._field(Field("value", item_schema(schema)), None),
        ]
        return Array(entry)

    def _enum(self, schema: Schema) -> EnumType:
        parameter = self._options.enum_parameter
        _, name = self._name(schema)
        full = schema.parameter(parameter)
        if full is None:
            raise DataError(f"The string schema {schema.name} lacks the parameter {parameter}, the name of its enum.")
        symbols = [key[len(parameter) + 1 :] for key, _ in schema.parameters if key.startswith(f"{parameter}.")]
        for symbol in symbols:
            names.check(symbol, "an enum's symbol")
        space, short = names.split(full, scrubbed=False)
        names.check(short, "an enum")
        if self._options.discard_type_doc:
            return EnumType(space, short, symbols, schema.parameter(CONNECT_ENUM_DOC))
        default = schema.parameter(ENUM_DEFAULT_PREFIX + name)
        return EnumType(space, short, symbols, schema.parameter(ENUM_DOC_PREFIX + name), default)

    def _bytes(self, schema: Schema) -> Primitive | Fixed:
        made: Primitive | Fixed = Primitive("bytes")
        if is_fixed(schema):
            made = Fixed(*self._name(schema), size=int(schema.parameter(FIXED_SIZE) or 0))
        if schema.name == DECIMAL:
            made.props["scale"] = scale_of(schema)
            made.props["precision"] = _precision(schema)
        return made

    def _name(self, schema: Schema) -> tuple[str | None, str]:
        if schema.name is None:
            self._defaults += 1
            return NAMESPACE, f"{DEFAULT_NAME}{self._defaults if self._defaults > 1 else ''}"
        space, name = names.split(schema.name, scrubbed=self._options.scrub_names)
        return space, names.check(name, "a schema")

    def _annotate(self, made: AvroType, schema: Schema) -> None:
        """Adds the properties that say what Avro itself cannot."""
        if self._options.meta_data:
            _set(made.props, self._meta_data(schema))
        if schema.name == DECIMAL:
            self._annotate_decimal(made, schema)
        elif schema.name in _LOGICAL:
            _set(made.props, {"logicalType": _LOGICAL[schema.name]})
        _set(made.props, {key: value for key, value in schema.parameters if key.startswith("avro")})

    def _meta_data(self, schema: Schema) -> dict[str, object]:
        discard = self._options.discard_type_doc
        parameters = {key: value for key, value in schema.parameters if discard or key != FIELD_DEFAULT_FLAG}
        from_avro = not discard and schema.parameter(FIELD_DEFAULT_FLAG) is not None
        default = schema.default if not from_avro else None
        found: dict[str, object] = {
            "connect.doc": schema.doc,
            "connect.version": schema.version,
            "connect.parameters": parameters or None,
            "connect.default": None if default is None else default_json(schema, default, self._options),
            "connect.name": schema.name,
            "connect.type": _NARROW.get(schema.type),
        }
        return {key: value for key, value in found.items() if value is not None}

    @staticmethod
    def _annotate_decimal(made: AvroType, schema: Schema) -> None:
        """Avro's own logical type takes no negative scale and none beyond the precision; the property says it then."""
        scale, precision = scale_of(schema), _precision(schema)
        if 0 <= scale <= precision:
            _set(made.props, {"logicalType": "decimal", "precision": precision, "scale": scale})
        else:
            _set(made.props, {"logicalType": "decimal"})


def _precision(schema: Schema) -> int:
    return int(schema.parameter(DECIMAL_PRECISION) or DEFAULT_PRECISION)


def _set(props: dict[str, object], added: Mapping[str, object]) -> None:
    for key, value in added.items():
        if props.setdefault(key, value) != value:
            raise DataError(f"Can't overwrite property: {key} of an Avro schema.")


def _optional(schema: Schema, made: AvroType) -> AvroType:
    if not schema.optional:
        return made
    null = Primitive("null")
    return Union([made, null]) if schema.default is not None else Union([null, made])


def _required(schema: Schema) -> Schema:
    """The schema without its optionality; the default stays."""
    if not schema.optional:
        return schema
    return Schema(
        schema.type,
        name=schema.name,
        version=schema.version,
        doc=schema.doc,
        parameters=schema.parameters,
        default=schema.default,
        fields=schema.fields,
        key_schema=schema.key_schema,
        value_schema=schema.value_schema,
    )


def _same_fields(one: Record, other: Record) -> bool:
    def shape(record: Record) -> list[tuple[str, str]]:
        return [(item.name, to_text(item.type)) for item in record.fields]

    return shape(one) == shape(other)


def _identity(schema: Schema | None) -> object:
    """Equal for schemas that Connect takes for equal."""
    if schema is None:
        return None
    return (
        schema.type,
        schema.optional,
        schema.name,
        schema.version,
        schema.doc,
        frozenset(schema.parameters),
        _hashable(schema.default),
        tuple((item.name, _identity(item.schema)) for item in schema.fields),
        _identity(schema.key_schema),
        _identity(schema.value_schema),
    )


def _hashable(value: object) -> object:
    if isinstance(value, Struct):
        return tuple(_hashable(item) for item in value.values)
    if isinstance(value, list | tuple):
        return tuple(_hashable(item) for item in value)
    if isinstance(value, Mapping):
        return tuple((key, _hashable(item)) for key, item in value.items())
    return (type(value), value)


def _anything() -> Record:
    """A record that holds any one value, for data without schema."""
    anything = Record(NAMESPACE, "Anything")
    entry = Record(NAMESPACE, MAP_ENTRY, fields=[RecordField("key", anything), RecordField("value", anything)])
    types: dict[str, AvroType] = {
        name: Primitive(name) for name in ("boolean", "bytes", "double", "float", "int", "long", "string")
    }
    types |= {"array": Array(anything), "map": Array(entry)}
    anything.fields = [
        RecordField(name, Union([Primitive("null"), made]), default=None) for name, made in types.items()
    ]
    return anything


def record_name(schema: AvroType) -> str | None:
    """The full name of a named type, which some subject name strategies ask for."""
    return full_name(schema) if isinstance(schema, Named) else None
