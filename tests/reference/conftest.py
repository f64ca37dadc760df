"""Our worker, beside the reference on the same broker."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests import servers
from tests.reference.batch import Places
from tests.reference.compare import worker


@pytest.fixture(scope="session")
def worker_url(kafka_address: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with worker(kafka_address, tmp_path_factory.mktemp("worker")) as url:
        yield url


@pytest.fixture(scope="session")
def places(reference_url: str, worker_url: str, kafka_address: str) -> Places:
    return Places({"reference": reference_url, "ours": worker_url}, kafka_address, servers.registry_url())
