"""The seam between bytes and events, and which decoder stands behind it in this process."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from typing import Protocol

from rowtide import native
from rowtide.binlog.events import Event


class Decoder(Protocol):
    """Turns the bytes of one dump into events. Used by one thread; no I/O, no filters."""

    def feed(self, data: bytes) -> list[Event]:
        """The events that `data` completes, in order; cut the bytes (frame headers included) wherever you like.

        When `pending` is true afterwards, call again with `b""` before feeding more. An error that follows whole events
        is raised by the next call, and by each one after it.

        Raises:
            BinlogError: bytes that are not a binlog.
            ServerError: the server ended the stream with an error; of the kind that says what to do.
        """
        ...

    @property
    def pending(self) -> bool:
        """More events, or an error, can be had without more bytes (a large compressed transaction comes in
        portions)."""
        ...

    @property
    def ended(self) -> bool:
        """The server said that nothing follows."""
        ...


def select_engine(environment: Mapping[str, str] = os.environ) -> tuple[str, Callable[[], Decoder]]:
    """Name and factory of the decoder that ROWTIDE_ENGINE (auto, reference, native) asks for.

    Raises:
        ConfigError: asked for by name and not there, or not a name.
    """
    name = native.engine(environment)
    if name == "native":
        from rowtide.binlog.native import NativeDecoder

        return name, NativeDecoder
    from rowtide.binlog.reference.decoder import ReferenceDecoder

    return name, ReferenceDecoder
