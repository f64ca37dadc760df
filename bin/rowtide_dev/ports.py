"""Loopback ports that are free, chosen once and remembered in a file."""

from __future__ import annotations

import json
import random
import socket
from pathlib import Path

from rowtide_dev.errors import DevError

HOST = "127.0.0.1"
# Below the range that Linux gives to outgoing connections (32768 and up): a server that is restarted must find its
# port free, and a client that retries a closed port of that range can even end up connected to itself.
RANGE = range(20_000, 32_000)
ATTEMPTS = 200


def is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True


def listens(port: int) -> bool:
    try:
        with socket.create_connection((HOST, port), timeout=1):
            return True
    except OSError:
        return False


def remembered(path: Path) -> dict[str, int]:
    """The ports of the file; empty when nothing was chosen yet."""
    if not path.exists():
        return {}
    found: dict[str, int] = json.loads(path.read_text())
    return found


def choose(path: Path, names: tuple[str, ...]) -> dict[str, int]:
    """A free port for each name: the remembered one where it is still free, else another, which is remembered then."""
    before = remembered(path)
    chosen: dict[str, int] = {}
    for name in names:
        port = before.get(name)
        if port is None or not is_free(port):
            port = _any_free(taken=set(chosen.values()))
        chosen[name] = port
    remember(path, chosen)
    return chosen


def remember(path: Path, chosen: dict[str, int]) -> None:
    path.write_text(json.dumps(chosen) + "\n")


def _any_free(taken: set[int]) -> int:
    for _ in range(ATTEMPTS):
        port = random.choice(RANGE)
        if port not in taken and is_free(port):
            return port
    raise DevError(f"no free port between {RANGE.start} and {RANGE.stop} after {ATTEMPTS} attempts")
