"""Records of whole transactions, which the native engine encodes while it decodes them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from rowtide.changes import EncodedRecords
from rowtide.connect.record import EncodedBatch, Header, RecordBatch, RecordEncoder, SourceRecord
from rowtide.errors import ConnectError


class TransactionsBatch(RecordBatch):
    """The records of one run. They are bytes from the beginning, and are sent once."""

    def __init__(
        self,
        source_partition: Mapping[str, object],
        records: EncodedRecords,
        topics: Sequence[tuple[str, tuple[Header, ...]]],
        offset: Callable[[int], Mapping[str, object]],
    ) -> None:
        """Args: topics: by their number, with the headers of their records."""
        self.source_partition = source_partition
        self._records = records
        self._count = len(records)
        self._topics = topics
        self._offset = offset

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[SourceRecord]:
        """Raises ConnectError: what is encoded already is for Kafka alone."""
        raise ConnectError("Records that were encoded together cannot be looked at one by one.")

    def encode_batch(self, encoder: RecordEncoder) -> Iterator[EncodedBatch]:
        """One batch a topic; records of several topics are complete together."""
        batches = self._records.take_batches()
        for number, (topic, packed) in enumerate(batches, 1):
            name, constant = self._topics[topic]
            headers = encoder.encode_headers(name, constant)
            yield EncodedBatch(name, packed, headers, {}, self._count if number == len(batches) else 0)

    def source_offset(self, index: int) -> Mapping[str, object]:
        return self._offset(index)
