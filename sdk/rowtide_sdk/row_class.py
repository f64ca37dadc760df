"""Makes objects of the application's dataclass or attrs class from a row's columns."""

from __future__ import annotations

import dataclasses
import importlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Generic, Literal, TypeAlias, TypeVar, get_args, get_origin, get_type_hints

from rowtide_sdk.coercion import MisfitError, Target, target_of
from rowtide_sdk.column import Column
from rowtide_sdk.errors import ConfigError
from rowtide_sdk.schema import ColumnError
from rowtide_sdk.unset import UNSET

R = TypeVar("R")
Extra: TypeAlias = Literal["ignore", "error"]

_MISSING = object()


@dataclass(frozen=True, slots=True)
class _Field:
    argument: str
    column: str
    target: Target
    required: bool


class RowClass(Generic[R]):
    """One class, compiled.

    Args:
        cls: a dataclass or attrs class. Columns are taken by field name (attrs: by alias), or by `Column(name=...)`.
        extra: what columns without a field mean: "ignore" them or "error".

    Raises:
        ConfigError: not such a class, or a field of a type that no column's value can become.
    """

    def __init__(self, cls: type[R], extra: Extra = "ignore") -> None:
        self.cls = cls
        self._fields = _fields(cls)
        self._columns = frozenset(field.column for field in self._fields)
        self._forbid_extra = extra == "error"

    def build(self, values: Mapping[str, Any], wire: Mapping[str, Any]) -> R:
        """An object from the columns' values, as the schema's reader made them and as they stood in the JSON.

        Raises:
            ColumnError: a column is missing, NULL where the field is not optional, or of another type.
            Exception: whatever a validator of the class raises.
        """
        arguments: dict[str, Any] = {}
        for field in self._fields:
            value = values.get(field.column, _MISSING)
            if value is _MISSING:
                if field.required:
                    raise ColumnError(field.column, f"missing, but {self._name(field)} has no default")
                continue
            arguments[field.argument] = self._coerced(field, value, wire.get(field.column))
        if self._forbid_extra and not values.keys() <= self._columns:
            extra = next(name for name in values if name not in self._columns)
            raise ColumnError(extra, f'{self.cls.__name__} has no field for it and extra="error"')
        return self.cls(**arguments)

    def _coerced(self, field: _Field, value: Any, wire: Any) -> Any:
        if value is None:
            if field.target.nullable:
                return None
            raise ColumnError(field.column, f"NULL, but {self._name(field)} is not Optional")
        if value is UNSET:
            if field.target.unset:
                return UNSET
            raise ColumnError(
                field.column, f"not sent; to tell that from NULL, annotate {self._name(field)} with `| Unset`"
            )
        try:
            return field.target.coerce(value, wire)
        except (ValueError, TypeError, KeyError, OverflowError, ArithmeticError) as error:
            reason = error if isinstance(error, MisfitError) else f"a {type(value).__name__} with such content"
            raise ColumnError(field.column, f"does not fit {self._name(field)}: {reason}") from error

    def _name(self, field: _Field) -> str:
        return f"{self.cls.__name__}.{field.argument}"


def _fields(cls: type[Any]) -> tuple[_Field, ...]:
    declared = _declared_fields(cls)
    try:
        hints = get_type_hints(cls, include_extras=True)
    except NameError as error:
        raise ConfigError(
            f"the annotations of {cls.__qualname__} cannot be resolved: {error}. Names in them must be importable from "
            f"module {cls.__module__}; classes inside functions with postponed annotations are not"
        ) from error
    fields = []
    for attribute, argument, required, metadata in declared:
        try:
            annotation, column = _annotation(hints.get(attribute, Any), metadata)
            fields.append(_Field(argument, column.name or argument, target_of(annotation, column), required))
        except ConfigError as error:
            raise ConfigError(f"{cls.__qualname__}.{attribute}: {error}") from error
    return tuple(fields)


def _declared_fields(cls: type[Any]) -> list[tuple[str, str, bool, Mapping[Any, Any]]]:
    """(attribute, name of the constructor's argument, required, metadata) of each field the constructor takes."""
    attributes = getattr(cls, "__attrs_attrs__", None)  # read without importing attrs, which stays optional
    if attributes is not None:
        return [(a.name, a.alias, not _has_default(a), a.metadata) for a in attributes if a.init]
    if isinstance(cls, type) and dataclasses.is_dataclass(cls):
        return [
            (f.name, f.name, f.default is dataclasses.MISSING and f.default_factory is dataclasses.MISSING, f.metadata)
            for f in dataclasses.fields(cls)
            if f.init
        ]
    raise ConfigError(f"{cls!r} is neither a dataclass nor an attrs class; rows need one of them")


def _has_default(attribute: Any) -> bool:
    return attribute.default is not importlib.import_module("attr").NOTHING  # surely installed: the class uses it


def _annotation(hint: Any, metadata: Mapping[Any, Any]) -> tuple[Any, Column]:
    """The bare type, and the Column given by Annotated or by the field's metadata."""
    column = Column.from_metadata(metadata)
    if get_origin(hint) is Annotated:
        hint, *notes = get_args(hint)
        given = [note for note in notes if isinstance(note, Column)]
        column = given[0] if given else column
    return hint, column or Column()
