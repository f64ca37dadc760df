"""A column converter and a post-processor as users write them."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from rowtide.connect.schema import INT64, Struct
from rowtide.envelope.post_processing import PostProcessor, RowEvent
from rowtide.tables.patterns import NameList
from rowtide.types.custom import ColumnConverter, ColumnFacts, Conversion


class Cents(ColumnConverter):
    """DECIMAL(_, 2) as a number of cents."""

    def configure(self, config: Mapping[str, str]) -> None:
        self._columns = NameList(config.get("columns"), "columns")

    def conversion_for(self, column: ColumnFacts) -> Conversion | None:
        if not self._columns.matches(column.full_name):
            return None
        return Conversion(INT64, lambda value: None if value is None else int(Decimal(str(value)) * 100))


class Stamp(PostProcessor):
    """Writes a text into a field of every row."""

    def configure(self, config: Mapping[str, str]) -> None:
        self._field, self._text = config["field"], config["text"]

    def apply(self, event: RowEvent) -> None:
        after = event.value["after"]
        if isinstance(after, Struct):
            after[self._field] = self._text
