"""SchemaChangeEventFilter: leaves out schema changes of certain kinds."""

from __future__ import annotations

from rowtide.config.definition import Importance, Width
from rowtide.connect.record import SourceRecord
from rowtide.connect.schema import SchemaType, Struct
from rowtide.errors import ConfigError
from rowtide.transforms.debezium.envelope import text_of, typed
from rowtide.transforms.debezium.options import DebeziumTransformation, Settings, option, required
from rowtide.transforms.kafka.declare import java_split
from rowtide.transforms.structs import require_struct

_NAME = "schema.change.event.exclude.list"
_KINDS = ("CREATE", "ALTER", "DROP", "TRUNCATE", "DATABASE")
_ENUM = "io.debezium.schema.SchemaChangeEvent.SchemaChangeEventType"
_SUFFIXES = (".SchemaChangeValue", ".SchemaChangeKey")


class SchemaChangeEventFilter(DebeziumTransformation):
    looks_at_values = False

    options = (
        option(
            _NAME,
            "Schema change event exclude list",
            f"Kinds of changes to leave out, of {', '.join(_KINDS)}; a change of no table counts as DATABASE.",
            required,
            importance=Importance.HIGH,
            width=Width.SHORT,
        ),
    )

    def set_up(self, settings: Settings) -> None:
        settings.checked()
        self._excluded = {name.strip() for name in java_split(settings.required_text(_NAME), ",")}
        for name in self._excluded:
            if name not in _KINDS:
                raise ConfigError(f"No enum constant {_ENUM}.{name}", hint=f"({_NAME} takes {', '.join(_KINDS)}.)")

    def apply(self, record: SourceRecord) -> SourceRecord | None:
        schema = record.value_schema
        if record.value is None or schema is None or not (schema.name or "").endswith(_SUFFIXES):
            return record
        value = require_struct(schema, record.value, "Read schema change event to filter")
        changes = typed(value, "tableChanges", SchemaType.ARRAY)
        if changes is None:
            return None
        assert isinstance(changes, list | tuple)
        return None if self._kind(changes) in self._excluded else record

    @staticmethod
    def _kind(changes: list[Struct] | tuple[Struct, ...]) -> str | None:
        return text_of(changes[0], "type") if changes else "DATABASE"
