"""Where the services of the integration tests are."""

from __future__ import annotations

import os

import pytest


@pytest.fixture(scope="session")
def kafka_bootstrap() -> str:
    """host:port of the broker: environment variable ROWTIDE_TEST_KAFKA, else the one that bin/services starts."""
    return os.environ.get("ROWTIDE_TEST_KAFKA", "127.0.0.1:9092")
