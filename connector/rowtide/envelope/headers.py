"""Headers that tell which connector, task and run a record comes from."""

from __future__ import annotations

import secrets
import time
import uuid

from rowtide.connect.record import Header
from rowtide.connect.schema import STRING
from rowtide.envelope.config import EnvelopeConfig

NEW_KEY = "__debezium.newkey"
OLD_KEY = "__debezium.oldkey"
_CONTEXT = "__debezium.context."


def context_headers(config: EnvelopeConfig) -> tuple[Header, ...]:
    """The four context headers, in Debezium's order; none when they are switched off."""
    if not config.rules.context_headers:
        return ()
    values = (
        ("connectorLogicalName", config.topics.prefix),
        ("taskId", config.identity.task_id),
        ("connectorName", config.identity.flavor),
        ("runId", config.identity.run_id),
    )
    return tuple(Header(_CONTEXT + name, STRING, value) for name, value in values)


def new_run_id(now_ms: int | None = None) -> str:
    """A UUID of version 7 (RFC 9562): 48 bits of ms since the epoch, then random bits."""
    moment = time.time_ns() // 1_000_000 if now_ms is None else now_ms
    number = (moment & ((1 << 48) - 1)) << 80 | secrets.randbits(80)
    number = number & ~(0xF << 76) | 7 << 76
    number = number & ~(0x3 << 62) | 2 << 62
    return str(uuid.UUID(int=number))
