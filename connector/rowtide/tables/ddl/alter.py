"""Reads the clauses of ALTER TABLE, from behind the table's name.

As on the server, all clauses name columns as they were before the statement; only keys and FIRST/AFTER go by the new
names, whatever the order. So first columns are dropped, changed and renamed, then (`_later`) new ones added and all put
in their places.

Clauses that change neither columns nor key nor character set are stepped over. Where a statement finds its change
already made (it is read again after a restart) it changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from rowtide.errors import SchemaError
from rowtide.tables.ddl.collations import settled
from rowtide.tables.ddl.columns import Definition, read_definition
from rowtide.tables.ddl.cursor import Cursor
from rowtide.tables.ddl.defaults import read_default
from rowtide.tables.ddl.draft import Draft
from rowtide.tables.ddl.keys import at_constraint, read_constraint
from rowtide.tables.ddl.options import Options
from rowtide.tables.ddl.types import at_charset, read_charset
from rowtide.tables.model import Column, TableId

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
        self._later: list[Callable[[], object]] = []
        self._converted: str | None = None
        self._default_charset: str | None = None
        self._added: set[str] = set()

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
        for action in self._later:
            action()
        if self._converted is not None:  # columns that the statement adds included, whatever they say
            self.draft.convert(self._converted, self._cursor.flavor)
        if self._default_charset is not None:
            self.draft.charset = settled(self._default_charset, self.draft.charset)

    def add(self) -> None:
        cursor = self._cursor
        column_word = cursor.accept("COLUMN")
        unless_there = cursor.if_exists()
        if cursor.accept("("):
            self._add_list()
        elif not column_word and self._adds_no_column():
            if at_constraint(cursor):
                self._constraint()
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
                self._constraint()
            else:
                self._add_listed()
            if not cursor.accept(","):
                break
        cursor.must(")")

    def _constraint(self) -> None:
        constraint = read_constraint(self._cursor)
        if constraint is not None:
            self._later.append(lambda: constraint.apply(self.draft))

    def _add_listed(self) -> None:
        """A column in parentheses, of which Debezium's MySQL connector reads no more than type, NULL and DEFAULT."""
        name = self._cursor.column()
        definition = read_definition(self._cursor, comments=self._comments)
        if self._cursor.flavor == "mysql":
            definition = definition.bare()
        self._added.add(name.lower())
        self._later.append(lambda: self.draft.put(definition.column(name)))
        self._finish_column(name, definition)

    def _add_column(self, *, unless_there: bool) -> None:
        name = self._cursor.column()
        definition = read_definition(self._cursor, comments=self._comments)
        if unless_there and (name.lower() in self._added or self.draft.original(name) is not None):
            self._skip_place()
            return
        self._added.add(name.lower())
        self._later.append(lambda: self.draft.put(definition.column(name)))
        self._finish_column(name, definition)

    def _finish_column(self, name: str, definition: Definition) -> None:
        """Key and place of a column, once all columns have their new names.

        Debezium's MySQL connector overlooks UNIQUE of a column in ALTER TABLE.
        """
        draft = self.draft
        if definition.primary:
            self._later.append(lambda: draft.set_key([name]))
        elif definition.unique and self._cursor.flavor == "mariadb":
            self._later.append(lambda: None if draft.has_key else draft.set_key([name]))
        if self._cursor.accept("FIRST"):
            self._later.append(lambda: draft.move(name, None))
        elif self._cursor.accept("AFTER"):
            after = self._cursor.column()
            self._later.append(lambda: draft.move(name, after))

    def _skip_place(self) -> None:
        if not self._cursor.accept("FIRST") and self._cursor.accept("AFTER"):
            self._cursor.column()

    def drop(self) -> None:
        cursor = self._cursor
        if cursor.accept("PRIMARY", "KEY"):
            self.draft.set_key(())
        elif cursor.accept("COLUMN") or not self._drops_no_column():
            cursor.if_exists()
            slot = self.draft.original(cursor.column())
            if slot is not None:
                self.draft.remove(slot)

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
        name = cursor.column()
        definition = read_definition(cursor, comments=self._comments)
        slot = self.draft.original(name) or self.draft.slot(name)
        if slot is not None:
            slot.column = definition.column(name)
        elif name.lower() in self._added and not if_there:
            self._later.append(lambda: self._replace_added(definition.column(name)))
        else:
            self._unknown(name, tolerated=if_there)
            return
        self._finish_column(name, definition)

    def change(self) -> None:
        cursor, draft = self._cursor, self.draft
        cursor.accept("COLUMN")
        if_there = cursor.if_exists()
        old, new = cursor.column(), cursor.column()
        definition = read_definition(cursor, comments=self._comments)
        slot = draft.original(old) or draft.slot(old) or draft.original(new)
        if slot is not None:
            slot.column = definition.column(new, slot.column)
            self._added.add(new.lower())
        elif new.lower() in self._added and not if_there:
            self._later.append(lambda: self._replace_added(definition.column(new)))
        else:
            self._unknown(old, tolerated=if_there)
            return
        self._finish_column(new, definition)

    def _replace_added(self, column: Column) -> None:
        """What MariaDB makes of MODIFY and CHANGE where only the same statement has added the column."""
        slot = self.draft.slot(column.name)
        if slot is not None:
            self.draft.remove(slot)
        self.draft.put(column)

    def rename(self) -> None:
        cursor = self._cursor
        if cursor.accept("COLUMN"):
            if_there = cursor.if_exists()
            old = cursor.column()
            cursor.must("TO")
            self._rename_column(old, cursor.column(), tolerated=if_there)
        elif cursor.peek() not in ("INDEX", "KEY"):
            cursor.accept_any("TO", "AS", "=")
            self.renamed = cursor.table()

    def _rename_column(self, old: str, new: str, *, tolerated: bool) -> None:
        slot = self.draft.original(old) or self.draft.slot(old)
        if slot is None:
            self._unknown(old, tolerated=tolerated or self.draft.original(new) is not None)
        else:
            slot.column = replace(slot.column, name=new)

    def alter(self) -> None:
        cursor = self._cursor
        if cursor.peek() in ("INDEX", "CHECK", "CONSTRAINT", "KEY"):
            return
        cursor.accept("COLUMN")
        cursor.if_exists()
        slot = self.draft.original(cursor.column())
        if cursor.accept("SET", "DEFAULT"):
            default = read_default(cursor)
            known, text = default.known, default.text
        elif cursor.accept("DROP", "DEFAULT"):
            known, text = False, None
        else:
            return
        if slot is not None:
            slot.column = replace(slot.column, has_default=known or slot.column.optional, default=text)

    def convert(self) -> None:
        cursor = self._cursor
        cursor.accept("TO")
        if at_charset(cursor):
            charset = read_charset(cursor) or self._database_charset
            if charset is not None:
                self._converted = charset

    def _options(self) -> None:
        """Table options, which no commas need to part. A new default holds for columns that come later."""
        options = Options()
        cursor = self._cursor
        while not cursor.done and cursor.peek() not in (",", ")"):
            if cursor.peek() == "PARTITION" and cursor.peek(1) == "BY":
                cursor.skip_to_comma()
            elif not options.read(cursor):
                cursor.skip_one()
        self._default_charset = options.charset or self._default_charset
        if options.comment is not None and self._comments:
            self.draft.comment = options.comment

    def _unknown(self, name: str, *, tolerated: bool) -> None:
        if not tolerated:
            raise SchemaError(f"{self.draft.id} has no column {name[:64]} to be changed")
        self._skip_place()


_CLAUSES: dict[str, Callable[[Alteration], None]] = {
    "ADD": Alteration.add,
    "DROP": Alteration.drop,
    "MODIFY": Alteration.modify,
    "CHANGE": Alteration.change,
    "RENAME": Alteration.rename,
    "ALTER": Alteration.alter,
    "CONVERT": Alteration.convert,
}
