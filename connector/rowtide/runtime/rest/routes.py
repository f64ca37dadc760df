"""All operations of the REST interface, composed."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor

from rowtide.runtime.config import WorkerConfig
from rowtide.runtime.herder.views import Stores
from rowtide.runtime.loggers import LoggerLevels
from rowtide.runtime.plugins import PluginRegistry
from rowtide.runtime.rest.api import Api, Services
from rowtide.runtime.rest.connectors import ConnectorHandlers
from rowtide.runtime.rest.http import Route
from rowtide.runtime.rest.internal import InternalHandlers
from rowtide.runtime.rest.loggers import LoggerHandlers
from rowtide.runtime.rest.offsets import OffsetHandlers
from rowtide.runtime.rest.plugins import PluginHandlers
from rowtide.runtime.rest.worker import WorkerHandlers


def all_routes(
    config: WorkerConfig,
    registry: PluginRegistry,
    services: Services,
    pool: Executor,
    cluster_id: Callable[[], str | None],
    stores: Stores,
    levels: LoggerLevels,
) -> list[Route]:
    api = Api(services, pool)
    connectors = ConnectorHandlers(
        api,
        track_topics=config.flag("topic.tracking.enable"),
        reset_topics=config.flag("topic.tracking.allow.reset"),
    )
    loggers = LoggerHandlers(api, levels, stores.configs.put_logger_level)
    # As in Kafka Connect, an empty list of admin listeners means that there are no admin operations.
    admin = config.raw.get("admin.listeners", "listeners").strip()
    return [
        *WorkerHandlers(api, cluster_id).routes(),
        *connectors.routes(),
        *OffsetHandlers(api).routes(),
        *InternalHandlers(api, lambda: stores.configs.snapshot().session_key).routes(),
        *PluginHandlers(api, registry).routes(),
        *(loggers.routes() if admin else ()),
    ]
