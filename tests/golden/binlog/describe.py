"""Events as text, one a line and one a row, for comparing with what was checked once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import fields
from pathlib import Path

from rowtide.binlog.engine import select_engine
from rowtide.binlog.events import Event, QueryContext, Rows, TableDetails
from rowtide.binlog.files import packets_of_file
from rowtide.errors import BinlogError

_LEFT_OUT = {"header", "post_header_lengths", "table_map", "body"}
_SHOWN = 120


def events_of(path: Path) -> Iterator[Event]:
    """Raises BinlogError where the file is damaged, after the events before."""
    decoder = select_engine()[1]()
    for packet in packets_of_file(path.read_bytes()):
        yield from decoder.feed(packet)
        while decoder.pending:
            yield from decoder.feed(b"")


def described(path: Path) -> Iterator[str]:
    """The file's events; an error is the last line."""
    try:
        for event in events_of(path):
            yield from _event(event)
    except BinlogError as error:
        yield f"BinlogError position={error.position} offset={error.offset}: {error}"


def _event(event: Event) -> Iterator[str]:
    header = event.header
    shown = ", ".join(f"{f.name}={_short(getattr(event, f.name))}" for f in fields(event) if f.name not in _LEFT_OUT)
    yield f"{event.position}-{header.next_position} {type(event).__name__}[{header.type}] {shown}".rstrip()
    if isinstance(event, Rows):
        yield from _rows(event)


def _rows(event: Rows) -> Iterator[str]:
    table = event.table_map
    yield f"  {len(event)} rows of {table.database}.{table.table}"
    try:
        for before, after in event.images():
            yield f"    {_image(before)} -> {_image(after)}"
    except BinlogError as error:
        yield f"    BinlogError: {error}"


def _image(image: Iterable[object] | None) -> str:
    return "-" if image is None else "(" + ", ".join(_short(value) for value in image) + ")"


def _short(value: object) -> str:
    if isinstance(value, TableDetails | QueryContext):
        known = {f.name: getattr(value, f.name) for f in fields(value)}
        return "{" + ", ".join(f"{name}={_compact(x)}" for name, x in known.items() if x is not None) + "}"
    text = _compact(value)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}… {len(text)} characters"


def _compact(value: object) -> str:
    """Flags as digits, what does not apply as a point."""
    if isinstance(value, tuple) and value and all(x is None or isinstance(x, bool) for x in value):
        return "".join("." if x is None else str(int(x)) for x in value)
    if isinstance(value, tuple) and value and all(x is None or isinstance(x, int) for x in value):
        return "/".join("" if x is None else str(x) for x in value)
    return repr(value)
