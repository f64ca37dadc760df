"""A client's connection: one that sends no whole request in time is closed, so that such clients can't pile up."""

from __future__ import annotations

import asyncio
from typing import Any

from uvicorn.protocols.http.h11_impl import H11Protocol

REQUEST_HEAD_S = 30.0
"""From the opening of a connection, or the end of an answer, to the end of the next request's head."""


class Connection(H11Protocol):
    """uvicorn's, which by itself waits for ever for the first byte, and from then on for the last one of a head."""

    head_s = REQUEST_HEAD_S
    _head_deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        self._await_head()

    def connection_lost(self, exc: Exception | None) -> None:
        self._cancel()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self._head_deadline is None and (self.cycle is None or self.cycle.response_complete):
            self._await_head()
        before = self.cycle
        super().data_received(data)
        if self.cycle is not before:
            self._cancel()

    def _await_head(self) -> None:
        self._cancel()
        self._head_deadline = self.loop.call_later(self.head_s, self._give_up)

    def _give_up(self) -> None:
        self._head_deadline = None
        if not self.transport.is_closing():
            self.transport.close()

    def _cancel(self) -> None:
        if self._head_deadline is not None:
            self._head_deadline.cancel()
            self._head_deadline = None
