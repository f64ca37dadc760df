"""Columns shown as a plugin says: what a column converter of a configuration is asked, and what it answers.

A converter is asked once a version of a table and column. Its schema takes the place of the column's own; whether the
field is optional, its documentation and its default are added as for any column.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from rowtide.connect.schema import Schema
from rowtide.tables.model import Column, TableId
from rowtide.types import jdbc
from rowtide.types.codec import ColumnCodec, Convert, Family, failure_of, identity
from rowtide.types.integers import storage_bits
from rowtide.types.modes import ValueModes

_SHOWN_AS_TEXT = ("ENUM", "SET", "JSON")


@dataclass(frozen=True, slots=True)
class ColumnFacts:
    """What a converter may know of a column.

    Attributes:
        table: `db.table`.
        type_name: upper-case type with modifiers, such as `INT UNSIGNED`.
        jdbc_type: number of java.sql.Types; 2014 for TIMESTAMP.
        default: the default as the column's own schema would have it, None for none.
    """

    table: str
    name: str
    type_name: str
    jdbc_type: int
    length: int | None
    scale: int | None
    optional: bool
    charset: str | None
    has_default: bool
    default: object

    @property
    def full_name(self) -> str:
        """`db.table.column`, which selectors are matched with."""
        return f"{self.table}.{self.name}"


@dataclass(frozen=True, slots=True)
class Conversion:
    """How a column is shown.

    Attributes:
        schema: without default and documentation. An optional one makes the field optional.
        convert: takes the column's value, None for NULL: the raw value of `rowtide.binlog.values`, but text for what is
            text, an ENUM, a SET or JSON, and numbers without a sign for unsigned columns.
        default: takes the default as the column's own schema would have it, and answers the schema's; `convert` does
            where this is None.
    """

    schema: Schema
    convert: Callable[[object], object]
    default: Callable[[object], object] | None = None


class ColumnConverter(ABC):
    """A column converter, named by `converters` and `<name>.type`."""

    @abstractmethod
    def configure(self, config: Mapping[str, str]) -> None:
        """Takes the options `<name>.*` without their prefix. Raises ConfigError for what cannot be used."""

    @abstractmethod
    def conversion_for(self, column: ColumnFacts) -> Conversion | None:
        """How to show a column; None leaves it to the next converter, and at last to Debezium's own rules."""


def custom_codec(
    column: Column,
    table: TableId,
    own: ColumnCodec | None,
    family: Family | None,
    conversion: Conversion,
    modes: ValueModes,
) -> ColumnCodec:
    """The codec that a conversion makes.

    Args:
        own: what the column's own codec would be, None for an unknown type; its default is converted as well.
        family: of the column, None for an unknown type.
    """
    failure = failure_of(column, modes.conversion_failure, f"{table}.{column.name}")
    own_default = None if own is None else own.schema.default
    default = None if own_default is None else (conversion.default or conversion.convert)(own_default)
    schema = replace(
        conversion.schema,
        optional=conversion.schema.optional or column.optional,
        doc=column.comment if column.comment is not None else conversion.schema.doc,
        default=default,
    )
    streamed, selected = _readers(column, family)
    return ColumnCodec(
        schema,
        _guarded(conversion.convert, streamed, failure),
        _guarded(conversion.convert, selected, failure),
        ("other",),
    )


def facts_of(column: Column, table: TableId, own: ColumnCodec | None) -> ColumnFacts:
    return ColumnFacts(
        table=str(table),
        name=column.name,
        type_name=column.type_name,
        jdbc_type=column.jdbc_type,
        length=column.length,
        scale=column.scale,
        optional=column.optional,
        charset=column.charset,
        has_default=column.has_default,
        default=None if own is None else own.schema.default,
    )


def _readers(column: Column, family: Family | None) -> tuple[Convert, Convert]:
    """What makes text of raw values, for rows of the binlog and of a SELECT; identity where values stay raw."""
    bits = storage_bits(column)
    if bits is not None and column.unsigned:
        mask = (1 << bits) - 1
        return (lambda raw: raw & mask), (lambda raw: raw & mask)
    word = column.base_type.partition("(")[0]
    if family is None or not (column.jdbc_type in jdbc.STRINGS or word in _SHOWN_AS_TEXT):
        return identity, identity
    return family.convert, family.convert_snapshot or family.convert


def _guarded(
    convert: Callable[[object], object], reader: Convert, failure: Callable[[Exception], object]
) -> Callable[[object], object]:
    def value(raw: object) -> object:
        try:
            return convert(None if raw is None else reader(raw))
        except Exception as error:  # noqa: BLE001 - whatever a plugin raises
            return failure(error)

    return value
