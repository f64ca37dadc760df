"""Runs both engines over the same bytes and tells what each made of them, in a form that can be compared."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import fields

from rowtide.binlog.engine import Decoder
from rowtide.binlog.events import Event, Rows
from rowtide.binlog.native import NativeDecoder
from rowtide.binlog.reference.decoder import ReferenceDecoder
from rowtide.errors import BinlogError, RowtideError

ENGINES: tuple[type[Decoder], type[Decoder]] = (ReferenceDecoder, NativeDecoder)

_MESSAGE_DIFFERS = ("expand", "damaged")
"""Messages with words of the library that expands compressed data."""


def outcomes(chunks: Iterable[bytes]) -> tuple[list[object], list[object]]:
    """What the reference and what the native engine make of a stream."""
    parts = list(chunks)
    reference, native = (list(_outcome(engine(), parts)) for engine in ENGINES)
    return reference, native


def _outcome(decoder: Decoder, chunks: list[bytes]) -> Iterable[object]:
    try:
        for chunk in chunks:
            for event in drained(decoder, chunk):
                yield shown(event)
        yield decoder.ended, decoder.pending
    except RowtideError as error:
        yield error_shown(error)


def drained(decoder: Decoder, chunk: bytes) -> list[Event]:
    """The events of a chunk, also those that come in portions, up to an error that is then pending."""
    events = decoder.feed(chunk)
    while decoder.pending:
        try:
            events += decoder.feed(b"")
        except RowtideError:
            if not events:
                raise
            break
    return events


def shown(event: Event) -> object:
    values = [(f.name, getattr(event, f.name)) for f in fields(event) if f.name != "body"]
    return type(event), values, rows_shown(event) if isinstance(event, Rows) else None


def rows_shown(event: Rows) -> object:
    """Count and images with the types of their values, as 1, 1.0 and True are equal."""
    seen: list[object] = [event.data]
    try:
        seen.append(len(event))
    except BinlogError as error:
        seen.append(error_shown(error))
    try:
        seen += [repr((before and list(before), after and list(after))) for before, after in event.images()]
    except BinlogError as error:
        seen.append(error_shown(error))
    return seen


def error_shown(error: RowtideError) -> object:
    message = "" if any(word in error.message for word in _MESSAGE_DIFFERS) else error.message
    if isinstance(error, BinlogError):
        return type(error), message, error.offset, error.position
    return type(error), message, error.hint
