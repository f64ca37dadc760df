"""Records of the config topic: their keys and values, as Connect writes and reads them.

Source of the format: connect/runtime KafkaConfigBackingStore of Apache Kafka 4.3.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping, Sequence

from rowtide.connect.json_text import dumps
from rowtide.kafka.log import Entry
from rowtide.runtime.storage.snapshot import Config, RestartRequest, SessionKey

CONNECTOR = "connector-"
TASK = "task-"
COMMIT = "commit-"
TARGET_STATE = "target-state-"
RESTART = "restart-connector-"
FENCING = "tasks-fencing-"
LOGGER = "logger-cluster-"
SESSION_KEY = "session-key"

STATES = ("STARTED", "PAUSED", "STOPPED")


def connector(name: str, config: Config | None) -> Entry:
    """None deletes the connector."""
    return _entry(CONNECTOR + name, None if config is None else {"properties": dict(config)})


def tasks(name: str, configs: Sequence[Config]) -> list[Entry]:
    return [_entry(f"{TASK}{name}-{index}", {"properties": dict(config)}) for index, config in enumerate(configs)]


def commit(name: str, count: int) -> Entry:
    return _entry(COMMIT + name, {"tasks": count})


def target_state(name: str, state: str | None) -> Entry:
    """None removes it. Workers older than 3.5 read `state` and know nothing of STOPPED."""
    if state is None:
        return _entry(TARGET_STATE + name, None)
    return _entry(TARGET_STATE + name, {"state": "PAUSED" if state == "STOPPED" else state, "state.v2": state})


def session_key(key: SessionKey) -> Entry:
    text = base64.b64encode(key.key).decode()
    return _entry(SESSION_KEY, {"key": text, "algorithm": key.algorithm, "creation-timestamp": key.created_ms})


def restart(request: RestartRequest) -> Entry:
    value = {"include-tasks": request.include_tasks, "only-failed": request.only_failed}
    return _entry(RESTART + request.connector, value)


def fencing(name: str, count: int) -> Entry:
    return _entry(FENCING + name, {"task-count": count})


def logger_level(namespace: str, level: str) -> Entry:
    return _entry(LOGGER + namespace, {"level": level})


def parse_task_key(key: str) -> tuple[str, int] | None:
    """Connector and index of a `task-` key; None for one that is none. A connector's name may hold dashes."""
    name, _, index = key[len(TASK) :].rpartition("-")
    if not index.isdecimal() or key.count("-") < 2:
        return None
    return name, int(index)


def parse_properties(value: object) -> Config | None:
    properties = value.get("properties") if isinstance(value, Mapping) else None
    return properties if isinstance(properties, Mapping) else None


def parse_state(value: object) -> str | None:
    if not isinstance(value, Mapping):
        return None
    state = value.get("state.v2")
    if state is None:
        state = value.get("state")
    return state if state in STATES else None


def parse_count(value: object, field: str) -> int | None:
    count = value.get(field) if isinstance(value, Mapping) else None
    return count if isinstance(count, int) and not isinstance(count, bool) else None


def parse_session_key(value: object) -> SessionKey | None:
    """None unless all fields are there with Java's types: `creation-timestamp` must be an integer."""
    created = parse_count(value, "creation-timestamp")
    if not isinstance(value, Mapping) or created is None:
        return None
    text, algorithm = value.get("key"), value.get("algorithm")
    if not isinstance(text, str) or not isinstance(algorithm, str):
        return None
    try:
        return SessionKey(base64.b64decode(text, validate=True), algorithm, created)
    except binascii.Error:
        return None


def parse_restart(name: str, value: object) -> RestartRequest | None:
    if not isinstance(value, Mapping):
        return None
    include_tasks, only_failed = value.get("include-tasks"), value.get("only-failed")
    return RestartRequest(name, include_tasks is True, only_failed is True)


def _entry(key: str, value: object) -> Entry:
    return key.encode(), None if value is None else dumps(value)
