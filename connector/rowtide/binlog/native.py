"""The native decoder behind the seam of `rowtide.binlog.engine`."""

from __future__ import annotations

import logging
from typing import Any

import zstandard

from rowtide import native
from rowtide.binlog import events
from rowtide.binlog.cursor import Cursor
from rowtide.binlog.gtid import MysqlGtidSet
from rowtide.binlog.reference.values.json_diff import with_changes
from rowtide.binlog.values import Unavailable
from rowtide.mysql.charsets import codec_of_number

_LOG = logging.getLogger(__name__)


class NativeDecoder:
    """`rowtide.binlog.engine.Decoder`, compiled."""

    def __init__(self, lane: Any | None = None) -> None:
        """Args: lane: `_native.Lane` that takes whole transactions, which then come as `events.Transactions`."""
        made = native.required().Decoder
        self._decoder = made(events, codec_of_number, MysqlGtidSet, _changed_json, _expanding, lane)

    @property
    def pending(self) -> bool:
        return bool(self._decoder.pending)

    @property
    def ended(self) -> bool:
        return bool(self._decoder.ended)

    def feed(self, data: bytes) -> list[events.Event]:
        try:
            decoded: list[events.Event] = self._decoder.feed(data)
        finally:
            for event_type in self._decoder.take_unknown_types():
                _LOG.warning("event type %d is not known, its events are ignored", event_type)
        return decoded


def _changed_json(before: object, changes: bytes, origin: int) -> str | Unavailable:
    return with_changes(before, Cursor(changes, origin=origin))


def _expanding(payload: bytes) -> zstandard.ZstdDecompressionReader:
    return zstandard.ZstdDecompressor().stream_reader(payload, closefd=False)
