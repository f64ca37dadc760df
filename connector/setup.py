"""Builds rowtide with its compiled engine where Rust is there; everything else is declared in pyproject.toml.

ROWTIDE_NATIVE: auto (with cargo at hand, and without failing when the build fails), require (fail), off.
"""

import os
import shutil
from importlib.util import find_spec
from pathlib import Path

from setuptools import setup
from setuptools.command.bdist_wheel import bdist_wheel

MODE = os.environ.get("ROWTIDE_NATIVE", "auto")
MODULE = "rowtide._native"

if MODE not in ("auto", "require", "off"):
    raise SystemExit(f"ROWTIDE_NATIVE={MODE} is none of auto, require and off.")

extensions = []
if MODE == "require" or (MODE == "auto" and shutil.which("cargo") and find_spec("setuptools_rust")):
    from setuptools_rust import Binding, RustExtension

    extensions.append(
        RustExtension(
            MODULE,
            path="rust/binding/Cargo.toml",
            binding=Binding.PyO3,
            optional=MODE != "require",
            py_limited_api="auto",
            debug=False,
            args=["--locked"],
        )
    )


class HonestWheel(bdist_wheel):
    """Tags a wheel that lost its extension as pure Python, since that is what it is."""

    def get_tag(self) -> tuple[str, str, str]:
        library = Path(self.get_finalized_command("build").build_lib)
        if extensions and not any(library.rglob("_native*.so")):
            self.root_is_pure = True
            return ("py3", "none", "any")
        return super().get_tag()


setup(
    rust_extensions=extensions,
    cmdclass={"bdist_wheel": HonestWheel},
    options={"bdist_wheel": {"py_limited_api": "cp311"}} if extensions else {},
)
