"""ExtractChangedRecordState: headers that list the fields that an update has changed, and those that it has not."""

from __future__ import annotations

import math
from decimal import Decimal

from rowtide.config.definition import Width
from rowtide.connect.record import Header, SourceRecord
from rowtide.connect.schema import OPTIONAL_STRING, Schema, Struct, array
from rowtide.transforms.debezium.envelope import envelope, is_change, with_headers
from rowtide.transforms.debezium.options import DebeziumTransformation, Settings, option
from rowtide.transforms.structs import require_struct, value_at

_OPTIONS = (
    option(
        "header.changed.name",
        "Header change name.",
        "Name of the header for the changed fields; without it there is none.",
        width=Width.LONG,
    ),
    option(
        "header.unchanged.name",
        "Header unchanged name.",
        "Name of the header for the unchanged fields; without it there is none.",
        width=Width.LONG,
    ),
)


class ExtractChangedRecordState(DebeziumTransformation):
    options = _OPTIONS

    def set_up(self, settings: Settings) -> None:
        self._changed = _header(settings.text("header.changed.name"))
        self._unchanged = _header(settings.text("header.unchanged.name"))

    def apply(self, record: SourceRecord) -> SourceRecord:
        if record.value is None or not is_change(record):
            return record
        value = envelope(record)
        after, before = (value_at(value, name, with_default=True) for name in ("after", "before"))
        changed: list[str] = []
        unchanged: list[str] = []
        if after is not None and before is not None:
            new = require_struct(None, after, "After value should be struct.")
            old = require_struct(None, before, "Before value should be struct.")
            for name, item in new.items():
                (unchanged if same(item, value_at(old, name, with_default=False)) else changed).append(name)
        # Snapshots and deletes have the headers too, so that what follows finds them in every record.
        lists = ((self._changed, changed), (self._unchanged, unchanged))
        return with_headers(record, *(Header(*header, names) for header, names in lists if header is not None))


def _header(name: str | None) -> tuple[str, Schema] | None:
    return (name, array(OPTIONAL_STRING, optional=True, name=name)) if name is not None and name.strip() else None


def same(one: object, other: object) -> bool:
    """`Objects.equals`: decimals differ in their scale, and floats in the sign of zero; NaN equals itself."""
    if isinstance(one, Decimal) and isinstance(other, Decimal):
        return one.as_tuple().exponent == other.as_tuple().exponent and one == other
    if isinstance(one, float) and isinstance(other, float):
        if math.isnan(one) or math.isnan(other):
            return math.isnan(one) and math.isnan(other)
        return one == other and math.copysign(1, one) == math.copysign(1, other)
    if isinstance(one, Struct) and isinstance(other, Struct):
        return len(one.values) == len(other.values) and all(map(same, one.values, other.values))
    if isinstance(one, list | tuple) and isinstance(other, list | tuple):
        return len(one) == len(other) and all(map(same, one, other))
    return one == other
