"""SetSchemaMetadata: gives a key's or value's schema another name or version."""

from __future__ import annotations

from dataclasses import replace
from typing import cast

from rowtide.config.definition import ConfigDef, ConfigKey, Importance, Type
from rowtide.connect.record import SourceRecord
from rowtide.connect.schema import Schema, Struct
from rowtide.errors import ConfigError
from rowtide.transforms.kafka.declare import REPLACE_NULL, string
from rowtide.transforms.parts import KeyPart, PartTransformation, ValuePart
from rowtide.transforms.structs import SchemaCache, make_struct, require_fields, require_schema, values_of

_OPTIONS = ConfigDef(
    [
        string("schema.name", None, "The schema's new name.", Importance.HIGH),
        ConfigKey("schema.version", Type.INT, None, "The schema's new version.", Importance.HIGH),
        REPLACE_NULL,
    ]
)


class SetSchemaMetadata(PartTransformation):
    """Gives the schema of a struct another name or version."""

    @classmethod
    def config_def(cls) -> ConfigDef:
        return _OPTIONS

    def set_options(self, options: dict[str, object]) -> None:
        self._name = cast("str | None", options["schema.name"])
        self._version = cast("int | None", options["schema.version"])
        if self._name is None and self._version is None:
            raise ConfigError("Neither schema name nor version configured")
        self._with_defaults = bool(options["replace.null.with.default"])
        self._schemas = SchemaCache(self._changed)

    def _changed(self, schema: Schema) -> Schema:
        require_fields(schema)  # Connect's own takes structs only, for no reason that shows
        return replace(
            schema,
            name=schema.name if self._name is None else self._name,
            version=schema.version if self._version is None else self._version,
        )

    def apply(self, record: SourceRecord) -> SourceRecord:
        value = self.value_of(record)
        if value is None and self.schema_of(record) is None:
            return record
        schema = self._schemas(require_schema(self.schema_of(record), "updating schema metadata"))
        if isinstance(value, Struct):
            value = make_struct(schema, values_of(value, with_defaults=self._with_defaults))
        return self.with_part(record, schema, value)


class SetSchemaMetadataKey(KeyPart, SetSchemaMetadata):
    looks_at_values = False


class SetSchemaMetadataValue(ValuePart, SetSchemaMetadata):
    looks_at_values = False
