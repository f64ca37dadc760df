"""TimezoneConverter: moves the times of changes into another time zone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal, cast

from rowtide.config.definition import Importance, Type, Width
from rowtide.connect.record import SourceRecord
from rowtide.connect.schema import Schema, SchemaType, Struct
from rowtide.errors import ConfigError, ConnectError, DataError
from rowtide.tables.patterns import split_list
from rowtide.transforms.debezium.envelope import envelope, is_change
from rowtide.transforms.debezium.options import DebeziumTransformation, Option, Settings, option, regex, required
from rowtide.transforms.debezium.time_zones import (
    instant_to_local,
    local_to_instant,
    zone_of,
    zoned_time,
    zoned_timestamp,
)
from rowtide.transforms.debezium.timezone_rules import Rules, Wanted, by_part, parse_rules
from rowtide.transforms.structs import SchemaCache

Mode = Literal["all", "include", "exclude"]
_Convert = Callable[[object], object]

_FORMAT = (
    "Invalid timezone format. Please specify either a geographic timezone (e.g. America/Los_Angeles) or a UTC offset "
    "in the format of +/-hh:mm, (e.g. +08:00)."
)
_TIME = "io.debezium.time."
_PARTS_OF_SECOND = {
    f"{_TIME}Timestamp": 1_000,
    f"{_TIME}MicroTimestamp": 1_000_000,
    f"{_TIME}NanoTimestamp": 1_000_000_000,
    "org.apache.kafka.connect.data.Timestamp": 1_000,
}
_EPOCHS = {"ts_ms": 1_000, "ts_us": 1_000_000, "ts_ns": 1_000_000_000}
_NOTHING: Wanted = {"before": frozenset(), "after": frozenset(), "source": frozenset()}


def _list_of_regex(text: str | None) -> str | None:
    for item in split_list(text):
        problem = regex(item)
        if problem is not None:
            reason = problem.partition(", but ")[2]
            return f"A comma-separated list of valid regular expressions is expected, but {reason}"
    return None


def _rules_option(name: str, display_name: str, documentation: str) -> Option:
    return option(
        name,
        display_name,
        f"{documentation}: `source:table`, `source:table:field`, `topic:name`, `topic:name:field`, `name:field`.",
        _list_of_regex,
        type_=Type.LIST,
        importance=Importance.HIGH,
        width=Width.MEDIUM,
    )


@dataclass(frozen=True, slots=True)
class _Part:
    """How one struct of an envelope is converted. Attributes: index: its place in the envelope."""

    index: int
    converters: tuple[tuple[int, _Convert], ...]


class TimezoneConverter(DebeziumTransformation):
    options = (
        option(
            "converted.timezone",
            "Converted Timezone",
            "Name of the zone, or its offset from UTC as `+08:00`.",
            required,
            importance=Importance.HIGH,
            width=Width.MEDIUM,
        ),
        _rules_option("include.list", "Include List", "What is converted, instead of all times of rows"),
        _rules_option("exclude.list", "Exclude List", "What is not converted"),
    )

    def set_up(self, settings: Settings) -> None:
        settings.checked()
        included, excluded = settings.items("include.list"), settings.items("exclude.list")
        self._mode: Mode = "include" if included else "exclude" if excluded else "all"
        rules = parse_rules(self._mode, included or excluded) if included or excluded else Rules()
        zone = zone_of(settings.required_text("converted.timezone"))
        if zone is None:
            raise ConfigError(_FORMAT)
        if included and excluded:
            raise ConfigError("Both include and exclude lists are specified. Please specify only one.")
        self._zone = zone
        self._rules = rules
        self._plans: dict[tuple[str, str | None], SchemaCache[tuple[_Part, ...]]] = {}

    def apply(self, record: SourceRecord) -> SourceRecord:
        """Raises DataError for a time that cannot be read."""
        if record.value is None or not is_change(record):
            return record
        value = envelope(record)
        parts = self._plan(record.topic, _table(value))(value.schema)
        values = list(value.values)
        for part in parts:
            struct = values[part.index]
            if isinstance(struct, Struct):
                values[part.index] = _converted(struct, part)
        return replace(record, value=Struct(value.schema, values))

    def _plan(self, topic: str, table: str | None) -> SchemaCache[tuple[_Part, ...]]:
        plan = self._plans.get((topic, table))
        if plan is None:
            mode, wanted = self._decision(topic, table)
            plan = SchemaCache(lambda schema: tuple(self._parts(schema, mode, wanted)))
            if len(self._plans) >= _PLANS_MAX:
                del self._plans[next(iter(self._plans))]
            self._plans[topic, table] = plan
        return plan

    def _decision(self, topic: str, table: str | None) -> tuple[Mode | None, Wanted]:
        """Whether all fields are converted, those, or all but those; None for nothing at all."""
        fields = self._rules.find(topic, table)
        if self._mode == "all" or (self._mode == "exclude" and fields is None):
            return "all", _NOTHING
        if fields is None or (self._mode == "exclude" and not fields):
            return None, _NOTHING
        return (self._mode, by_part(fields)) if fields else ("all", _NOTHING)

    def _parts(self, schema: Schema, mode: Mode | None, wanted: Wanted) -> list[_Part]:
        names = ["before", "after", *(["source"] if wanted["source"] else [])] if mode is not None else []
        parts = []
        for name in names:
            if schema.has_field(name) and schema.field(name).type is SchemaType.STRUCT:
                converters = (
                    (i, self._converter(name, field.name, field.schema))
                    for i, field in enumerate(schema.field(name).fields)
                    if mode == "all" or (field.name in wanted[name]) is (mode == "include")
                )
                parts.append(_Part(schema.index_of(name), tuple((i, each) for i, each in converters if each)))
        return parts

    def _converter(self, part: str, name: str, schema: Schema) -> _Convert | None:
        zone = self._zone
        if schema.name is None:
            if part != "source" or name not in _EPOCHS:
                return None
            parts = _EPOCHS[name]
            return _with_default(schema, lambda value: instant_to_local(zone, _long(value), parts))
        if schema.name == f"{_TIME}ZonedTimestamp":
            return _with_default(schema, lambda value: zoned_timestamp(zone, str(value)))
        if schema.name == f"{_TIME}ZonedTime":
            return _with_default(schema, lambda value: zoned_time(zone, str(value)))
        if schema.name in _PARTS_OF_SECOND:
            parts = _PARTS_OF_SECOND[schema.name]
            return _with_default(schema, lambda value: local_to_instant(zone, cast("int", value), parts))
        return None


_PLANS_MAX = 10_000


def _long(value: object) -> int:
    if not isinstance(value, int):
        raise ConnectError("Epoch field value should be a java.lang.Long")
    return value


def _with_default(schema: Schema, convert: _Convert) -> _Convert:
    default = schema.default

    def converted(value: object) -> object:
        given = default if value is None else value
        return None if given is None else convert(given)

    return converted


def _converted(struct: Struct, part: _Part) -> Struct:
    values = list(struct.values)
    for index, convert in part.converters:
        values[index] = convert(values[index])
    return Struct(struct.schema, values)


def _table(value: Struct) -> str | None:
    """The table that the source block names. Raises DataError for a change without source block."""
    if "source" not in value or value.schema.field("source").type is not SchemaType.STRUCT:
        return None
    source = value["source"]
    if not isinstance(source, Struct):
        raise DataError("A change has no source block to take the table's name from.")
    if "table" not in source or source.schema.field("table").type is not SchemaType.STRING:
        return None
    return cast("str | None", source["table"])
