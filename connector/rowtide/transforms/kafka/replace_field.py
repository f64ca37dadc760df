"""ReplaceField: leaves fields out and renames them."""

from __future__ import annotations

from typing import cast

from rowtide.config.definition import ConfigDef, ConfigKey, Type
from rowtide.connect.java import hash_map_order
from rowtide.connect.record import SourceRecord
from rowtide.connect.schema import Schema
from rowtide.transforms.kafka.declare import REPLACE_NULL, distinct_names, invalid, java_split
from rowtide.transforms.parts import KeyPart, PartTransformation, ValuePart
from rowtide.transforms.structs import (
    SchemaCache,
    make_struct,
    require_fields,
    require_map,
    require_struct,
    struct_schema_like,
    value_at,
)

_PURPOSE = "field replacement"


def _renames(name: str, value: object) -> str | None:
    for mapping in cast("list[str]", value or []):
        if len(java_split(mapping, ":")) != 2:
            return invalid("renames", value, f"Invalid rename mapping: {mapping}")
    return None


_OPTIONS = ConfigDef(
    [
        ConfigKey(
            "exclude", Type.LIST, [], "Fields to leave out, also when `include` names them.", validator=distinct_names
        ),
        ConfigKey("include", Type.LIST, [], "Fields to keep; all when none is named.", validator=distinct_names),
        ConfigKey("renames", Type.LIST, [], "New names: `old:new,old:new`.", validator=_renames),
        REPLACE_NULL,
    ]
)


class ReplaceField(PartTransformation):
    """Leaves fields out and renames them."""

    @classmethod
    def config_def(cls) -> ConfigDef:
        return _OPTIONS

    def set_options(self, options: dict[str, object]) -> None:
        self._exclude = frozenset(cast("list[str]", options["exclude"]))
        self._include = frozenset(cast("list[str]", options["include"]))
        pairs = (java_split(mapping, ":") for mapping in cast("list[str]", options["renames"]))
        self._renames = dict(pairs)
        self._names = {new: old for old, new in self._renames.items()}
        self._with_default = bool(options["replace.null.with.default"])
        self._schemas = SchemaCache(self._replaced)

    def _kept(self, name: str) -> bool:
        return name not in self._exclude and (not self._include or name in self._include)

    def _replaced(self, schema: Schema) -> Schema:
        fields = (field for field in require_fields(schema) if self._kept(field.name))
        return struct_schema_like(schema, ((self._renames.get(f.name, f.name), f.schema) for f in fields))

    def apply(self, record: SourceRecord) -> SourceRecord:
        schema, value = self.schema_of(record), self.value_of(record)
        if value is None:
            return record
        if schema is None:
            entries = require_map(value, _PURPOSE)
            # Where two fields get one name, the order of Java's maps decides which of them stays.
            kept = {name: entries[name] for name in hash_map_order(entries) if self._kept(name)}
            return self.with_part(record, None, {self._renames.get(name, name): each for name, each in kept.items()})
        struct = require_struct(schema, value, _PURPOSE)
        replaced = self._schemas(struct.schema)
        # Which field a name comes from is asked of the renames, as Connect does it, not of the place.
        names = (self._names.get(field.name, field.name) for field in replaced.fields)
        values = [value_at(struct, name, with_default=self._with_default) for name in names]
        return self.with_part(record, replaced, make_struct(replaced, values))


class ReplaceFieldKey(KeyPart, ReplaceField):
    looks_at_values = False


class ReplaceFieldValue(ValuePart, ReplaceField):
    looks_at_values = False
