"""Where the real servers are that tests use; `bin/test` starts them, or `bin/services start` and its `env`."""

from __future__ import annotations

import os


def kafka() -> str:
    """Bootstrap servers, host:port."""
    return _variable("ROWTIDE_TEST_KAFKA")


def mariadb_port() -> int:
    """Port of MariaDB on 127.0.0.1: users root (no password) and cdc (password cdc)."""
    return int(_variable("ROWTIDE_TEST_MARIADB_PORT"))


def reference_url() -> str:
    """REST address of the Java worker with the real Debezium."""
    return _variable("ROWTIDE_TEST_REFERENCE")


def registry_url() -> str:
    """For `schema.registry.url`."""
    return _variable("ROWTIDE_TEST_REGISTRY")


def port_of(name: str) -> int:
    """Port on 127.0.0.1 of a server of another version, named as `bin/services` does."""
    for entry in _variable("ROWTIDE_TEST_SERVERS").split(","):
        server, _, port = entry.partition("=")
        if server == name:
            return int(port)
    raise LookupError(f"{name} does not run: bin/services start {name}")


def _variable(name: str) -> str:
    value = os.environ.get(name)
    if not value:
        raise LookupError(f'{name} is not set: run bin/test, or bin/services start and then eval "$(bin/services env)"')
    return value
