"""The tables that are known, and what decides on the character sets of new ones."""

from __future__ import annotations

from collections.abc import Callable

from rowtide.tables.ddl.lexer import Flavor
from rowtide.tables.ddl.session import UNTOLD
from rowtide.tables.ddl.variables import DATABASE, SERVER, Variables
from rowtide.tables.model import Table, TableId


class KnownTables:
    """Tables, and the character sets that new tables get. Used by one thread; grows with the tables of the server.

    Attributes:
        tables: by name; in lower case where the server compares names so.
        variables: system variables that statements have set.
        session: of the statement that is being applied.
        captured: whether a table's changes are wanted; Debezium passes over unique indexes that others get later.
    """

    def __init__(
        self,
        flavor: Flavor,
        *,
        include_comments: bool = False,
        case_insensitive: bool = False,
        captured: Callable[[TableId], bool] = lambda _: True,
    ) -> None:
        """Takes over Debezium's `include.schema.comments`, and whether the server has lower_case_table_names."""
        self.flavor: Flavor = flavor
        self.include_comments = include_comments
        self.captured = captured
        self.tables: dict[TableId, Table] = {}
        self._database_charsets: dict[str, str] = {}
        self.variables = Variables()
        self.session = UNTOLD
        self._case_insensitive = case_insensitive
        self._temporary: set[TableId] = set()

    def table(self, table_id: TableId) -> Table | None:
        return self.tables.get(self._key(table_id))

    def put(self, table: Table, *, temporary: bool = False) -> None:
        """Adds the table, or puts it in the place of the one of its name."""
        key = self._key(table.id)
        self.tables[key] = table
        if temporary:
            self._temporary.add(key)

    def remove(self, table_id: TableId) -> None:
        key = self._key(table_id)
        self.tables.pop(key, None)
        self._temporary.discard(key)

    def remove_database(self, name: str) -> None:
        """Forgets the database with its tables."""
        wanted = self._database_key(name)
        self._database_charsets.pop(wanted, None)
        for key in [key for key in self.tables if self._database_key(key.database) == wanted]:
            self.remove(key)

    def database_charset(self, name: str) -> str | None:
        """The default of a database, None where it is not known."""
        return self._database_charsets.get(self._database_key(name))

    def set_database_charset(self, name: str, charset: str) -> None:
        self._database_charsets[self._database_key(name)] = charset

    def server_charset(self) -> str | None:
        """What a database gets when its statement does not say."""
        return self.session.server_charset or self.variables.get(SERVER)

    def is_permanent(self, table_id: TableId) -> bool:
        """Whether the table is known, and not by CREATE TEMPORARY TABLE."""
        key = self._key(table_id)
        return key in self.tables and key not in self._temporary

    def _key(self, table_id: TableId) -> TableId:
        if self._case_insensitive:
            return TableId(table_id.database.lower(), table_id.table.lower())
        return table_id

    def _database_key(self, name: str) -> str:
        return name.lower() if self._case_insensitive else name

    def charset_for(self, database: str) -> str | None:
        """What a table made in this database gets when its statement does not say."""
        return self.database_charset(database) or self.variables.get(DATABASE) or self.variables.get(SERVER)
