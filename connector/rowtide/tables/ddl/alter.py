"""Reads the clauses of ALTER TABLE, from behind the table's name.

Clauses that change neither columns nor key nor character set are stepped over. Where a statement finds its change
already made (it is read again after a restart) it changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from rowtide.errors import SchemaError
from rowtide.tables.ddl.columns import Definition, read_definition
from rowtide.tables.ddl.create import read_column
from rowtide.tables.ddl.cursor import Cursor
from rowtide.tables.ddl.defaults import read_default
from rowtide.tables.ddl.draft import Draft
from rowtide.tables.ddl.keys import at_constraint, read_constraint
from rowtide.tables.ddl.options import Options
from rowtide.tables.ddl.types import at_charset, read_charset
from rowtide.tables.model import TableId

_NOT_COLUMNS = ("INDEX", "KEY", "FOREIGN", "CONSTRAINT", "CHECK", "PARTITION")


class Alteration:
    """One ALTER TABLE while it is read.

    Attributes:
        draft: the table so far.
        renamed: the table's new name, if it gets one.
    """

    def __init__(self, cursor: Cursor, draft: Draft, database_charset: str | None, *, comments: bool) -> None:
        self.draft = draft
        self.renamed: TableId | None = None
        self._cursor = cursor
        self._database_charset = database_charset
        self._comments = comments

    def read(self) -> None:
        """Reads all clauses.

        Raises:
            SchemaError: a column's definition could not be understood, or a column to be changed is unknown.
        """
        cursor = self._cursor
        if cursor.accept("WAIT"):
            cursor.step()
        cursor.accept("NOWAIT")
        while not cursor.done:
            clause = _CLAUSES.get(cursor.peek())
            if clause is None:
                self._options()
            else:
                cursor.step()
                clause(self)
            cursor.skip_to_comma()
            if not cursor.accept(","):
                cursor.step()

    def add(self) -> None:
        cursor = self._cursor
        column_word = cursor.accept("COLUMN")
        unless_there = cursor.if_exists()
        if cursor.accept("("):
            self._add_list()
        elif not column_word and self._adds_no_column():
            if at_constraint(cursor):
                read_constraint(cursor, self.draft)
        else:
            self._add_column(unless_there=unless_there)

    def _adds_no_column(self) -> bool:
        word, following = self._cursor.peek(), self._cursor.peek(1)
        return (
            at_constraint(self._cursor)
            or word == "PARTITION"
            or (word == "SYSTEM" and following == "VERSIONING")
            or word == "CHECK"
        )

    def _add_list(self) -> None:
        cursor = self._cursor
        while not cursor.done and cursor.peek() != ")":
            if at_constraint(cursor):
                read_constraint(cursor, self.draft)
            else:
                self._add_listed()
            if not cursor.accept(","):
                break
        cursor.must(")")

    def _add_listed(self) -> None:
        """A column in parentheses, of which Debezium's MySQL connector reads no more than type, NULL and DEFAULT."""
        if self._cursor.flavor == "mysql":
            name = self._cursor.name()
            self.draft.put(read_definition(self._cursor, comments=False).bare().column(name))
        else:
            read_column(self._cursor, self.draft, comments=self._comments)

    def _add_column(self, *, unless_there: bool) -> None:
        cursor, draft = self._cursor, self.draft
        name = cursor.name()
        definition = read_definition(cursor, comments=self._comments)
        if unless_there and draft.column(name) is not None:
            self._place("")
            return
        draft.put(definition.column(name))
        self._take_key(name, definition)
        self._place(name)

    def _take_key(self, name: str, definition: Definition) -> None:
        """A key declared with the column. Debezium's MySQL connector overlooks UNIQUE in ALTER TABLE."""
        if definition.primary or (definition.unique and not self.draft.key and self._cursor.flavor == "mariadb"):
            self.draft.key = (name,)

    def _place(self, name: str) -> None:
        """FIRST or AFTER, with an empty name only stepped over."""
        cursor = self._cursor
        if cursor.accept("FIRST"):
            after = None
        elif cursor.accept("AFTER"):
            after = cursor.name()
        else:
            return
        if name:
            self.draft.move(name, after)

    def drop(self) -> None:
        cursor = self._cursor
        if cursor.accept("PRIMARY", "KEY"):
            self.draft.key = ()
        elif cursor.accept("COLUMN") or not self._drops_no_column():
            cursor.if_exists()
            self.draft.remove(cursor.name())

    def _drops_no_column(self) -> bool:
        word, following = self._cursor.peek(), self._cursor.peek(1)
        return (
            word in _NOT_COLUMNS
            or (word == "PERIOD" and following == "FOR")
            or (word == "SYSTEM" and following == "VERSIONING")
        )

    def modify(self) -> None:
        cursor = self._cursor
        cursor.accept("COLUMN")
        if_there = cursor.if_exists()
        name = cursor.name()
        existing = self.draft.column(name)
        definition = read_definition(cursor, comments=self._comments)
        if existing is None:
            self._unknown(name, tolerated=if_there)
            return
        self.draft.put(definition.column(name))
        self._take_key(name, definition)
        self._place(name)

    def change(self) -> None:
        cursor, draft = self._cursor, self.draft
        cursor.accept("COLUMN")
        if_there = cursor.if_exists()
        old, new = cursor.name(), cursor.name()
        definition = read_definition(cursor, comments=self._comments)
        existing = draft.column(old) or draft.column(new)
        if existing is None:
            self._unknown(old, tolerated=if_there)
            return
        draft.replace(existing.name, definition.column(new, existing))
        self._take_key(new, definition)
        self._place(new)

    def rename(self) -> None:
        cursor = self._cursor
        if cursor.accept("COLUMN"):
            if_there = cursor.if_exists()
            old = cursor.name()
            cursor.must("TO")
            self._rename_column(old, cursor.name(), tolerated=if_there)
        elif cursor.peek() not in ("INDEX", "KEY"):
            cursor.accept_any("TO", "AS", "=")
            self.renamed = cursor.table()

    def _rename_column(self, old: str, new: str, *, tolerated: bool) -> None:
        existing = self.draft.column(old)
        if existing is None:
            self._unknown(old, tolerated=tolerated or self.draft.column(new) is not None)
            return
        self.draft.replace(old, replace(existing, name=new))

    def alter(self) -> None:
        cursor = self._cursor
        if cursor.peek() in ("INDEX", "CHECK", "CONSTRAINT", "KEY"):
            return
        cursor.accept("COLUMN")
        cursor.if_exists()
        column = self.draft.column(cursor.name())
        if cursor.accept("SET", "DEFAULT"):
            default = read_default(cursor)
            known, text = default.known, default.text
        elif cursor.accept("DROP", "DEFAULT"):
            known, text = False, None
        else:
            return
        if column is not None:
            self.draft.put(replace(column, has_default=known or column.optional, default=text))

    def convert(self) -> None:
        cursor = self._cursor
        cursor.accept("TO")
        if at_charset(cursor):
            charset = read_charset(cursor) or self._database_charset
            if charset is not None:
                self.draft.convert(charset)

    def _options(self) -> None:
        """Table options, which no commas need to part. A new default holds for columns that come later."""
        options = Options()
        cursor = self._cursor
        while not cursor.done and cursor.peek() not in (",", ")"):
            if cursor.peek() == "PARTITION" and cursor.peek(1) == "BY":
                cursor.skip_to_comma()
            elif not options.read(cursor):
                cursor.skip_one()
        self.draft.set_default_charset(options.charset)
        if options.comment is not None and self._comments:
            self.draft.comment = options.comment

    def _unknown(self, name: str, *, tolerated: bool) -> None:
        if not tolerated:
            raise SchemaError(f"{self.draft.id} has no column {name[:64]} to be changed")
        self._place("")


_CLAUSES: dict[str, Callable[[Alteration], None]] = {
    "ADD": Alteration.add,
    "DROP": Alteration.drop,
    "MODIFY": Alteration.modify,
    "CHANGE": Alteration.change,
    "RENAME": Alteration.rename,
    "ALTER": Alteration.alter,
    "CONVERT": Alteration.convert,
}
