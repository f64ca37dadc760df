"""The command `rowtide`."""

from rowtide.cli.main import main

__all__ = ["main"]
