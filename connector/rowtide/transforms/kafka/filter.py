"""Filter: drops every record, which makes sense behind a predicate."""

from __future__ import annotations

from rowtide.connect.plugins import Config, Transformation
from rowtide.connect.record import SourceRecord


class Filter(Transformation):
    """Drops every record, which makes sense behind a predicate."""

    looks_at_values = False

    def configure(self, config: Config) -> None:
        pass

    def apply(self, record: SourceRecord) -> None:
        return None
