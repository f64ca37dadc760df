"""Our worker, beside the reference on the same broker."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from rowtide_dev.processes import Guard
from rowtide_dev.reference import worker_properties
from rowtide_dev.worker import Worker


@pytest.fixture(scope="session")
def worker_url(kafka_address: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder: Path = tmp_path_factory.mktemp("worker")
    worker = Worker(folder, kafka_address, worker_properties("reference-ours", flush_ms=1000))
    with Guard() as guard:
        worker.start(guard)
        yield worker.url
        worker.stop()
