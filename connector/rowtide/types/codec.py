"""What a type family says of a column, and how that becomes the codec of the column."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Literal

from rowtide.connect.schema import Schema
from rowtide.errors import DataError
from rowtide.tables.model import Column, TableId
from rowtide.types.defaults import default_text
from rowtide.types.modes import FailureMode, ValueModes

log = logging.getLogger(__name__)

Convert = Callable[[Any], object]
"""Turns a raw value (`rowtide.binlog.values`) into a value of the schema."""


Change = tuple[Literal["cut"], int] | tuple[Literal["const"], str] | tuple[Literal["other"]]
"""What a mapper does to values, as data: cuts them to a length, puts a text in their place, or something else."""


def identity(raw: object) -> object:
    """The conversion of a column whose raw form is its value; readers of rows may leave the call out."""
    return raw


@dataclass(frozen=True, slots=True)
class Family:
    """A column as its type family sees it.

    Attributes:
        schema: of a NOT NULL column without default; an optional one is so for every column.
        convert: of a raw value that is not None; None for a zero date. Raises ValueError for what does not fit.
        fallback: what stands for NULL in a NOT NULL column without default.
        default: the value of a default expression, None for none. Raises ValueError when it cannot be read.
        convert_snapshot: where a snapshot shows the same raw value differently.
    """

    schema: Schema
    convert: Convert
    fallback: object
    default: Callable[[str], object]
    convert_snapshot: Convert | None = None


@dataclass(frozen=True, slots=True)
class ColumnCodec:
    """A column's schema and conversions. Neither conversion raises anything but DataError.

    Attributes:
        schema: with optionality, doc and default.
        convert: raw value, None for NULL, to value, for rows of the binlog.
        convert_snapshot: the same for rows that were read by a SELECT.
        change: what is done besides the conversion of the column's family, None for nothing.
    """

    schema: Schema
    convert: Convert
    convert_snapshot: Convert
    change: Change | None = None


def codec_of(column: Column, family: Family, modes: ValueModes, table: TableId | None) -> ColumnCodec:
    """Adds what does not depend on the family: NULL, default, comment, failures."""
    name = f"{table}.{column.name}" if table else column.name
    schema = replace(
        family.schema,
        optional=column.optional or family.schema.optional,
        doc=column.comment if column.comment is not None else family.schema.doc,
        default=_schema_default(column, family, modes.conversion_failure, name),
    )
    null = None if column.optional else family.fallback if schema.default is None else schema.default
    failure = failure_of(column, modes.conversion_failure, name)
    convert = _total(family.convert, null, failure)
    snapshot = convert if family.convert_snapshot is None else _total(family.convert_snapshot, null, failure)
    return ColumnCodec(schema, convert, snapshot)


def _total(inner: Convert, null: object, failure: Callable[[Exception], object]) -> Convert:
    if inner is identity:
        if null is None:
            return identity

        def keep(raw: object) -> object:
            return null if raw is None else raw

        return keep

    def convert(raw: object) -> object:
        if raw is None:
            return null
        try:
            value = inner(raw)
        except (ValueError, TypeError, IndexError, ArithmeticError) as error:
            return failure(error)
        return null if value is None else value

    return convert


def failure_of(column: Column, mode: FailureMode, name: str) -> Callable[[Exception], object]:
    """What to do about a value that its family refuses. The field becomes null unless the mode is `fail`."""

    def react(error: Exception) -> object:
        if mode == "fail":
            raise DataError(
                f"A value of column {name} of type {column.type_name} cannot be converted.",
                hint="event.converting.failure.handling.mode=warn writes null instead.",
            ) from error
        level = logging.WARNING if mode == "warn" else logging.DEBUG
        log.log(level, "a value of column %s of type %s cannot be converted, null is written", name, column.type_name)
        return None

    return react


def _schema_default(column: Column, family: Family, mode: FailureMode, name: str) -> object:
    if not column.has_default or column.default is None:
        return None
    try:
        return family.default(default_text(column, column.default))
    except (ValueError, ArithmeticError) as error:
        if mode == "fail":
            raise DataError(f"The default of column {name} of type {column.type_name} cannot be converted.") from error
        level = logging.WARNING if mode == "warn" else logging.DEBUG
        log.log(
            level, "the default of column %s of type %s cannot be converted and is left out", name, column.type_name
        )
        return None
