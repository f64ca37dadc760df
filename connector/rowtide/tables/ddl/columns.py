"""Reads a column's definition: its type and what follows, up to the comma, parenthesis or FIRST/AFTER that ends it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from rowtide.mysql.charsets import charset_of_collation
from rowtide.tables.ddl.collations import overlooked
from rowtide.tables.ddl.cursor import Cursor
from rowtide.tables.ddl.defaults import NO_DEFAULT, Default, accept_now, read_default
from rowtide.tables.ddl.lexer import Kind, name_of, unquoted
from rowtide.tables.ddl.types import TEXT_TYPES, DataType, at_charset, read_charset, read_type
from rowtide.tables.model import Column


@dataclass(slots=True)
class Definition:
    """What a column definition says.

    Attributes:
        optional: None where it says neither NULL nor NOT NULL.
        comment: None where it has none, or comments are not wanted.
    """

    type: DataType
    optional: bool | None = None
    default: Default = NO_DEFAULT
    auto_incremented: bool = False
    primary: bool = False
    unique: bool = False
    charset: str | None = None
    comment: str | None = None

    def bare(self) -> Definition:
        """What is left of it without keys, AUTO_INCREMENT and comment; not even PRIMARY KEY says NOT NULL then."""
        nullable = None if self.primary or self.type.serial else self.optional
        return replace(self, optional=nullable, auto_incremented=False, primary=False, unique=False, comment=None)

    def column(self, name: str, base: Column | None = None) -> Column:
        """The column so defined; what CHANGE leaves of the old one (`base`) is what Debezium leaves of it."""
        optional = True if self.optional is None else self.optional
        has_default = self.default.known or optional
        auto = self.auto_incremented or (base is not None and base.auto_incremented)
        comment = base.comment if base is not None and self.comment is None else self.comment
        return Column(
            name=name,
            position=base.position if base else 1,
            jdbc_type=self.type.jdbc,
            type_name=self.type.name,
            type_expression=self.type.name,
            charset=self.charset if self.type.jdbc in TEXT_TYPES else None,
            length=self.type.length,
            scale=self.type.scale,
            optional=optional,
            auto_incremented=auto,
            generated=auto,
            comment=comment,
            has_default=has_default,
            default=self.default.text,
            enum_values=self.type.enum_values or (base.enum_values if base else ()),
        )


def read_definition(cursor: Cursor, *, comments: bool) -> Definition:
    """The definition at the cursor, which stands behind the column's name.

    Raises:
        SchemaError: no known type stands there.
    """
    definition = Definition(read_type(cursor))
    definition.charset = definition.type.charset
    if definition.type.serial:
        _serial(definition)
    while not cursor.done and cursor.peek() not in (",", ")", "FIRST", "AFTER"):
        reader = _ATTRIBUTES.get(cursor.peek())
        if reader is None:
            cursor.skip_one()
        else:
            reader(cursor, definition)
    if not comments:
        definition.comment = None
    return definition


def _serial(definition: Definition) -> None:
    if definition.optional is None:
        definition.optional = False
    definition.unique = definition.auto_incremented = True


def _not(cursor: Cursor, definition: Definition) -> None:
    cursor.step()
    if cursor.accept("NULL"):
        definition.optional = False
    else:
        cursor.step()  # NOT ENFORCED, NOT SECONDARY


def _null(cursor: Cursor, definition: Definition) -> None:
    cursor.step()
    definition.optional = True


def _default(cursor: Cursor, definition: Definition) -> None:
    cursor.step()
    definition.default = read_default(cursor)


def _on(cursor: Cursor, definition: Definition) -> None:
    """ON UPDATE CURRENT_TIMESTAMP, which Debezium marks like AUTO_INCREMENT."""
    cursor.step()
    if cursor.accept("UPDATE") and accept_now(cursor):
        definition.auto_incremented = True


def _auto_increment(cursor: Cursor, definition: Definition) -> None:
    cursor.step()
    definition.auto_incremented = True


def _unique(cursor: Cursor, definition: Definition) -> None:
    cursor.step()
    cursor.accept("KEY")
    definition.unique = True


def _primary(cursor: Cursor, definition: Definition) -> None:
    cursor.accept("PRIMARY")
    cursor.accept("KEY")
    definition.primary, definition.optional = True, False


def _comment(cursor: Cursor, definition: Definition) -> None:
    cursor.step()
    cursor.accept("=")
    token = cursor.token()
    if token is not None and token.kind is Kind.STRING:
        definition.comment = unquoted(token.text)
        cursor.step()


def _collate(cursor: Cursor, definition: Definition) -> None:
    cursor.step()
    cursor.accept("=")
    if cursor.at_name():
        read = overlooked if cursor.flavor == "mariadb" else charset_of_collation
        charset = read(name_of(cursor.next()))
        definition.charset = definition.charset or charset


def _charset(cursor: Cursor, definition: Definition) -> None:
    if at_charset(cursor):
        definition.charset = read_charset(cursor)
    else:
        cursor.step()


def _serial_default(cursor: Cursor, definition: Definition) -> None:
    cursor.step()
    if cursor.accept("DEFAULT", "VALUE"):
        _serial(definition)


def _references(cursor: Cursor, _: Definition) -> None:
    """REFERENCES with its actions, whose SET NULL and ON UPDATE are none of the column's own."""
    cursor.step()
    cursor.table()
    cursor.skip_parentheses()
    if cursor.accept("MATCH"):
        cursor.step()
    while cursor.peek() == "ON" and cursor.peek(1) in ("DELETE", "UPDATE"):
        cursor.step(2)
        if not cursor.accept_any("CASCADE", "RESTRICT"):
            cursor.step(2)  # SET NULL, SET DEFAULT, NO ACTION


def _named(cursor: Cursor, _: Definition) -> None:
    """A word with a value that could be taken for a word of the column's own."""
    cursor.step()
    cursor.accept("=")
    if cursor.peek() not in (",", ")", "FIRST", "AFTER"):
        cursor.skip_one()


_ATTRIBUTES: dict[str, Callable[[Cursor, Definition], None]] = {
    "NOT": _not,
    "NULL": _null,
    "DEFAULT": _default,
    "ON": _on,
    "AUTO_INCREMENT": _auto_increment,
    "UNIQUE": _unique,
    "PRIMARY": _primary,
    "KEY": _primary,
    "COMMENT": _comment,
    "COLLATE": _collate,
    "CHARACTER": _charset,
    "CHARSET": _charset,
    "SERIAL": _serial_default,
    "REFERENCES": _references,
    "COLUMN_FORMAT": _named,
    "STORAGE": _named,
    "ENGINE_ATTRIBUTE": _named,
    "SECONDARY_ENGINE_ATTRIBUTE": _named,
}
