"""Topics of their own for tests of the Kafka layer, deleted afterwards."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator

import pytest

from rowtide.kafka.admin import Admin

MakeTopic = Callable[..., str]


@pytest.fixture(scope="session")
def properties(kafka_bootstrap: str) -> dict[str, str]:
    return {"bootstrap.servers": kafka_bootstrap}


@pytest.fixture(scope="session")
def admin(properties: dict[str, str]) -> Iterator[Admin]:
    admin = Admin(properties)
    yield admin
    admin.close()


@pytest.fixture
def make_topic(admin: Admin) -> Iterator[MakeTopic]:
    """Makes a name; creates the topic, compacted, unless `partitions` is 0."""
    names: list[str] = []

    def make(partitions: int = 1, **configs: str) -> str:
        names.append(f"k-test-{uuid.uuid4().hex[:12]}")
        if partitions:
            admin.ensure_topic(names[-1], partitions, 1, {"cleanup.policy": "compact", **configs})
        return names[-1]

    yield make
    for name in names:
        admin.delete_topic(name)
