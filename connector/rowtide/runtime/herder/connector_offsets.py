"""The stored offsets of one connector, wherever it keeps them: the worker's topic, its own, or both.

As in Kafka Connect, entries of a connector's own topic (`offsets.storage.topic`) cover those of the worker's.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from rowtide.errors import BadRequestError, ConfigError
from rowtide.kafka.admin import Admin
from rowtide.kafka.settings import worker_client_properties
from rowtide.runtime.config import WorkerConfig
from rowtide.runtime.storage.log_factory import topic_log_factory
from rowtide.runtime.storage.offsets import OffsetStore
from rowtide.runtime.storage.snapshot import Config
from rowtide.runtime.storage.topics import ensure_internal_topic, internal_topic
from rowtide.runtime.validation.guard import ConnectorGuard

Stored = list[tuple[dict[str, object], dict[str, object]]]
Changes = Sequence[tuple[Mapping[str, object], Mapping[str, object] | None]]

BUDGET_S = 60.0
_OWN_TOPIC = "offsets.storage.topic"
_WORKER_TOPIC = "offset.storage.topic"


class ConnectorOffsets:
    """Waits for Kafka: for a pool, never for the herder's thread. Raises KafkaUnavailableError where Kafka is away."""

    def __init__(self, config: WorkerConfig, shared: OffsetStore) -> None:
        self._config = config
        self._shared = shared
        self._guard = ConnectorGuard(config)

    def read(self, name: str, raw: Config) -> Stored:
        """Source partitions with their offsets. Raises ConnectError when a stored one cannot be decoded."""
        self._shared.read_to_end(BUDGET_S)
        found = self._shared.offsets(name)
        with self._own_store(raw, create=False) as own:
            covering = [] if own is None else own.offsets(name)
        covered = [partition for partition, _ in covering]
        return covering + [entry for entry in found if entry[0] not in covered]

    def write(self, name: str, raw: Config, changes: Changes) -> None:
        """Stores offsets, None deletes, in every topic that the connector's tasks read."""
        with self._own_store(raw, create=True) as own:
            self._shared.read_to_end(BUDGET_S)
            if own is not None:
                # Deletions in the covered topic come first: a failure in between must not uncover old offsets.
                deletions = [change for change in changes if change[1] is None]
                if deletions:
                    self._shared.put(name, deletions, BUDGET_S)
                own.put(name, changes, BUDGET_S)
            self._shared.put(name, changes, BUDGET_S)

    @contextmanager
    def _own_store(self, raw: Config, *, create: bool) -> Iterator[OffsetStore | None]:
        """The store on the connector's own topic, read to its end; None when it has none."""
        config = self._resolved(raw)
        topic = config.get(_OWN_TOPIC, "").strip()
        if topic in ("", self._config.text(_WORKER_TOPIC)) or not self._exists(topic, config, create=create):
            yield None
            return
        properties = {**self._properties("consumer", config), **self._properties("producer", config)}
        store = OffsetStore(topic_log_factory(topic, properties))
        try:
            store.start(BUDGET_S)
            yield store
        finally:
            store.close()

    def _exists(self, topic: str, config: Mapping[str, str], *, create: bool) -> bool:
        admin = Admin(self._properties("admin", config))
        try:
            if create:
                ensure_internal_topic(admin, internal_topic("offset", {**self._config.resolved, _WORKER_TOPIC: topic}))
                return True
            return admin.topic_partitions(topic) is not None
        finally:
            admin.close()

    def _resolved(self, raw: Config) -> dict[str, str]:
        try:
            resolved = self._config.resolver.resolve({name: value for name, value in raw.items() if value is not None})
            self._guard.check(resolved)
        except ConfigError as error:
            raise BadRequestError(str(error)) from error
        return resolved

    def _properties(self, kind: str, config: Mapping[str, str]) -> dict[str, str]:
        prefix = f"{kind}.override."
        overrides = {name[len(prefix) :]: value for name, value in config.items() if name.startswith(prefix)}
        return worker_client_properties(self._config.resolved, f"{kind}.", overrides)
