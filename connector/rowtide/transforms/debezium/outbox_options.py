"""The options of EventRouter."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum

from rowtide.config.definition import Importance, Type, Width
from rowtide.errors import ConfigError
from rowtide.transforms.debezium.options import Option, one_of, option, regex
from rowtide.transforms.debezium.tracing import OPTIONS as TRACING
from rowtide.transforms.kafka.declare import java_split

PLACEMENT = "table.fields.additional.placement"


class Place(Enum):
    HEADER = "header"
    ENVELOPE = "envelope"
    PARTITION = "partition"


@dataclass(frozen=True, slots=True)
class AdditionalField:
    """Attributes: alias: the name of the field or header that is made of it."""

    place: Place
    field: str
    alias: str


def parse_placement(text: str | None) -> list[AdditionalField]:
    """Raises ConfigError for a place that there is not. Each item has two or three parts."""
    fields = []
    for item in [] if text is None else java_split(text, ","):
        field, place, *alias = (part.strip() for part in java_split(item, ":"))
        try:
            fields.append(AdditionalField(Place(place.lower()), field, alias[0] if alias else field))
        except ValueError:
            raise ConfigError(
                f"{PLACEMENT}: {place!r} in {item.strip()!r} is no place. Write `column:header`, `column:envelope` or "
                "`column:partition`, and `:name` behind it for another name."
            ) from None
    return fields


def _pairs_or_trios(text: str | None) -> str | None:
    given = [] if text is None else java_split(text, ",")
    if all(len(java_split(item, ":")) in (2, 3) for item in given):
        return None
    return f"A comma-separated list of valid String pairs or trios is expected but got: [{', '.join(given)}]"


def _column(name: str, display_name: str, documentation: str, default: str | None) -> Option:
    return option(name, display_name, documentation, default=default, width=Width.MEDIUM)


def _choice(name: str, display_name: str, documentation: str, *accepted: str) -> Option:
    return option(
        name,
        display_name,
        documentation,
        one_of(*accepted),
        default=accepted[0],
        importance=Importance.MEDIUM,
        width=Width.MEDIUM,
    )


def _routing(name: str, display_name: str, documentation: str, default: str) -> Option:
    return option(name, display_name, documentation, default=default, importance=Importance.HIGH, width=Width.MEDIUM)


def _timestamp() -> Option:
    made = _column(
        "table.field.event.timestamp",
        "Event Timestamp Field",
        "Column with the record's timestamp; without it, it is the time at which the change was processed.",
        None,
    )
    return replace(made, key=replace(made.key, importance=Importance.MEDIUM))


_TABLE = (
    _column("table.field.event.id", "Event ID Field", "Column with the event's id, which becomes a header.", "id"),
    _column("table.field.event.key", "Event Key Field", "Column with the record's key.", "aggregateid"),
    _column("table.field.event.type", "Event Type Field", "Column with the event's type; it has no effect.", "type"),
    _column("table.field.event.payload", "Event Payload Field", "Column with the record's value.", "payload"),
    _timestamp(),
    option(
        PLACEMENT,
        "Settings for each additional column in the outbox table",
        "Further columns: `column:header`, `column:envelope` or `column:partition`, and `:name` for another name.",
        _pairs_or_trios,
        type_=Type.LIST,
        importance=Importance.HIGH,
        width=Width.MEDIUM,
    ),
    _choice(
        "table.field.additional.missing",
        "Behavior when an additional field is missing in the change data",
        "What happens when a table has not such a column: `error` fails, `ignore` goes on without it.",
        "error",
        "ignore",
    ),
    _column(
        "table.field.event.schema.version", "Event Schema Version Field", "Column with the schema's version.", None
    ),
    _choice(
        "table.op.invalid.behavior",
        "Behavior when capturing an unexpected outbox event",
        "What an update of the table leads to: a warning, an `error` in the log, or with `fatal` the task's failure.",
        "warn",
        "error",
        "fatal",
    ),
    option(
        "table.expand.json.payload",
        "Expand Payload escaped string as real JSON",
        "Makes a struct of a payload that is the text of a JSON object.",
        type_=Type.BOOLEAN,
        default=False,
        importance=Importance.MEDIUM,
        width=Width.MEDIUM,
    ),
    _choice(
        "table.json.payload.null.behavior",
        "Behavior when json payload including null value",
        "What becomes of a null in it: `ignore` leaves the field out, `optional_bytes` keeps it.",
        "ignore",
        "optional_bytes",
    ),
)
_ROUTER = (
    _routing("route.by.field", "Field to route events by", "Column whose value the topic is made of.", "aggregatetype"),
    option(
        "route.topic.regex",
        "The name of the routed topic",
        "Expression that matches that value.",
        regex,
        default="(?<routedByValue>.*)",
        width=Width.MEDIUM,
    ),
    _routing(
        "route.topic.replacement",
        "The name of the routed topic",
        "The topic, with `$1` and `${name}` for groups of the expression.",
        "outbox.event.${routedByValue}",
    ),
    option(
        "route.tombstone.on.empty.payload",
        "Empty payloads cause a tombstone message",
        "Makes a tombstone of a row whose payload is null or blank.",
        type_=Type.BOOLEAN,
        default=False,
        importance=Importance.HIGH,
        width=Width.MEDIUM,
    ),
)


def _grouped(group: str, options: tuple[Option, ...]) -> tuple[Option, ...]:
    return tuple(
        replace(each, key=replace(each.key, group=group, order=number)) for number, each in enumerate(options, 1)
    )


OPTIONS = (*_grouped("Table", _TABLE), *_grouped("Router", _ROUTER), *_grouped("Tracing", TRACING))
CHECKED = tuple(each.key.name for each in (*_TABLE, *_ROUTER))
