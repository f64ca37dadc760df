"""Cast: changes the type of fields, or of a whole key or value."""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import partial
from typing import cast

from rowtide.config.definition import REQUIRED, ConfigDef, ConfigKey, Importance, Type
from rowtide.connect.java_numbers import java_double, java_float
from rowtide.connect.record import SourceRecord
from rowtide.connect.schema import Schema, SchemaType
from rowtide.errors import ConfigError, DataError
from rowtide.transforms.java_conversion import (
    nearest_float32,
    parse_float,
    parse_integer,
    truncate,
    wrap,
)
from rowtide.transforms.kafka.declare import REPLACE_NULL, invalid, java_split
from rowtide.transforms.logical import date_ms, decimal_text, iso_text
from rowtide.transforms.parts import KeyPart, PartTransformation, ValuePart
from rowtide.transforms.structs import (
    SchemaCache,
    java_class,
    make_struct,
    rebuilt,
    require_fields,
    require_map,
    require_struct,
    values_of,
)

_PURPOSE = "cast types"
_OUTPUT = (
    SchemaType.INT8,
    SchemaType.INT16,
    SchemaType.INT32,
    SchemaType.INT64,
    SchemaType.FLOAT32,
    SchemaType.FLOAT64,
    SchemaType.BOOLEAN,
    SchemaType.STRING,
)
_INPUT = (*_OUTPUT, SchemaType.BYTES)
_BITS = {SchemaType.INT8: 8, SchemaType.INT16: 16, SchemaType.INT32: 32, SchemaType.INT64: 64}


@dataclass(frozen=True, slots=True)
class _Spec:
    """Attributes: whole: what the whole key or value becomes; fields: what single fields become."""

    whole: SchemaType | None
    fields: dict[str, SchemaType]


def _parse_spec(mappings: list[str]) -> _Spec:
    """Raises ConfigError with Kafka's words."""
    whole: SchemaType | None = None
    fields: dict[str, SchemaType] = {}
    for mapping in mappings:
        parts = java_split(mapping, ":")
        if len(parts) > 2:
            raise ConfigError(invalid("renames", mappings, f"Invalid rename mapping: {mapping}"))
        type_ = _output_type(parts[-1].strip())
        if len(parts) == 1:
            whole = type_
        else:
            fields[parts[0].strip()] = type_
    if whole is not None and len(mappings) > 1:
        raise ConfigError(
            "Cast transformations that specify a type to cast the entire value to may only specify a single cast in "
            "their spec"
        )
    return _Spec(whole, fields)


def _output_type(name: str) -> SchemaType:
    try:
        type_ = SchemaType[name.upper()]
    except KeyError:
        # Kafka's words got into the wrong places.
        raise ConfigError(
            "Invalid value java.lang.IllegalArgumentException: No enum constant org.apache.kafka.connect.data.Schema."
            f"Type.{name.upper()} for configuration Invalid type found in casting spec: {name}"
        ) from None
    if type_ not in _OUTPUT:
        raise ConfigError(
            f"Cast transformation does not support casting to {type_.name}; supported types are {_listed(_OUTPUT)}"
        )
    return type_


def _listed(types: tuple[SchemaType, ...]) -> str:
    return f"[{', '.join(type_.name for type_ in types)}]"


def _valid_spec(name: str, value: object) -> str | None:
    if not value:
        return "Must specify at least one field to cast."
    try:
        _parse_spec(cast("list[str]", value))
    except ConfigError as error:
        return str(error)
    return None


_OPTIONS = ConfigDef(
    [
        ConfigKey(
            "spec",
            Type.LIST,
            REQUIRED,
            "`field:type,field:type`, or one type for the whole key or value: int8, int16, int32, int64, float32, "
            "float64, boolean or string. Binary data can become a string only, its base64.",
            Importance.HIGH,
            _valid_spec,
            judges_missing=True,
        ),
        REPLACE_NULL,
    ]
)

_Convert = Callable[[object], object]


class Cast(PartTransformation):
    """Changes the type of fields, or of the whole key or value."""

    @classmethod
    def config_def(cls) -> ConfigDef:
        return _OPTIONS

    def set_options(self, options: dict[str, object]) -> None:
        self._spec = _parse_spec(cast("list[str]", options["spec"]))
        self._with_defaults = bool(options["replace.null.with.default"])
        self._plans = SchemaCache(self._plan)

    def apply(self, record: SourceRecord) -> SourceRecord:
        schema, value = self.schema_of(record), self.value_of(record)
        if value is None:
            return record
        if schema is None:
            return self.with_part(record, None, self._schemaless(value))
        made, converts = self._plans(schema)
        if self._spec.whole is not None:
            return self.with_part(record, made, cast_value(schema, self._spec.whole, value))
        struct = require_struct(schema, value, _PURPOSE)
        values = values_of(struct, with_defaults=self._with_defaults)
        for index, convert in converts:
            values[index] = convert(values[index])
        return self.with_part(record, made, make_struct(made, values))

    def _schemaless(self, value: object) -> object:
        if self._spec.whole is not None:
            return cast_value(None, self._spec.whole, value)
        changed = dict(require_map(value, _PURPOSE))
        for name, type_ in self._spec.fields.items():
            changed[name] = cast_value(None, type_, changed.get(name))
        return changed

    def _plan(self, schema: Schema) -> tuple[Schema, list[tuple[int, _Convert]]]:
        """The schema that comes of it, and what is done to which field."""
        if self._spec.whole is not None:
            return _retyped(schema, self._spec.whole, keep_name=True), []
        wanted = self._spec.fields
        fields = require_fields(schema)
        if schema.default is not None:
            cast_value(schema, SchemaType.STRUCT, schema.default)
        made = rebuilt(
            schema,
            ((f.name, _retyped(f.schema, wanted[f.name]) if f.name in wanted else f.schema) for f in fields),
        )
        converts: list[tuple[int, _Convert]] = [
            (i, _conversion(field.schema, wanted[field.name])) for i, field in enumerate(fields) if field.name in wanted
        ]
        return made, converts


