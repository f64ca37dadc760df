"""Operations on the worker itself: identity, health, metrics and the description of this interface."""

from __future__ import annotations

from collections.abc import Callable
from importlib.resources import files

from starlette.responses import Response

from rowtide.errors import ConnectError
from rowtide.metrics.exposition import CONTENT_TYPE, render
from rowtide.runtime.alerts import task_alerts
from rowtide.runtime.rest.api import Api
from rowtide.runtime.rest.errors import HttpError
from rowtide.runtime.rest.http import JSON, Call, Route, json_response
from rowtide.runtime.worker_metrics import worker_samples
from rowtide.version import VERSION

CONNECT_VERSION = "4.3.1"
"""The Kafka Connect whose interface this is: clients parse the version to decide what they may ask."""

COMMIT = f"rowtide-{VERSION}"

HEALTH_TIMEOUT_S = 10.0


class WorkerHandlers:
    def __init__(self, api: Api, cluster_id: Callable[[], str | None]) -> None:
        self._api = api
        self._cluster_id = cluster_id

    def routes(self) -> list[Route]:
        return [
            Route("GET", "/", self.root, early=True),
            Route("GET", "/health", self.health, early=True),
            Route("GET", "/metrics", self.metrics, produces="text/plain", early=True),
            Route("GET", "/alerts", self.alerts, early=True),
            Route("GET", "/openapi.json", self.openapi, early=True),
        ]

    async def root(self, call: Call) -> Response:
        return json_response({"version": CONNECT_VERSION, "commit": COMMIT, "kafka_cluster_id": self._cluster_id()})

    async def health(self, call: Call) -> Response:
        herder = self._api.services.herder
        stage = herder.mailbox.stage.summarize()
        if not herder.ready.is_set():
            return _health(503, "starting", f"Worker is still starting up. {stage}")
        try:
            await self._api.herder(lambda: None, "checking its health", HEALTH_TIMEOUT_S)
        except (HttpError, ConnectError):
            problem = "Worker was unable to handle this request and may be unable to handle other requests."
            return _health(500, "unhealthy", f"{problem} {herder.mailbox.stage.summarize()}")
        return _health(200, "healthy", "Worker has completed startup and is ready to handle requests.")

    async def metrics(self, call: Call) -> Response:
        return Response(render(worker_samples(self._api.services.herder)), media_type=CONTENT_TYPE)

    async def alerts(self, call: Call) -> Response:
        return json_response(task_alerts(self._api.services.herder.work.tasks.metrics()))

    async def openapi(self, call: Call) -> Response:
        return Response(files("rowtide.runtime.rest").joinpath("openapi.json").read_bytes(), media_type=JSON)


def _health(status: int, state: str, message: str) -> Response:
    return json_response({"status": state, "message": message}, status)
