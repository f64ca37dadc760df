"""The options of ExtractNewRecordState."""

from __future__ import annotations

from dataclasses import replace

from rowtide.config.definition import Importance, Type, Width
from rowtide.transforms.debezium.options import Option, one_of, option
from rowtide.transforms.kafka.declare import invalid

_MODES = ("drop", "tombstone", "rewrite", "rewrite-with-tombstone", "delete-to-tombstone")
MODE = "delete.tombstone.handling.mode"
_REFERENCES = "Write `op`, `source.ts_ms`, `transaction.id` and the like; `field:name` gives it another name."


def _mode_option() -> Option:
    made = option(
        MODE,
        "Handle delete and tombstone records",
        "What becomes of deletes: `drop` leaves out them and their tombstones, `tombstone` leaves one tombstone, "
        "`rewrite` makes rows of them that have `__deleted`, `rewrite-with-tombstone` does so and keeps tombstones, "
        "`delete-to-tombstone` makes tombstones without a schema of them.",
        one_of(*_MODES, needed=False),
        default="tombstone",
        width=Width.MEDIUM,
    )

    def check(name: str, value: object) -> str | None:
        problem = made.checks[0](None if value is None else str(value))
        return invalid(name, value, problem) if problem else None

    return replace(made, key=replace(made.key, validator=check, importance=Importance.MEDIUM))


def _flag(name: str, display_name: str, documentation: str, *, default: bool) -> Option:
    return option(name, display_name, documentation, type_=Type.BOOLEAN, default=default, width=Width.SHORT)


OPTIONS = (
    _mode_option(),
    option(
        "route.by.field",
        "Route by field name",
        "Name of a column whose value is the topic of the record.",
        default="",
        width=Width.LONG,
    ),
    option(
        "add.fields.prefix",
        "Field prefix to be added to each field.",
        "Stands before the names of added fields.",
        default="__",
        width=Width.SHORT,
    ),
    option(
        "add.fields",
        "Adds the specified field(s) to the message if they exist.",
        f"Fields of the envelope that are added to the row. {_REFERENCES}",
        type_=Type.LIST,
        default=[],
        width=Width.LONG,
    ),
    option(
        "add.headers.prefix",
        "Header prefix to be added to each header.",
        "Stands before the names of added headers.",
        default="__",
        width=Width.SHORT,
    ),
    option(
        "add.headers",
        "Adds the specified fields to the header if they exist.",
        f"Fields of the envelope that are added as headers. {_REFERENCES}",
        type_=Type.LIST,
        default=[],
        width=Width.LONG,
    ),
    option(
        "drop.fields.header.name",
        "Specifies a header that contains a list of field names to be removed",
        "Name of a header that lists the fields to leave out, as ExtractChangedRecordState makes one.",
        width=Width.SHORT,
    ),
    _flag(
        "drop.fields.from.key",
        "Specifies whether the fields to be dropped should also be omitted from the key",
        "Leaves them out of the key as well.",
        default=False,
    ),
    _flag(
        "drop.fields.keep.schema.compatible",
        "Specifies if fields are dropped, will the event's schemas be compatible",
        "Leaves out optional fields only; `false` leaves out required ones as well.",
        default=True,
    ),
)
REPLACE_NULL = _flag(
    "replace.null.with.default",
    "replace null field value with default",
    "In the modes that rewrite, a null has its column's default.",
    default=True,
)
