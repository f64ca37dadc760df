"""The compiled engine: finds it, checks that it belongs to this version, and says which engine a process runs.

Python above asks here and nowhere else. Without the extension everything runs, slower, on the reference engine.
"""

from __future__ import annotations

import importlib
import logging
import os
from collections.abc import Mapping
from functools import lru_cache
from types import ModuleType
from typing import Literal

from rowtide.errors import ConfigError

log = logging.getLogger(__name__)

ENGINE_VARIABLE = "ROWTIDE_ENGINE"
ABI = 8
"""The `_native.ABI` that this package was written for."""

Engine = Literal["reference", "native"]
_MODULE = "rowtide._native"
_HOW = "Install a wheel for this platform, or install from source with Rust (cargo) and ROWTIDE_NATIVE=require."


@lru_cache(maxsize=1)
def extension() -> ModuleType | None:
    """The compiled module, None where it was not built.

    Raises:
        ConfigError: it was built, and cannot be used.
    """
    try:
        module = importlib.import_module(_MODULE)
    except ModuleNotFoundError as error:
        if error.name == _MODULE:
            return None
        raise ConfigError(f"The native engine cannot be loaded: {error}.", hint=_HOW) from error
    except ImportError as error:
        raise ConfigError(f"The native engine cannot be loaded: {error}.", hint=_HOW) from error
    if module.ABI != ABI:
        raise ConfigError(
            f"The native engine has interface {module.ABI} where this version of rowtide needs {ABI}.", hint=_HOW
        )
    return module


def engine(environment: Mapping[str, str] = os.environ) -> Engine:
    """Which engine ROWTIDE_ENGINE asks for: reference, native, or auto, which is native where that was built.

    Raises:
        ConfigError: asked for by name and not there, or not a name.
    """
    wanted = environment.get(ENGINE_VARIABLE, "").strip().lower() or "auto"
    if wanted == "reference":
        return "reference"
    if wanted not in ("auto", "native"):
        raise ConfigError(f"{ENGINE_VARIABLE}={wanted} is none of auto, reference and native.")
    if extension() is None:
        if wanted == "auto":
            _warn_of_reference()
            return "reference"
        raise ConfigError(
            f"{ENGINE_VARIABLE}=native, but this installation has no native engine.",
            hint=f"Use auto or reference. {_HOW}",
        )
    return "native"


@lru_cache(maxsize=1)
def _warn_of_reference() -> None:
    """Once a process."""
    log.warning("Rows are decoded in Python, about ten times slower: this installation has no native engine. %s", _HOW)


def required() -> ModuleType:
    """The compiled module, for code that runs only under the native engine."""
    module = extension()
    assert module is not None
    return module
