"""The same requests to a real Java worker and to ours: the same status, the same shape, the same texts.

`KNOWN` and `_comparable` are the exceptions, which docs/differences.md lists as well.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from rowtide_dev.reference import worker_properties
from tests.cluster.cluster import Cluster
from tests.cluster.java_worker import java_worker
from tests.cluster.rest_comparison import ask, differences
from tests.cluster.rest_sequence import Step, steps

pytestmark = [pytest.mark.kafka, pytest.mark.reference, pytest.mark.timeout(1200)]

QUICK = {"scheduled.rebalance.max.delay.ms": "0"}


@dataclass(frozen=True, slots=True)
class Known:
    """Requests, by a pattern of their names, whose answers differ on purpose: statuses of Java's worker and of ours."""

    pattern: str
    theirs: int
    ours: int
    why: str


KNOWN = (
    Known(r'"topic": null', 201, 400, "nulls are refused"),
    Known(r"DELETE \S+-null$", 204, 404, "for the connector of the former"),
    Known(r'PATCH \S+-a/config .*\{"name": "\S+-b"\}', 200, 400, "a connector's name cannot be changed"),
    Known(r'"partition": null', 200, 400, "a partition is an object"),
    Known(r"/fence$", 400, 404, "there is no fencing yet"),
    Known(r"%2F", 400, 404, "Jetty refuses slashes in names, however they are written"),
    Known(r'validate \{.*"topic": null', 200, 200, "nulls are refused"),
    # The client's mistakes that Java's worker answers by 500.
    Known(r"^(POST|PUT|PATCH) ", 500, 400, "malformed bodies, and unknown classes in validation"),
)
MESSAGES = (
    # Theirs show the whole configuration, secrets that config providers gave included.
    r"contains no connector type",
    # Theirs list the plugins with all that is known of them.
    r"Failed to find any class that implements Connector and which name matches Nothing, available connectors are: ",
)


@pytest.fixture(scope="module")
def urls(
    tmp_path_factory: pytest.TempPathFactory, scratch: Path, group: str, bootstrap: str
) -> Iterator[dict[str, str]]:
    folder = tmp_path_factory.mktemp("java")
    properties = {**worker_properties(f"{group}-java", flush_ms=500), **QUICK}
    cluster = Cluster(scratch, f"{group}-ours", bootstrap, **QUICK)
    with java_worker(folder, bootstrap, properties) as java:
        try:
            yield {"theirs": java.url, "ours": cluster.add().rest.url}
        finally:
            cluster.close()


def test_every_answer_is_the_same_or_a_known_exception(urls: dict[str, str]) -> None:
    found: list[str] = []
    count = 0
    used: set[str] = set()
    for step in steps(f"u{uuid.uuid4().hex[:6]}"):
        count += 1
        known = _known(step, *(ask(urls[name], step) for name in ("theirs", "ours")))
        if isinstance(known, Known):
            used.add(known.pattern)
        elif known:
            found += [f"{step.name}", *(f"    {line}" for line in known[:20])]
    assert count >= 120
    assert not found, "\n".join(found)
    assert used == {known.pattern for known in KNOWN}, "an exception is none any more"


def _known(step: Step, theirs: dict[str, Any], ours: dict[str, Any]) -> Known | list[str]:
    """The exception that explains the two answers, else their differences."""
    for known in KNOWN:
        if re.search(known.pattern, step.name) and (theirs["status"], ours["status"]) == (known.theirs, known.ours):
            return known
    return differences(_comparable(theirs, step), _comparable(ours, step))


def _comparable(answer: Any, step: Step) -> Any:
    """Without what may differ everywhere: prose, what is installed, traces, times, the order of sets."""
    body = answer["body"]
    headers = dict(answer["headers"])
    if answer["status"] >= 400:
        headers.pop("Content-Type", None)  # Java's worker leaves it out of some errors
    if "Allow" in headers:
        headers["Allow"] = sorted(headers["Allow"].replace(",", " ").split())
        body = sorted(body.replace(",", " ").split())
    if step.path.rstrip("/") == "/connectors" and isinstance(body, list):
        body = sorted(body)
    if isinstance(body, dict) and "configs" in body:
        entries = {(entry["definition"] or entry["value"])["name"]: entry for entry in body["configs"]}
        body = {**body, "groups": sorted(body["groups"]), "configs": _without_plugins(dict(sorted(entries.items())))}
    return {**answer, "headers": headers, "body": _reworded(body)}


def _without_plugins(entries: dict[str, Any]) -> dict[str, Any]:
    """Recommended classes, and versions, are what is installed; Kafka's definitions of client options are not known."""
    for name, entry in entries.items():
        definition = entry["definition"] or {}
        if definition.get("type") == "CLASS":
            entry["value"]["recommended_values"] = []
        if name.endswith(".plugin.version"):
            definition["default_value"] = definition["default_value"] is not None
            entry["value"] = len(entry["value"]["recommended_values"])
        if name.startswith("producer.override."):
            entry["definition"] = None
    return entries


def _reworded(value: Any, key: str = "") -> Any:
    if isinstance(value, dict):
        return {name: _reworded(each, name) for name, each in value.items() if name != "documentation"}
    if isinstance(value, list):
        return [_reworded(each, key) for each in value]
    if key in ("trace", "commit", "last_modified", "kafka_cluster_id"):
        return value is not None
    if key == "message" and isinstance(value, str):
        return next((pattern for pattern in MESSAGES if pattern in value), value)
    if key == "errors" and isinstance(value, str):
        return re.sub("(Invalid regex: ).*", r"\1", value)
    return value
