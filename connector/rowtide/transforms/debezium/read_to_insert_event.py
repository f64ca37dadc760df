"""ReadToInsertEvent: rows of a snapshot come as inserted ones."""

from __future__ import annotations

from dataclasses import replace

from rowtide.connect.record import SourceRecord
from rowtide.connect.schema import Struct
from rowtide.transforms.debezium.envelope import envelope, is_change, text_of
from rowtide.transforms.debezium.options import DebeziumTransformation


class ReadToInsertEvent(DebeziumTransformation):
    looks_at_values = False

    def apply(self, record: SourceRecord) -> SourceRecord:
        if record.value is None or not is_change(record):
            return record
        value = envelope(record)
        if text_of(value, "op") != "r":
            return record
        values = list(value.values)
        values[value.schema.index_of("op")] = "c"
        return replace(record, value=Struct(value.schema, values))
