"""OpenLineage: lets records pass, as Debezium's does while the connector's OpenLineage integration is off."""

from __future__ import annotations

import logging

from rowtide.connect.plugins import Config, Transformation
from rowtide.connect.record import SourceRecord

log = logging.getLogger(__name__)


class OpenLineage(Transformation):
    """Lets records pass, as Debezium's does while the connector's integration with OpenLineage is off.

    The integration is not offered here, and a connector that asks for it is refused.
    """

    looks_at_values = False

    def configure(self, config: Config) -> None:
        log.warning("The transform OpenLineage has no effect: the connector's integration with it is not offered")

    def apply(self, record: SourceRecord) -> SourceRecord:
        return record
