"""A steady write load whose truth is kept by the database itself.

Every row carries a version, which each change raises by one: an insert makes it the key's next version, an update the
one after, and a delete counts as a version as well. The same transaction notes the change in `truth.journal`, which no
connector captures, so that afterwards the journal says exactly what was committed, also where a connection was lost
in the middle of a COMMIT.
"""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pymysql

DATABASE = "busy"
TABLES = ("accounts", "parcels", "notes")
KEYS_PER_WRITER = 40
PAUSE_S = 0.02
RETRY_S = 0.2

UPDATE = "UPDATE {table} SET version = version + 1, filler = REVERSE(filler) WHERE id IN ({ids})"
DELETE = "DELETE FROM {table} WHERE id IN ({ids})"

SETUP = (
    f"CREATE DATABASE {DATABASE} CHARACTER SET utf8mb4",
    "CREATE DATABASE truth",
    f"CREATE TABLE {DATABASE}.accounts (id INT PRIMARY KEY, version INT NOT NULL, filler VARCHAR(200))",
    f"CREATE TABLE {DATABASE}.parcels (id INT PRIMARY KEY, weight REAL, filler VARCHAR(200), version INT NOT NULL)",
    f"CREATE TABLE {DATABASE}.notes (filler TEXT, version INT NOT NULL, id INT PRIMARY KEY, at TIMESTAMP(3) NULL)",
    f"CREATE TABLE {DATABASE}.the_end (id INT PRIMARY KEY)",
    """CREATE TABLE truth.journal (seq BIGINT AUTO_INCREMENT PRIMARY KEY, tbl VARCHAR(20) NOT NULL, id INT NOT NULL,
       version INT NOT NULL, op CHAR(1) NOT NULL)""",
)


@dataclass(frozen=True, slots=True)
class Key:
    table: str
    id: int


@dataclass(slots=True)
class State:
    """Attributes:
    version: of the key's latest change, 0 before the first.
    present: whether there is a row.
    """

    version: int = 0
    present: bool = False


class Writer(threading.Thread):
    """Writes transactions until it is told to stop; connects again for as long as the server is away.

    Args:
        number: writers have disjoint keys, so that none waits for another's locks.
        connect: makes a connection, autocommit off.
    """

    def __init__(self, number: int, connect: Callable[[], Any], seed: int) -> None:
        super().__init__(name=f"writer-{number}", daemon=True)
        self._connect = connect
        self._random = random.Random(f"{seed}-{number}")
        self._ids = range(number * 1000, number * 1000 + KEYS_PER_WRITER)
        self._stopped = threading.Event()
        self.committed = 0
        self.failure: BaseException | None = None

    def stop(self) -> None:
        self._stopped.set()
        self.join(60)

    def run(self) -> None:
        while not self._stopped.is_set():
            try:
                with self._connect() as connection:
                    self._write(connection)
            except (pymysql.err.OperationalError, pymysql.err.InterfaceError):
                time.sleep(RETRY_S)  # the server is away, which is what the test is about
            except BaseException as error:
                self.failure = error
                return

    def _write(self, connection: Any) -> None:
        with connection.cursor() as cursor:
            states = self._states(cursor)
            while not self._stopped.is_set():
                after = self._transaction(cursor, states)
                connection.commit()
                states.update(after)
                self.committed += 1
                time.sleep(PAUSE_S)

    def _states(self, cursor: Any) -> dict[Key, State]:
        """What was committed, from the server: after a lost connection nobody else knows."""
        states = {Key(table, id_): State() for table in TABLES for id_ in self._ids}
        cursor.execute("SELECT tbl, id, version, op FROM truth.journal ORDER BY seq")
        for table, id_, version, op in cursor.fetchall():
            if (key := Key(table, id_)) in states:
                states[key] = State(version, present=op != "d")
        return states

    def _transaction(self, cursor: Any, states: dict[Key, State]) -> dict[Key, State]:
        """Some inserts and deletes, then one update of several rows; a key at most once. Returns the new states."""
        after: dict[Key, State] = {}
        chosen = self._random.sample(list(states), k=self._random.randint(1, 12))
        for key in chosen:
            state = states[key]
            if not state.present:
                after[key] = self._insert(cursor, key, state)
            elif self._random.random() < 0.15:
                self._change(cursor, DELETE, key.table, [key], states)
                after[key] = State(state.version + 1, present=False)
        for table in TABLES:
            left = [key for key in chosen if key.table == table and key not in after]
            if left:
                self._change(cursor, UPDATE, table, left, states)
                after.update({key: State(states[key].version + 1, present=True) for key in left})
        return after

    def _insert(self, cursor: Any, key: Key, state: State) -> State:
        version = state.version + 1
        filler = self._random.choice("abcdef") * self._random.randint(0, 200)
        statement = f"INSERT INTO {DATABASE}.{key.table} (id, version, filler) VALUES (%s, %s, %s)"
        cursor.execute(statement, (key.id, version, filler))
        self._journal(cursor, key, version, "c")
        return State(version, present=True)

    def _change(self, cursor: Any, statement: str, table: str, keys: list[Key], states: dict[Key, State]) -> None:
        ids = ", ".join(str(key.id) for key in keys)
        rows = cursor.execute(statement.format(table=f"{DATABASE}.{table}", ids=ids))
        assert rows == len(keys), f"the load itself is wrong: {statement} of {keys} found {rows} rows"
        for key in keys:
            self._journal(cursor, key, states[key].version + 1, statement[0].lower())

    def _journal(self, cursor: Any, key: Key, version: int, op: str) -> None:
        row = (key.table, key.id, version, op)
        cursor.execute("INSERT INTO truth.journal (tbl, id, version, op) VALUES (%s, %s, %s, %s)", row)
