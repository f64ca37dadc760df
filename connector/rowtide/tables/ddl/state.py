"""All tables of a server as the statements of its log leave them, and what is recorded of each statement.

Grouping, order and texts are Debezium's (BinlogDatabaseSchema of 3.6 and the listeners of its parsers). Where Debezium would read
later rows wrongly, the server is followed instead: COLLATE without CHARACTER SET decides on the character set wherever it stands,
ALTER TABLE ... DEFAULT CHARSET holds for columns added later, CREATE OR REPLACE TABLE replaces, IF [NOT] EXISTS of a column is
heeded, MariaDB's executable comments are executed, DROP TEMPORARY TABLE leaves permanent tables alone, and no statement stops
the reading.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from rowtide.connect.java import hash_map_order
from rowtide.errors import SchemaError
from rowtide.tables.charsets import charset_of_collation
from rowtide.tables.ddl.alter import Alteration
from rowtide.tables.ddl.create import Created, read_create_table
from rowtide.tables.ddl.cursor import Cursor
from rowtide.tables.ddl.draft import Draft
from rowtide.tables.ddl.keys import key_parts
from rowtide.tables.ddl.lexer import Flavor, Token, name_of, tokenize
from rowtide.tables.ddl.normalize import normalized
from rowtide.tables.ddl.result import DdlEvent, DdlResult, EventKind
from rowtide.tables.ddl.types import at_charset, read_charset
from rowtide.tables.ddl.variables import DATABASE, SERVER, Variables, read_assignments
from rowtide.tables.model import Table, TableChange, TableId

_PROGRAMS = ("PROCEDURE", "FUNCTION", "TRIGGER", "EVENT", "PACKAGE")
_OBJECTS = (*_PROGRAMS, "TABLE", "TABLES", "VIEW", "INDEX", "DATABASE", "SCHEMA", "USER", "ROLE", "SEQUENCE", "SERVER")
_HEADER_TOKENS = 24
"""So far into a CREATE statement the word for what it creates is looked for; DEFINER and its kin stand before it."""


@dataclass(frozen=True, slots=True)
class _Signal:
    """An event before it is known which tables it leaves."""

    kind: EventKind
    database: str
    ddl: str
    table: TableId | None = None
    previous: TableId | None = None


class SchemaState:
    """Tables, and the character sets that new tables get. Used by one thread.

    Attributes:
        tables: by name; in lower case where the server compares names so.
        database_charsets: default character set of each database, as far as known.
        variables: system variables that statements have set.
    """

    def __init__(self, flavor: Flavor, *, include_comments: bool = False, case_insensitive: bool = False) -> None:
        self.flavor: Flavor = flavor
        self.tables: dict[TableId, Table] = {}
        self.database_charsets: dict[str, str] = {}
        self.variables = Variables()
        self._comments = include_comments
        self._case_insensitive = case_insensitive
        self._temporary: set[TableId] = set()

    def table(self, table_id: TableId) -> Table | None:
        return self.tables.get(self._key(table_id))

    def put(self, table: Table) -> None:
        self.tables[self._key(table.id)] = table

    def remove(self, table_id: TableId) -> None:
        self.tables.pop(self._key(table_id), None)
        self._temporary.discard(self._key(table_id))

    def _key(self, table_id: TableId) -> TableId:
        if self._case_insensitive:
            return TableId(table_id.database.lower(), table_id.table.lower())
        return table_id

    def charset_for(self, database: str) -> str | None:
        """What a table made in this database gets when its statement does not say."""
        return self.database_charsets.get(database) or self.variables.get(DATABASE) or self.variables.get(SERVER)

    def apply(self, sql: str, database: str) -> DdlResult:
        """Applies the statement or statements of one log event, executed in `database`. Raises for no text whatever."""
        text = normalized(sql, ansi_quotes=self.variables.ansi_quotes) if self.flavor == "mysql" else sql
        signals: list[_Signal] = []
        reason = ""
        for tokens in _statements(tokenize(text, self.flavor)):
            try:
                signals += self._apply_one(Cursor(text, tokens, database, self.flavor))
            except SchemaError as error:
                reason = reason or error.message
        events = self._events(signals) or (DdlEvent("DATABASE", database, sql),)
        return DdlResult(events, unparsed=bool(reason), reason=reason)

    def _apply_one(self, cursor: Cursor) -> list[_Signal]:
        if cursor.peek() == "SET" and cursor.peek(1) == "STATEMENT":
            inner = cursor.after("FOR")
            return self._apply_one(inner) if inner is not None else []
        reader = _READERS.get(cursor.peek())
        if reader is None:
            return []
        cursor.step()
        return reader(self, cursor)

    def _events(self, signals: Sequence[_Signal]) -> tuple[DdlEvent, ...]:
        """One event a signal; `tables` are those of all neighbours of the same database, in Java's order of their set."""
        events: list[DdlEvent] = []
        first = 0
        while first < len(signals):
            last = first
            while last < len(signals) and signals[last].database == signals[first].database:
                last += 1
            run = signals[first:last]
            named = {str(signal.table): signal.table for signal in run if signal.table is not None}
            tables = tuple(named[name] for name in hash_map_order(named))
            events += [
                DdlEvent(signal.kind, signal.database, signal.ddl, self._changes(signal), tables) for signal in run
            ]
            first = last
        return tuple(events)

    def _changes(self, signal: _Signal) -> tuple[TableChange, ...]:
        if signal.table is None:
            return ()
        if signal.kind == "DROP":
            return (TableChange("DROP", signal.table),)
        table = self.table(signal.table)
        if table is None or signal.kind not in ("CREATE", "ALTER"):
            return ()
        return (TableChange("CREATE" if signal.kind == "CREATE" else "ALTER", table.id, table, signal.previous),)

    def _create(self, cursor: Cursor) -> list[_Signal]:
        replaces = cursor.accept("OR", "REPLACE")
        temporary = cursor.accept("TEMPORARY")
        if cursor.accept("TABLE"):
            return self._create_table(cursor, replaces=replaces, temporary=temporary)
        if cursor.accept_any("DATABASE", "SCHEMA"):
            return self._create_database(cursor)
        cursor.accept_any("ONLINE", "OFFLINE")
        if cursor.accept("UNIQUE", "INDEX"):
            return self._create_unique_index(cursor)
        return self._view(cursor, "CREATE")

    def _create_table(self, cursor: Cursor, *, replaces: bool, temporary: bool) -> list[_Signal]:
        unless_there = cursor.if_exists()
        table_id = cursor.table()
        known = self.table(table_id)
        created = read_create_table(cursor, table_id, self.charset_for(table_id.database), comments=self._comments)
        table = self._created(created, table_id)
        keeps = known is not None and not replaces and (unless_there or temporary or _same(known, table))
        if table is None or keeps:
            return []
        self.put(table)
        if temporary:
            self._temporary.add(self._key(table_id))
        return [_Signal("CREATE", table_id.database, created.text, table_id)]

    def _created(self, created: Created, table_id: TableId) -> Table | None:
        if created.like is not None:
            original = self.table(created.like)
            return None if original is None else replace(original, id=table_id, comment=None)
        if created.from_query:  # row format logs no such statement; each connector makes something else of it
            return created.table if self.flavor == "mysql" else None
        if created.table is None or not created.table.columns:
            raise SchemaError(f"no columns of {table_id} found")
        return created.table

    def _create_database(self, cursor: Cursor) -> list[_Signal]:
        cursor.if_exists()
        name = cursor.name()
        charset = self._database_charset(cursor) or self.variables.get(SERVER)
        if charset is not None:
            self.database_charsets[name] = charset
        return [_Signal("DATABASE", name, cursor.text)]

    def _database_charset(self, cursor: Cursor) -> str | None:
        charset = collation = None
        while not cursor.done:
            if at_charset(cursor):
                charset = read_charset(cursor) or self.variables.get(SERVER)
            elif cursor.accept("COLLATE"):
                cursor.accept("=")
                collation = charset_of_collation(name_of(cursor.next()))
            else:
                cursor.step()
        return charset or collation

    def _create_unique_index(self, cursor: Cursor) -> list[_Signal]:
        cursor.if_exists()
        cursor.name()
        while not cursor.done and not cursor.accept("ON"):
            cursor.step()
        table_id = cursor.table()
        table = self.table(table_id)
        if table is None:
            return []
        draft = Draft(table.id, table)
        if not draft.offer_unique_key(key_parts(cursor)):
            return []
        self.put(draft.build())
        return [_Signal("ALTER", table_id.database, self._tail(cursor), table_id)]

    def _tail(self, cursor: Cursor) -> str:
        """The statement; Debezium's MySQL connector drops the first word of those on views and unique indexes."""
        return cursor.text_after_first() if self.flavor == "mysql" else cursor.text

    def _view(self, cursor: Cursor, kind: EventKind) -> list[_Signal]:
        for _ in range(_HEADER_TOKENS):
            if cursor.accept("VIEW"):
                cursor.if_exists()
                view = cursor.table()
                return [_Signal(kind, view.database, self._tail(cursor), view)]
            if cursor.peek() in _OBJECTS:
                break
            cursor.step()
        return []

    def _alter(self, cursor: Cursor) -> list[_Signal]:
        if cursor.accept_any("DATABASE", "SCHEMA"):
            self._alter_database(cursor)
            return []
        while cursor.accept_any("ONLINE", "OFFLINE", "IGNORE"):
            pass
        if not cursor.accept("TABLE"):
            return self._view(cursor, "ALTER")
        cursor.if_exists()
        table_id = cursor.table()
        table = self.table(table_id)
        if table is None:
            return []
        alteration = Alteration(
            cursor, Draft(table.id, table), self.charset_for(table_id.database), comments=self._comments
        )
        alteration.read()
        altered = alteration.draft.build()
        if alteration.renamed is not None:
            self.remove(table_id)
            altered = replace(altered, id=alteration.renamed)
        self.put(altered)
        return [_Signal("ALTER", altered.id.database, cursor.text, altered.id)]

    def _alter_database(self, cursor: Cursor) -> None:
        database = cursor.database if cursor.at_option() else cursor.name()
        charset = self._database_charset(cursor)
        if charset is not None:
            self.database_charsets[database] = charset

    def _drop(self, cursor: Cursor) -> list[_Signal]:
        if cursor.accept_any("DATABASE", "SCHEMA"):
            return self._drop_database(cursor)
        temporary = cursor.accept("TEMPORARY")
        if not cursor.accept_any("TABLE", "TABLES"):
            return []
        cursor.if_exists()
        prefix = cursor.text_to_here()
        dropped = [cursor.table()]
        while cursor.accept(","):
            dropped.append(cursor.table())
        ending = cursor.token() if cursor.peek() in ("RESTRICT", "CASCADE") else None
        suffix = "" if ending is None else " " + (ending.upper if self.flavor == "mysql" else ending.text)
        return [
            _Signal("DROP", table_id.database, prefix + _backticked(table_id) + suffix, table_id)
            for table_id in dropped
            if self._drop_table(table_id, temporary=temporary)
        ]

    def _drop_table(self, table_id: TableId, *, temporary: bool) -> bool:
        """Forgets the table. A permanent one is not what DROP TEMPORARY means; then False."""
        key = self._key(table_id)
        if temporary and key in self.tables and key not in self._temporary:
            return False
        self.remove(table_id)
        return True

    def _drop_database(self, cursor: Cursor) -> list[_Signal]:
        cursor.if_exists()
        name = cursor.name()
        self.database_charsets.pop(name, None)
        for table_id in [key for key, table in self.tables.items() if name in (key.database, table.id.database)]:
            self.remove(table_id)
        return [_Signal("DATABASE", name, cursor.text)]

    def _rename(self, cursor: Cursor) -> list[_Signal]:
        if not cursor.accept_any("TABLE", "TABLES"):
            return []
        signals = []
        prefix = cursor.text_to_here()
        if cursor.if_exists():
            prefix = cursor.text_to_here()
        while True:
            first = cursor.token()
            old = cursor.table()
            while not cursor.done and not cursor.accept("TO"):
                cursor.step()
            new = cursor.table()
            table = self.table(old)
            if table is not None:
                self.remove(old)
                self.put(replace(table, id=new))
            clause = cursor.text_between(first) if first is not None else ""
            signals.append(_Signal("ALTER", new.database, prefix + clause, new, old))
            if not cursor.accept(","):
                return signals

    def _truncate(self, cursor: Cursor) -> list[_Signal]:
        cursor.accept("TABLE")
        table_id = cursor.table()
        return [_Signal("TRUNCATE", table_id.database, cursor.text, table_id)]

    def _use(self, cursor: Cursor) -> list[_Signal]:
        name = cursor.name()
        self.variables.set(DATABASE, self.database_charsets.get(name))
        return [_Signal("DATABASE", name, cursor.text)]

    def _set(self, cursor: Cursor) -> list[_Signal]:
        variables = read_assignments(cursor)
        for name, value, everywhere in variables:
            self.variables.set(name, value, everywhere=everywhere)
            if name.lower() == DATABASE and cursor.database:
                self.database_charsets[cursor.database] = value
        return [_Signal("DATABASE", cursor.database, cursor.text)] if variables else []


