"""Every module of both distributions can be imported, also those that only an optional part of the program needs."""

from __future__ import annotations

import importlib
import pkgutil

import pytest

import rowtide
import rowtide_sdk


def modules() -> list[str]:
    return [
        module.name
        for package in (rowtide, rowtide_sdk)
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}.")
        if not module.name.endswith("__main__")
    ]


@pytest.mark.parametrize("name", modules())
def test_imports(name: str) -> None:
    importlib.import_module(name)
