"""A way to a broker that refuses one request: the first one to a partition, which its leader doesn't know yet."""

from __future__ import annotations

import struct
import threading

from tests.integration.kafka.broker_proxy import PRODUCE, BrokerProxy, Link, api_key

_NOT_LEADER_OR_FOLLOWER = 6
_SECOND_S = 0.5


class RefusingProxy(BrokerProxy):
    """Once armed, it keeps the next produce request until another one follows it or half a second is over, and refuses
    it; everything else is passed on.

    Attributes:
        followed: whether a second request was sent before the first was answered; None until one was refused.
    """

    def __init__(self, broker_port: int) -> None:
        self._armed = threading.Event()
        self.followed: bool | None = None
        super().__init__(broker_port)

    def arm(self) -> None:
        self._armed.set()

    def on_request(self, link: Link, request: bytes) -> None:
        if self._armed.is_set() and self.followed is None and api_key(request) == PRODUCE:
            self._refuse(link, request)
        else:
            link.pass_on(request)

    def _refuse(self, link: Link, request: bytes) -> None:
        self.followed = False
        try:
            second: bytes | None = link.request(_SECOND_S)
        except TimeoutError:
            second = None
        self.followed = second is not None
        link.answer(_refusal(request))
        if second is not None:
            link.pass_on(second)


def _refusal(request: bytes) -> bytes:
    """The answer to a produce request of version 9 to 12 for one partition (https://kafka.apache.org/protocol)."""
    _, version, correlation, client_id = struct.unpack_from(">hhih", request)
    assert 9 <= version <= 12, f"produce requests of version {version} are not known here"
    # After the client's id: tagged fields, no transactional id, acks, timeout, the number of topics.
    at = 10 + max(client_id, 0) + 1 + 1 + 2 + 4 + 1
    name_end = at + request[at]
    (partition,) = struct.unpack_from(">i", request, name_end + 1)
    refused = struct.pack(">ihqqq", partition, _NOT_LEADER_OR_FOLLOWER, -1, -1, -1) + b"\x01\x00\x00"
    return struct.pack(">ix", correlation) + b"\x02" + request[at:name_end] + b"\x02" + refused + bytes(1 + 4 + 1)
