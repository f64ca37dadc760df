"""What the phases of a task share, put together from the settings once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from rowtide.envelope import RecordBuilder
from rowtide.source.catalog import Catalog
from rowtide.source.filters import Filters
from rowtide.source.pipeline import Pipeline
from rowtide.source.settings import ConnectorSettings
from rowtide.tables.ddl import SchemaState


@dataclass(slots=True)
class Parts:
    """Settings and collaborators of one task.

    Attributes:
        batch_records: about how many records a poll gives.
        closers: called once when the task stops.
    """

    settings: ConnectorSettings
    filters: Filters
    builder: RecordBuilder
    pipeline: Pipeline
    schemas: SchemaState
    catalog: Catalog
    stopping: Callable[[], bool]
    batch_records: int
    closers: Sequence[Callable[[], None]] = ()

    def replace_schemas(self, schemas: SchemaState) -> None:
        """Starts over with no known tables, as each snapshot does."""
        self.schemas = schemas
        self.catalog = Catalog(schemas, self.filters.captured, self.settings.server)
