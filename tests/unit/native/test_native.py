"""Which engine is chosen, and what is refused."""

from __future__ import annotations

import sys
from types import ModuleType

import pytest

from rowtide import native
from rowtide.errors import ConfigError
from rowtide.version import VERSION


@pytest.fixture
def fresh(monkeypatch: pytest.MonkeyPatch):
    """The extension is looked for anew, in the test and after it."""
    native.extension.cache_clear()
    yield monkeypatch
    native.extension.cache_clear()


def _module(abi: int) -> ModuleType:
    module = ModuleType("rowtide._native")
    module.ABI = abi  # type: ignore[attr-defined]
    return module


def test_the_extension_is_of_this_version() -> None:
    module = native.extension()
    assert module is not None, "build it: bin/setup native"
    assert module.ABI == native.ABI
    assert module.__version__ == VERSION


@pytest.mark.parametrize("value", ["native", " Native "])
def test_the_native_engine_is_chosen_by_name(value: str) -> None:
    assert native.engine({"ROWTIDE_ENGINE": value}) == "native"


def test_the_reference_engine_is_chosen_by_name() -> None:
    assert native.engine({"ROWTIDE_ENGINE": "reference"}) == "reference"


def test_an_extension_of_another_version_is_refused(fresh: pytest.MonkeyPatch) -> None:
    fresh.setitem(sys.modules, "rowtide._native", _module(native.ABI + 1))
    with pytest.raises(ConfigError, match=f"interface {native.ABI + 1}"):
        native.extension()


def test_without_extension_native_is_refused_and_says_how_to_get_it(fresh: pytest.MonkeyPatch) -> None:
    fresh.setitem(sys.modules, "rowtide._native", None)
    with pytest.raises(ConfigError, match="ROWTIDE_NATIVE=require"):
        native.engine({"ROWTIDE_ENGINE": "native"})


def test_auto_is_native_where_it_was_built() -> None:
    assert native.engine({}) == "native"
    assert native.engine({"ROWTIDE_ENGINE": "auto"}) == "native"


def test_without_extension_auto_is_the_reference_with_one_warning(
    fresh: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    fresh.setitem(sys.modules, "rowtide._native", None)
    native._warn_of_reference.cache_clear()
    assert [native.engine({}) for _ in range(3)] == ["reference"] * 3
    assert [record.message for record in caplog.records if "ROWTIDE_NATIVE=require" in record.message] == [
        caplog.records[0].message
    ]
