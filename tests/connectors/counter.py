"""A source that counts: the connector that the runtime's own tests run."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from typing import ClassVar

from rowtide.config.definition import REQUIRED, ConfigDef, ConfigKey, Importance, Type, at_least
from rowtide.connect.plugins import Config, Offset, SourceConnector, SourceTask, TaskContext
from rowtide.connect.record import ListBatch, RecordBatch, SourceRecord
from rowtide.connect.schema import STRING
from rowtide.errors import BadRequestError, ConfigError, ConnectError


def _count(name: str, value: object) -> str | None:
    if value is None:
        return f"Invalid value null for configuration {name}: Value must be non-null"
    return at_least(0)(name, value)


def _burn(seconds: float) -> None:
    """Keeps a core busy."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        pass


class CounterTask(SourceTask):
    def __init__(self) -> None:
        self._config: Config = {}
        self._next = 0
        self._partition: Mapping[str, object] = {}

    def start(self, config: Config, context: TaskContext) -> None:
        if config.get("fail.start") == "true":
            raise ConfigError("fail.start is true.")
        self._config = config
        self._partition = {"counter": config["counter"]}
        stored = context.offset(self._partition)
        self._next = int(str(stored["position"])) + 1 if stored else 1

    def poll(self, timeout_s: float) -> Sequence[RecordBatch]:
        if self._config.get("burn") == "true":
            _burn(timeout_s)
        if self._next == int(self._config.get("fail.at", "0")):
            raise ConnectError(f"told to fail at {self._next}.")
        if self._next > int(self._config["count"]):
            time.sleep(min(timeout_s, 0.1))
            return []
        record = SourceRecord(self._config["topic"], None, None, None, STRING, str(self._next))
        batch = ListBatch(self._partition, {"position": self._next}, [record])
        self._next += 1
        return [batch]

    def stop(self) -> None:
        time.sleep(float(self._config.get("stop.s", "0")))


class CounterConnector(SourceConnector):
    java_class: ClassVar[str] = "org.example.CounterConnector"
    version: ClassVar[str] = "1.2.3"
    task_type: ClassVar[str] = "tests.connectors.counter:CounterTask"

    @classmethod
    def config_def(cls) -> ConfigDef:
        return ConfigDef(
            [
                ConfigKey("topic", Type.STRING, REQUIRED, "Where to.", Importance.HIGH, group="Counter", order=1),
                ConfigKey(
                    "count", Type.LONG, 10, "How far.", validator=_count, group="Counter", order=2, judges_missing=True
                ),
                ConfigKey("counter", Type.STRING, "c", "Name of the source partition."),
                ConfigKey("password", Type.PASSWORD, None, "Not used."),
            ]
        )

    def start(self, config: Config, request_reconfiguration: Callable[[], None]) -> None:
        if config.get("fail.connector") == "true":
            raise ConfigError("fail.connector is true.")

    def task_configs(self, max_tasks: int, config: Config) -> list[dict[str, str]]:
        tasks = min(max_tasks, int(config.get("tasks", "1")))
        base = {"count": "10", **config, "task.class": "org.example.CounterTask"}
        return [{**base, "counter": f"{config.get('counter', 'c')}{i or ''}"} for i in range(tasks)]

    def alter_offsets(self, config: Config, offsets: Sequence[tuple[Mapping[str, object], Offset | None]]) -> bool:
        for partition, offset in offsets:
            if list(partition) != ["counter"]:
                raise BadRequestError("The partition must be {'counter': <name>}.")
            if offset is not None and not isinstance(offset.get("position"), int):
                raise BadRequestError("The offset must be {'position': <integer>}.")
        return True
