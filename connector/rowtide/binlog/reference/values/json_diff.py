"""Changes to a JSON document, which a server with binlog_row_value_options=PARTIAL_JSON logs instead of the document.

Format (sql/json_diff.h of MySQL): 4 bytes length, then one change after another: operation (1: replace, insert or
remove), the path's length (length-encoded) and text, and unless it removes, the value's length (length-encoded) and
binary form. Paths are those of SQL without wildcards: `$.name."quoted name"[3]`.

A change is applied to the text of the document before. That is as good as to its binary form: it spells every value in
full, and objects keep the server's order of keys (shorter ones first, then by their bytes).
"""

from __future__ import annotations

import json
import re
from typing import Any

from rowtide.binlog.cursor import Cursor
from rowtide.binlog.reference.values.json import json_text, quoted
from rowtide.binlog.values import UNAVAILABLE, Unavailable

_REPLACE, _INSERT, _REMOVE = range(3)
_LEG = re.compile(r'\.("(?:[^"\\]|\\.)*"|[^."\[\s]+)|\[(\d{1,10})\]')

Leg = str | int


class _Number(str):
    """A number as it was spelled."""

    __slots__ = ()


def changed_document(before: object, cursor: Cursor) -> str | Unavailable:
    """Reads the changes at the cursor, their length first, and applies them to a document's text.

    Raises:
        BinlogError: a change doesn't fit the document before.
    """
    size = cursor.uint(4)
    start = cursor.offset
    return with_changes(before, Cursor(cursor.take(size), origin=start))


def with_changes(before: object, changes: Cursor) -> str | Unavailable:
    """Applies what the cursor holds to a document's text; errors as for `changed_document`.

    Without a document before, which binlog_row_image=MINIMAL leaves out, the one after is not known either.
    """
    if not isinstance(before, str):
        return UNAVAILABLE
    document = _parsed(before)
    while changes.remaining:
        operation = changes.u8()
        path = changes.take(changes.lenenc())
        if operation > _REMOVE:
            raise changes.error(f"{operation} is no operation on a JSON document")
        value = None if operation == _REMOVE else _value(changes)
        legs = _legs(path, changes)
        try:
            document = _changed(document, legs, operation, value)
        except (LookupError, TypeError) as error:
            raise changes.error(f"A change to a JSON document does not fit it at {path!r}") from error
    return _text(document)


def _parsed(text: str) -> Any:
    return json.loads(text, parse_int=_Number, parse_float=_Number)


def _value(changes: Cursor) -> Any:
    size = changes.lenenc()
    start = changes.offset
    text = json_text(changes.take(size), start)
    if text is None:
        raise changes.error("A change to a JSON document has an empty value", start)
    return _parsed(text)


def _legs(path: bytes, changes: Cursor) -> list[Leg]:
    text = path.decode("utf-8", "replace")
    legs: list[Leg] = []
    place = 1
    while place < len(text) or text[:1] != "$":
        leg = _LEG.match(text, place)
        if leg is None or text[:1] != "$":
            raise changes.error(f"{text!r} is no path in a JSON document")
        name, index = leg.groups()
        legs.append(int(index) if index is not None else json.loads(name) if name.startswith('"') else name)
        place = leg.end()
    return legs


def _changed(document: Any, legs: list[Leg], operation: int, value: Any) -> Any:
    """The document with one change made. Raises LookupError or TypeError where the path leads nowhere."""
    if not legs:
        if operation != _REPLACE:
            raise LookupError
        return value
    holder = document
    for leg in legs[:-1]:
        holder = _member(holder, leg)
    last = legs[-1]
    if operation == _INSERT:
        _insert(holder, last, value)
    elif operation == _REPLACE:
        _member(holder, last)
        holder[last] = value
    else:
        _member(holder, last)
        del holder[last]
    return document


def _member(holder: Any, leg: Leg) -> Any:
    if isinstance(holder, list) != isinstance(leg, int):
        raise LookupError
    return holder[leg]


def _insert(holder: Any, leg: Leg, value: Any) -> None:
    if isinstance(holder, list) and isinstance(leg, int):
        holder.insert(leg, value)
        return
    if not isinstance(holder, dict) or not isinstance(leg, str) or leg in holder:
        raise LookupError
    members = sorted([*holder.items(), (leg, value)], key=_server_order)
    holder.clear()
    holder.update(members)


def _server_order(member: tuple[str, Any]) -> tuple[int, bytes]:
    name = member[0].encode("utf-8", "surrogatepass")
    return len(name), name


def _text(node: Any) -> str:
    if isinstance(node, dict):
        return "{" + ",".join(f"{quoted(name)}:{_text(value)}" for name, value in node.items()) + "}"
    if isinstance(node, list):
        return "[" + ",".join(map(_text, node)) + "]"
    if isinstance(node, _Number):
        return str(node)
    if isinstance(node, str):
        return quoted(node)
    return {None: "null", True: "true", False: "false"}[node]