_READERS: dict[str, Callable[[SchemaState, Cursor], list[_Signal]]] = {
    "CREATE": SchemaState._create,
    "ALTER": SchemaState._alter,
    "DROP": SchemaState._drop,
    "RENAME": SchemaState._rename,
    "TRUNCATE": SchemaState._truncate,
    "USE": SchemaState._use,
    "SET": SchemaState._set,
}


def _statements(tokens: Sequence[Token]) -> list[Sequence[Token]]:
    """The tokens of each statement. A statement that defines a program is one, whatever semicolons are in it."""
    if _is_program(tokens):
        return []
    statements = []
    start = 0
    for index, token in enumerate(tokens):
        if token.upper == ";":
            statements.append(tokens[start:index])
            start = index + 1
    statements.append(tokens[start:])
    return [statement for statement in statements if statement]


def _is_program(tokens: Sequence[Token]) -> bool:
    if not tokens or tokens[0].upper not in ("CREATE", "ALTER", "DROP"):
        return bool(tokens) and tokens[0].upper not in _READERS
    found = next((token.upper for token in tokens[1:_HEADER_TOKENS] if token.upper in _OBJECTS), "")
    return found in _PROGRAMS


def _same(known: Table, table: Table | None) -> bool:
    return table is not None and (known.columns, known.primary_key, known.default_charset) == (
        table.columns,
        table.primary_key,
        table.default_charset,
    )


def _backticked(table_id: TableId) -> str:
    parts = [table_id.database, table_id.table] if table_id.database else [table_id.table]
    return ".".join("`" + part.replace("`", "``") + "`" for part in parts)
