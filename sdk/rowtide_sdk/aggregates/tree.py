"""The tables of an aggregate by their links: which roots a row belongs to, and what hangs on a root."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from rowtide_sdk.aggregates.model import Aggregate, Direction, Part, Whole
from rowtide_sdk.aggregates.store import LinkName, Store, link_name
from rowtide_sdk.keys import key_text
from rowtide_sdk.row import Row


@dataclass(frozen=True, slots=True)
class _Node:
    """A place in the tree; `part` and `parent` are None at the root."""

    table: str
    part: Part | None
    parent: _Node | None


class Tree:
    """One aggregate over a store."""

    def __init__(self, aggregate: Aggregate, store: Store) -> None:
        self.root = aggregate.root
        self._parts = aggregate.parts
        self._store = store
        self._nodes: dict[str, list[_Node]] = {}
        self._links: dict[str, set[tuple[str, ...]]] = {}
        root = _Node(aggregate.root, None, None)
        self._nodes[aggregate.root] = [root]
        self._add(root, aggregate.parts)

    def _add(self, parent: _Node, parts: Mapping[str, Part]) -> None:
        for part in parts.values():
            node = _Node(part.table, part, parent)
            self._nodes.setdefault(part.table, []).append(node)
            holder = parent.table if part.direction is Direction.REF else part.table
            self._links.setdefault(holder, set()).add(part.columns)
            self._add(node, part.parts)

    @property
    def tables(self) -> frozenset[str]:
        return frozenset(self._nodes)

    def links(self, table: str, row: Row) -> dict[LinkName, str]:
        """By which links a row is to be found."""
        return {
            link_name(table, columns): value
            for columns in self._links.get(table, ())
            if (value := _value(row, columns)) is not None
        }

    def roots(self, table: str, key: str, row: Row) -> Iterator[str]:
        """Keys of the roots that a row belongs to as the store is now, perhaps some more than once."""
        for node in self._nodes[table]:
            yield from self._climb(node, key, row)

    def _climb(self, node: _Node, key: str, row: Row) -> Iterator[str]:
        part, parent = node.part, node.parent
        if part is None or parent is None:
            yield key
            return
        if part.direction is Direction.REF:
            yield from self._climb_to_referrers(part, parent, key)
            return
        parent_key = _value(row, part.columns)
        if parent_key is None:
            return
        if parent.part is None:
            yield parent_key
        elif (parent_row := self._store.row(parent.table, parent_key)) is not None:
            yield from self._climb(parent, parent_key, parent_row)

    def _climb_to_referrers(self, part: Part, parent: _Node, key: str) -> Iterator[str]:
        name, after = link_name(parent.table, part.columns), ""
        while keys := self._store.linked(name, key, after=after, limit=500):
            for parent_key in keys:
                if parent.part is None:
                    yield parent_key
                elif (row := self._store.row(parent.table, parent_key)) is not None:
                    yield from self._climb(parent, parent_key, row)
            after = keys[-1]

    def whole(self, key: str) -> Whole | None:
        """A root with all that is linked to it, as the store is now; None if there is no such root."""
        row = self._store.row(self.root, key)
        return None if row is None else self._whole(key, row, self._parts, self.root)

    def _whole(self, key: str, row: Row, parts: Mapping[str, Part], table: str) -> Whole:
        return Whole(row, {name: self._part(key, row, part, table) for name, part in parts.items()})

    def _part(self, key: str, row: Row, part: Part, table: str) -> Whole | tuple[Whole, ...] | None:
        if part.direction is Direction.REF:
            target = _value(row, part.columns)
            return None if target is None else self._linked(target, part)
        keys = sorted(self._store.linked(link_name(part.table, part.columns), key), key=_order)
        found = tuple(whole for child in keys if (whole := self._linked(child, part)) is not None)
        if part.direction is Direction.MANY:
            return found
        return found[0] if found else None

    def _linked(self, key: str, part: Part) -> Whole | None:
        row = self._store.row(part.table, key)
        return None if row is None else self._whole(key, row, part.parts, part.table)


def _value(row: Row, columns: tuple[str, ...]) -> str | None:
    """The key that columns hold; None where one of them is NULL or not there."""
    values = tuple(row.get(column) for column in columns)
    return None if None in values else key_text(values)


def _order(key: str) -> tuple[Any, ...]:
    """Numbers by size, all else as text."""
    return tuple((0, part, "") if isinstance(part, int) else (1, 0, str(part)) for part in json.loads(key))
