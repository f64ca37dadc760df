"""A way to a broker that breaks off: before a request has reached it, or before its answer has come back."""

from __future__ import annotations

import random
import threading

from tests.integration.kafka.broker_proxy import PRODUCE, BrokerProxy, Link, api_key


class CuttingProxy(BrokerProxy):
    """Cuts the connection at some of the produce requests, `cuts` in all.

    Attributes:
        lost, unanswered: how many requests did not reach the broker, and how many did while no answer came back.
    """

    def __init__(self, broker_port: int, seed: int, cuts: int) -> None:
        self._random = random.Random(seed)
        self._cuts = cuts
        self._lock = threading.Lock()
        self.lost = self.unanswered = 0
        super().__init__(broker_port)

    def on_request(self, link: Link, request: bytes) -> None:
        if api_key(request) != PRODUCE or not self._cuts or self._random.random() > 0.5:
            link.pass_on(request)
            return
        with self._lock:
            self._cuts -= 1
            reaches = self._random.random() < 0.6
            self.unanswered += reaches
            self.lost += not reaches
        if reaches:
            link.hold_answers()
            link.pass_on(request)
            link.wait_for_answer()
        link.cut()
