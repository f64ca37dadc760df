"""MaskField: hides what is in fields, by the zero of their type or a text of one's own."""

from __future__ import annotations

import datetime
from decimal import Decimal
from typing import cast

from rowtide.config.definition import ConfigDef, Importance
from rowtide.connect.record import SourceRecord
from rowtide.connect.schema import Schema
from rowtide.connect.shape import Unknown
from rowtide.errors import DataError
from rowtide.transforms.java_conversion import nearest_float32, parse_decimal, wrap
from rowtide.transforms.kafka.declare import REPLACE_NULL, names, not_empty_string, string
from rowtide.transforms.parts import KeyPart, PartTransformation, ValuePart
from rowtide.transforms.structs import java_class, make_struct, require_map, require_struct, values_of

_PURPOSE = "mask fields"
_OPTIONS = ConfigDef(
    [
        names("fields", "Names of the fields to mask."),
        string(
            "replacement",
            None,
            "What fields of numbers and strings show instead; 0, false, the empty string and so on if absent.",
            Importance.LOW,
            not_empty_string,
        ),
        REPLACE_NULL,
    ]
)
_EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)
_BITS = {"java.lang.Byte": 8, "java.lang.Short": 16, "java.lang.Integer": 32, "java.lang.Long": 64}
_ZEROS: dict[str, object] = {
    "java.lang.Boolean": False,
    **dict.fromkeys(_BITS, 0),
    "java.lang.Float": 0.0,
    "java.lang.Double": 0.0,
    "java.math.BigDecimal": Decimal(0),
    "java.lang.String": "",
}


class MaskField(PartTransformation):
    """Hides what is in fields."""

    @classmethod
    def config_def(cls) -> ConfigDef:
        return _OPTIONS

    def set_options(self, options: dict[str, object]) -> None:
        self._fields = frozenset(cast("list[str]", options["fields"]))
        self._replacement = cast("str | None", options["replacement"])
        self._with_defaults = bool(options["replace.null.with.default"])

    def apply(self, record: SourceRecord) -> SourceRecord:
        schema, value = self.schema_of(record), self.value_of(record)
        if schema is None:
            changed = dict(require_map(value, _PURPOSE))
            changed.update((name, self._masked(None, changed.get(name))) for name in self._fields)
            return self.with_part(record, None, changed)
        struct = require_struct(schema, value, _PURPOSE)
        values = values_of(struct, with_defaults=self._with_defaults)
        for i, field in enumerate(struct.schema.fields):
            if field.name in self._fields:
                values[i] = self._masked(field.schema, values[i])
        return self.with_part(record, schema, make_struct(struct.schema, values))

    def _masked(self, schema: Schema | None, value: object) -> object:
        if value is None:
            return None
        name = java_class(schema, value)
        shown = _zero(name, value) if self._replacement is None else _replaced(name, self._replacement)
        return value.masked(shown) if isinstance(value, Unknown) else shown


def _zero(name: str, value: object) -> object:
    if name == "java.util.Date":
        return _EPOCH if isinstance(value, datetime.datetime) else 0
    if name in _ZEROS:
        return _ZEROS[name]
    if name == "java.util.ArrayList":
        return []
    if name == "java.util.HashMap":
        return {}
    raise DataError(f"Cannot mask value of type: class {name}")


def _replaced(name: str, replacement: str) -> object:
    if name == "java.lang.String":
        return replacement
    if name not in (*_BITS, "java.lang.Float", "java.lang.Double", "java.math.BigDecimal"):
        raise DataError(f"Cannot mask value of type class {name} with custom replacement.")
    number = parse_decimal(replacement)
    if number is None:
        a = "" if name == "java.math.BigDecimal" else "a "
        raise DataError(f"Unable to convert {replacement} (class java.lang.String) to {a}number")
    if name in _BITS:
        return wrap(int(number), _BITS[name])
    if name == "java.math.BigDecimal":
        return number
    return nearest_float32(number) if name == "java.lang.Float" else float(number)


class MaskFieldKey(KeyPart, MaskField):
    looks_at_values = False


class MaskFieldValue(ValuePart, MaskField):
    looks_at_values = False
