"""The JVM with the originals, one for all tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.reference.transforms.comparison import Java


@pytest.fixture(scope="session")
def java(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Java]:
    machine = Java(tmp_path_factory.mktemp("java") / "log")
    try:
        yield machine
    finally:
        machine.close()
