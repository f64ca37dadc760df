"""All operations of the REST interface, composed."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor

from rowtide.runtime.config import WorkerConfig
from rowtide.runtime.plugins import PluginRegistry
from rowtide.runtime.rest.api import Api, Services
from rowtide.runtime.rest.connectors import ConnectorHandlers
from rowtide.runtime.rest.http import Route
from rowtide.runtime.rest.internal import InternalHandlers
from rowtide.runtime.rest.offsets import OffsetHandlers
from rowtide.runtime.rest.plugins import PluginHandlers
from rowtide.runtime.rest.worker import WorkerHandlers
from rowtide.runtime.storage.snapshot import SessionKey


def all_routes(
    config: WorkerConfig,
    registry: PluginRegistry,
    services: Services,
    pool: Executor,
    cluster_id: Callable[[], str | None],
    session_key: Callable[[], SessionKey | None],
) -> list[Route]:
    api = Api(services, pool)
    connectors = ConnectorHandlers(
        api,
        track_topics=config.flag("topic.tracking.enable"),
        reset_topics=config.flag("topic.tracking.allow.reset"),
    )
    return [
        *WorkerHandlers(api, cluster_id).routes(),
        *connectors.routes(),
        *OffsetHandlers(api).routes(),
        *InternalHandlers(api, session_key).routes(),
        *PluginHandlers(api, registry).routes(),
    ]
