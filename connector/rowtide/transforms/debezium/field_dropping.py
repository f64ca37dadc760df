"""Leaves out the fields that one of a record's headers lists, as ExtractNewRecordState does on request."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rowtide.connect.record import SourceRecord
from rowtide.connect.schema import Schema
from rowtide.errors import DataError
from rowtide.transforms.kafka.replace_field import ReplaceFieldKey, ReplaceFieldValue
from rowtide.transforms.structs import require_fields

_DELEGATES_MAX = 1000


@dataclass(frozen=True, slots=True)
class Dropping:
    """Attributes:
    header: name of the header, blank for none.
    from_key: from the key as well as from the value.
    only_optional: leave required fields, so that readers of the old schema can read the new one.
    """

    header: str
    from_key: bool
    only_optional: bool


class FieldDropper:
    """Keeps a ReplaceField a list of fields, since that one keeps the schemas that it makes."""

    def __init__(self, dropping: Dropping) -> None:
        self._dropping = dropping
        self._delegates: dict[tuple[type, tuple[str, ...]], ReplaceFieldKey | ReplaceFieldValue] = {}

    def apply(self, record: SourceRecord) -> SourceRecord:
        """Raises DataError where the header's value is no list."""
        names = self._names(record)
        if not names:
            return record
        if self._dropping.from_key and record.key is not None:
            record = self._without(ReplaceFieldKey, self._among(record.key_schema, names), record)
        return self._without(ReplaceFieldValue, self._among(record.value_schema, names), record)

    def _names(self, record: SourceRecord) -> Sequence[str]:
        found = next((header.value for header in record.headers if header.name == self._dropping.header), None)
        if found is None:
            return ()
        if not isinstance(found, list | tuple):
            raise DataError(f"The header {self._dropping.header} does not hold a list of names of fields to drop.")
        return found

    def _among(self, schema: Schema | None, names: Sequence[str]) -> tuple[str, ...]:
        if not self._dropping.only_optional:
            return tuple(names)
        fields = () if schema is None else require_fields(schema)
        return tuple(field.name for field in fields if field.schema.optional and field.name in names)

    def _without(
        self, kind: type[ReplaceFieldKey | ReplaceFieldValue], names: tuple[str, ...], record: SourceRecord
    ) -> SourceRecord:
        if not names:
            return record
        delegate = self._delegates.pop((kind, names), None)
        if delegate is None:
            delegate = kind()
            delegate.configure({"exclude": ",".join(names)})
            if len(self._delegates) >= _DELEGATES_MAX:
                del self._delegates[next(iter(self._delegates))]
        self._delegates[kind, names] = delegate
        return delegate.apply(record)
