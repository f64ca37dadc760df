"""Chains of transforms, and batches sent through them: by plans, or record by record."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from rowtide.connect.plugins import Predicate, Transformation
from rowtide.connect.record import EncodedBatch, EncodedRecord, RecordBatch
from rowtide.runtime.plugins import PluginKind, PluginRegistry, load
from rowtide.runtime.task.control import Control
from rowtide.runtime.task.encoder import TaskEncoder
from rowtide.runtime.task.sender import BatchSender, DestinationTopics
from rowtide.runtime.task.tolerance import ErrorOptions, ErrorTolerance, Interrupted
from rowtide.transforms.chain import TransformationChain, build_chain
from tests.differential.records import Setting, encoder_of

KAFKA, DEBEZIUM = "org.apache.kafka.connect.transforms.", "io.debezium.transforms."
UNWRAP = {"type": f"{DEBEZIUM}ExtractNewRecordState"}


class Installed:
    """Transforms and predicates by name."""

    def __init__(self) -> None:
        self._registry = PluginRegistry.declared()

    def transformation(self, name: str) -> type[Transformation]:
        return self._loaded(PluginKind.TRANSFORMATION, name)

    def predicate(self, name: str) -> type[Predicate]:
        return self._loaded(PluginKind.PREDICATE, name)

    def _loaded(self, kind: PluginKind, name: str) -> Any:
        plugin = self._registry.find(kind, name)
        assert plugin is not None, name
        return load(plugin)


INSTALLED = Installed()
PREDICATES = {
    "topic": {"type": f"{KAFKA}predicates.TopicNameMatches", "pattern": ".*\\.t"},
    "tombstone": {"type": f"{KAFKA}predicates.RecordIsTombstone"},
    "header": {"type": f"{KAFKA}predicates.HasHeaderKey", "name": "__debezium.newkey"},
}


def chain_of(*steps: Mapping[str, str]) -> TransformationChain:
    """A chain of these transforms, which may stand behind PREDICATES."""
    names = [f"x{i}" for i in range(len(steps))]
    config = {"transforms": ",".join(names), "predicates": ",".join(PREDICATES)}
    for name, step in zip(names, steps, strict=True):
        config |= {f"transforms.{name}.{key}": value for key, value in step.items()}
    for name, options in PREDICATES.items():
        config |= {f"predicates.{name}.{key}": value for key, value in options.items()}
    return build_chain(config, INSTALLED)


class Kept:
    """Keeps what is sent, as a producer that has always room, or for so many records."""

    def __init__(self, room: int | None = None) -> None:
        self.records: list[EncodedRecord] = []
        self._room = room

    def send(self, record: EncodedRecord) -> None:
        if self._room is not None and len(self.records) >= self._room:
            raise Interrupted
        self.records.append(record)

    def send_batch(self, batch: EncodedBatch) -> Iterator[int]:
        pairs = zip(batch.records.keys(), batch.records.values(), strict=True)
        for i, (key, value) in enumerate(pairs):
            self.send(EncodedRecord(batch.topic, None, key, value, batch.own_headers.get(i, batch.headers)))
            yield i + 1


class Way:
    """Sends the batches of one connector."""

    def __init__(
        self,
        setting: Setting,
        chain: TransformationChain,
        *,
        planned: bool,
        skip: bool = False,
        room: int | None = None,
    ) -> None:
        plain = encoder_of(setting)
        encoder = TaskEncoder(plain.converters, chain if planned else None)
        tolerance = ErrorTolerance("c-0", ErrorOptions(skip=skip), Control())
        self.planned = 0
        """Batches that have a plan."""
        self._chained = planned
        self.kept = Kept(room)
        self.encoder = encoder
        producer: Any = self.kept
        self._sender = BatchSender(chain, encoder, tolerance, producer, DestinationTopics(None, None))

    def send(self, make: Callable[[], RecordBatch]) -> list[object]:
        """What is stored afterwards: how far it came, and the offset; or what went wrong."""
        try:
            batch = make()
            if len(batch) == 0:
                return []
            self._sender.send(batch)
            self.planned += self._chained and batch.encode_batch(self.encoder) is not None
        except Exception as error:
            return [_told(error)]
        covered = self._sender.covered
        offset = batch.source_offset(covered - 1) if covered else None
        return [self._sender.done, covered, offset, self._sender.tolerance_counts.total_records_skipped]

    @property
    def covered(self) -> int:
        return self._sender.covered


def _told(error: BaseException | None) -> str:
    return "" if error is None else f"{type(error).__name__}: {error}; {_told(error.__cause__)}"
