"""The real servers as fixtures; a test that asks for one that isn't there fails, it is never skipped."""

from __future__ import annotations

import pytest

from tests import servers


@pytest.fixture(scope="session")
def kafka_address() -> str:
    return servers.kafka()


@pytest.fixture(scope="session")
def mariadb_port() -> int:
    return servers.mariadb_port()


@pytest.fixture(scope="session")
def reference_url() -> str:
    return servers.reference_url()
