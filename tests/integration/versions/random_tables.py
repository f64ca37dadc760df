"""Tables of random columns with random rows, in statements that a server takes."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from tests.integration.versions.column_kinds import ColumnKind, Maker
from tests.integration.versions.servers import VersionServer

_COLUMNS_MAX = 14
_ODD_NAMES = ("select", "with blank", "Ünï", "a`b", "UPPER", "dot.ted", "1st", "key")


@dataclass(frozen=True)
class RandomTable:
    """Attributes:
    columns: by name; `id` is not among them.
    create: the statement that makes it.
    """

    name: str
    columns: Mapping[str, ColumnKind]
    nullable: frozenset[str]
    defaulted: frozenset[str]
    create: str

    def insert(self, first: int, count: int, r: random.Random) -> str:
        """Rows whose `id` is `first` and so on."""
        rows = ", ".join(f"({first + i}, {', '.join(self._cells(r))})" for i in range(count))
        names = ", ".join(map(quoted, ["id", *self.columns]))
        return f"INSERT INTO {quoted(self.name)} ({names}) VALUES {rows}"

    def _cells(self, r: random.Random) -> Iterator[str]:
        for name, kind in self.columns.items():
            if name in self.nullable and r.random() < 0.2:
                yield "NULL"
            elif name in self.defaulted and r.random() < 0.2:
                yield "DEFAULT"
            else:
                yield kind.literal(r)


def quoted(name: str) -> str:
    return "`" + name.replace("`", "``") + "`"


def random_table(
    name: str, makers: Mapping[str, Maker], server: VersionServer, r: random.Random, first: str
) -> RandomTable:
    """A table with a column of the kind `first` and some others."""
    chosen = [first, *r.choices(list(makers), k=r.randint(1, _COLUMNS_MAX - 1))]
    r.shuffle(chosen)
    names = [f"{kind}_{i}" if r.random() < 0.85 else f"{r.choice(_ODD_NAMES)} {i}" for i, kind in enumerate(chosen)]
    columns = dict(zip(names, (makers[kind](r) for kind in chosen), strict=True))
    parts, keyable = ["`id` INT NOT NULL"], []
    nullable, defaulted = set(), set()
    for column, kind in columns.items():
        text = f"{quoted(column)} {kind.type}"
        if kind.nullable:
            null = r.choice(["", "NULL", "NOT NULL"])
            if null != "NOT NULL":
                nullable.add(column)
            elif kind.key:
                keyable.append((column, kind))
            default = kind.default(r) if kind.default is not None and r.random() < 0.5 else None
            # MySQL spoils another column of the row when a BIT of a row among several is DEFAULT.
            if default is not None and not kind.type.startswith("BIT"):
                defaulted.add(column)
            text += f" {null}" + ("" if default is None else f" DEFAULT {default}")
        if r.random() < 0.1:
            text += f" COMMENT {r.choice(_COMMENTS)}"
        parts.append(text)
    r.shuffle(parts)
    parts += _keys(keyable, r)
    engine = r.choice(["InnoDB", "InnoDB", "InnoDB", "MyISAM"])
    create = f"CREATE TABLE {quoted(name)} ({', '.join(parts)}) ENGINE={engine} {r.choice(_OPTIONS)}"
    return RandomTable(name, columns, frozenset(nullable), frozenset(defaulted), create)


_COMMENTS = ("'plain'", "'it''s, (odd) `one`'", "''")
_OPTIONS = (
    "",
    "DEFAULT CHARSET=utf8mb4",
    "CHARACTER SET latin1",
    "DEFAULT CHARSET=utf8 COMMENT='a table'",
    "CHARSET=ucs2",
)


def _keys(keyable: Sequence[tuple[str, ColumnKind]], r: random.Random) -> list[str]:
    """A primary key, a unique one, or none; `id` is in it, for the others need not be unique."""
    others = r.sample(list(keyable), k=min(len(keyable), r.choice([0, 0, 1, 2])))
    members = ["`id`", *(kind.key.format(quoted(column)) for column, kind in others)]
    r.shuffle(members)
    kind = r.choice(["PRIMARY KEY", "PRIMARY KEY", "UNIQUE KEY u", "KEY k", ""])
    return [f"{kind} ({', '.join(members)})"] if kind else []