def _retyped(schema: Schema, type_: SchemaType, *, keep_name: bool = False) -> Schema:
    default = cast_value(schema, type_, schema.default)
    if not keep_name:
        return Schema(type_, optional=schema.optional, default=default)
    return replace(schema, type=type_, default=default, fields=(), key_schema=None, value_schema=None)


def _conversion(schema: Schema, type_: SchemaType) -> _Convert:
    """`cast_value` for values of a schema, with less to ask for the most usual ones."""
    whole = partial(cast_value, schema, type_)
    if type_ is not SchemaType.STRING or schema.type not in _BITS or schema.name is not None:
        return whole

    def of_integer(value: object) -> object:
        return str(value) if type(value) is int else whole(value)

    return of_integer


def cast_value(schema: Schema | None, type_: SchemaType, value: object) -> object:
    """A value as another type.

    Raises:
        DataError: with Kafka's words, when it cannot be that.
    """
    if value is None:
        return None
    _check_input(schema, value)
    if type_ is SchemaType.STRING:
        return _to_string(schema, value)
    if type_ is SchemaType.STRUCT:
        raise DataError(f"{type_.name} is not supported in the Cast transformation.")
    if isinstance(value, bytes):
        raise DataError(f"Unexpected type in Cast transformation: class {java_class(schema, value)}")
    if type_ is SchemaType.BOOLEAN:
        return value.lower() == "true" if isinstance(value, str) else _to_integer(value, 64) != 0
    if isinstance(value, str):
        return _parsed(value, type_)
    if type_ in _BITS:
        return _to_integer(value, _BITS[type_])
    number = _without_sign_of_zero(cast("int | float | Decimal", value))
    if type_ is SchemaType.FLOAT64:
        return float(number)
    return nearest_float32(Decimal(number)) if isinstance(number, float) and _finite(number) else _to_float32(number)


def _finite(number: float) -> bool:
    return number - number == 0


def _to_float32(number: float | Decimal) -> float:
    return number if isinstance(number, float) else nearest_float32(number)


def _without_sign_of_zero(number: float | Decimal) -> int | float | Decimal:
    return number.copy_abs() if isinstance(number, Decimal) and not number else number


def _check_input(schema: Schema | None, value: object) -> None:
    type_ = schema.type if schema is not None else _type_without_schema(value)
    if type_ not in _INPUT:
        raise DataError(
            f"Cast transformation does not support casting from {type_.name}; supported types are {_listed(_INPUT)}"
        )


def _type_without_schema(value: object) -> SchemaType:
    name = java_class(None, value)
    type_ = _TYPES.get(name)
    if type_ is None:
        raise DataError(
            f"Cast transformation was passed a value of type class {name} which is not supported by Connect's data API"
        )
    return type_


_TYPES = {
    "java.lang.Boolean": SchemaType.BOOLEAN,
    "java.lang.Long": SchemaType.INT64,
    "java.lang.Double": SchemaType.FLOAT64,
    "java.lang.String": SchemaType.STRING,
    "java.nio.HeapByteBuffer": SchemaType.BYTES,
    "java.util.ArrayList": SchemaType.ARRAY,
    "java.util.HashMap": SchemaType.MAP,
    "org.apache.kafka.connect.data.Struct": SchemaType.STRUCT,
}


def _to_integer(value: object, bits: int) -> int:
    """Integers lose their high bits; fractions are cut, and floats beyond int or long first become its limit."""
    if isinstance(value, float):
        return wrap(truncate(value, max(bits, 32)), bits)
    return wrap(int(cast("int | Decimal", value)), bits)


def _parsed(text: str, type_: SchemaType) -> object:
    bits = _BITS.get(type_)
    number = parse_float(text, single=type_ is SchemaType.FLOAT32) if bits is None else parse_integer(text, bits)
    if number is None:
        raise DataError(f"Value ({text}) was out of range for requested data type")
    return number


def _to_string(schema: Schema | None, value: object) -> str:
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if isinstance(value, bool):
        return "true" if value else "false"
    milliseconds = date_ms(schema, value)
    if milliseconds is not None:
        return iso_text(milliseconds)
    if isinstance(value, float):
        return java_float(value) if schema is not None and schema.type is SchemaType.FLOAT32 else java_double(value)
    return decimal_text(value) if isinstance(value, Decimal) else str(value)


class CastKey(KeyPart, Cast):
    pass


class CastValue(ValuePart, Cast):
    pass
