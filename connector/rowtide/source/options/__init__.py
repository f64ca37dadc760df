"""The options of the MySQL and MariaDB connectors, under Debezium's names with Debezium's defaults (3.6).

Names, types, defaults, importance, groups and their order are what the real connectors answer at
`PUT /connector-plugins/<class>/config/validate`; within a group the options follow that Debezium honours without
declaring them.
"""

from __future__ import annotations

from rowtide.config.definition import ConfigDef
from rowtide.source.options.connection import connection
from rowtide.source.options.connector import connector
from rowtide.source.options.events import events
from rowtide.source.options.history import FILE_HISTORY, KAFKA_HISTORY, MEMORY_HISTORY, history
from rowtide.source.options.refusals import UNSUPPORTED, refusals

__all__ = ["FILE_HISTORY", "KAFKA_HISTORY", "MEMORY_HISTORY", "UNSUPPORTED", "options", "refusals"]


def options(flavor: str) -> ConfigDef:
    """All options of a connector; `flavor` is `mysql` or `mariadb`."""
    return ConfigDef([*connection(flavor), *connector(flavor), *history(), *events(flavor)])
