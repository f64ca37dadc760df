"""A row that goes on under another key: Debezium tells it as a delete and an insert."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from rowtide_sdk.events import AnyEvent, Delete, Insert

R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class KeyChange(Generic[R]):
    """The two events of one changed key."""

    delete: Delete[R]
    insert: Insert[R]

    @property
    def old_key(self) -> Any:
        return self.delete.key

    @property
    def new_key(self) -> Any:
        return self.insert.key

    @property
    def before(self) -> R:
        return self.delete.before

    @property
    def after(self) -> R:
        return self.insert.after


def key_changes(events: Iterable[AnyEvent]) -> Iterator[KeyChange[Any]]:
    """Joins the pairs among the events of a transaction, in the order of their inserts.

    The halves of a pair are on different partitions, but of one table and told by the keys in their headers. A half
    alone (the other is of a topic that is not read, or was lost) gives nothing.
    """
    deletes: dict[tuple[str, Any], list[Delete[Any]]] = {}
    for event in events:
        if isinstance(event, Delete) and event.new_key is not None:
            deletes.setdefault((event.source.table_name, _by(event.new_key)), []).append(event)
        elif isinstance(event, Insert) and event.old_key is not None:
            waiting = deletes.get((event.source.table_name, _by(event.key)), [])
            delete = next((d for d in waiting if d.key == event.old_key), None)
            if delete is not None:
                waiting.remove(delete)
                yield KeyChange(delete, event)


def _by(key: Any) -> Any:
    return tuple(key.items()) if hasattr(key, "items") else key
