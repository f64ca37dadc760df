"""What all handlers share: waiting for the herder and for the pool within the time of a request."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import Executor, Future
from dataclasses import dataclass
from typing import TypeVar

from starlette.responses import Response

from rowtide.runtime.herder.group import Elsewhere
from rowtide.runtime.herder.herder import Herder
from rowtide.runtime.herder.offsets import OffsetEditor
from rowtide.runtime.herder.requests import Requests
from rowtide.runtime.herder.views import Views
from rowtide.runtime.rest.errors import HttpError
from rowtide.runtime.rest.forwarding import forward
from rowtide.runtime.rest.http import Call
from rowtide.runtime.validation.validator import ConnectorValidator

T = TypeVar("T")

REQUEST_TIMEOUT_S = 90.0
SETTLE_S = 5.0
"""A rebalance that is not over by then is told to the client, which tries again."""

SETTLE_PAUSE_S = 0.05


@dataclass(frozen=True, slots=True)
class Services:
    """What the handlers call."""

    herder: Herder
    requests: Requests
    views: Views
    offsets: OffsetEditor
    validator: ConnectorValidator


class Api:
    """Used on the event loop of the REST server."""

    def __init__(self, services: Services, pool: Executor) -> None:
        self.services = services
        self._pool = pool

    async def herder(self, action: Callable[[], T], stage: str, timeout_s: float = REQUEST_TIMEOUT_S) -> T:
        """Runs an action on the herder's thread. Raises HttpError 500 when that takes too long."""
        return await self._wait(self.services.herder.mailbox.call(action, stage), timeout_s)

    async def settled(self, action: Callable[[], T], stage: str) -> T:
        """As `herder`, for what a pending rebalance makes a conflict: gives the rebalance a moment to end first."""
        deadline = asyncio.get_running_loop().time() + SETTLE_S
        # Looked at again and again, since another thread changes it.
        while self.services.herder.rejoining and asyncio.get_running_loop().time() < deadline:  # noqa: ASYNC110
            await asyncio.sleep(SETTLE_PAUSE_S)
        return await self.herder(action, stage)

    async def pool(self, action: Callable[[], T]) -> T:
        """Runs an action that blocks."""
        return await self._wait(self._pool.submit(action), REQUEST_TIMEOUT_S)

    async def forward(self, call: Call, segments: Sequence[str], elsewhere: Elsewhere) -> Response:
        return await self.pool(lambda: forward(call, segments, elsewhere, self.services.herder.client))

    async def _wait(self, future: Future[T], timeout_s: float) -> T:
        try:
            return await asyncio.wait_for(asyncio.wrap_future(future), timeout_s)
        except TimeoutError:
            stage = self.services.herder.mailbox.stage.summarize()
            raise HttpError(500, f"Request timed out. {stage}") from None
