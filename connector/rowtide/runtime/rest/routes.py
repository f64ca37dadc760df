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
) -> tuple[list[Route], list[Route]]:
    """Those of the listeners, and those of admin listeners where there are some."""
    api = Api(services, pool)
    connectors = ConnectorHandlers(
        api,
        track_topics=config.flag("topic.tracking.enable"),
        reset_topics=config.flag("topic.tracking.allow.reset"),
    )
    loggers = LoggerHandlers(api, levels, stores.configs.put_logger_level)
    admin = loggers.routes()
    main = [
        *WorkerHandlers(api, cluster_id).routes(),
        *connectors.routes(),
        *OffsetHandlers(api).routes(),
        *InternalHandlers(api, lambda: stores.configs.snapshot().session_key, standalone=config.standalone).routes(),
        *PluginHandlers(api, registry).routes(),
    ]
    return ([*main, *admin], []) if config.admin_listeners is None else (main, admin)
