"""Ports are chosen once, remembered, and changed only when they are taken."""

from __future__ import annotations

import socket
from pathlib import Path

from rowtide_dev import ports


def test_a_chosen_port_is_remembered(tmp_path: Path) -> None:
    first = ports.choose(tmp_path / "ports", ("a", "b"))
    assert len(set(first.values())) == 2
    assert all(port in ports.RANGE for port in first.values())
    assert ports.choose(tmp_path / "ports", ("a", "b")) == first == ports.remembered(tmp_path / "ports")


def test_a_port_that_somebody_took_is_changed(tmp_path: Path) -> None:
    first = ports.choose(tmp_path / "ports", ("a", "b"))
    with socket.create_server((ports.HOST, first["a"])):
        second = ports.choose(tmp_path / "ports", ("a", "b"))
    assert second["a"] != first["a"]
    assert second["b"] == first["b"]
    assert ports.remembered(tmp_path / "ports") == second
