"""Errors of the scripts."""

from __future__ import annotations


class DevError(Exception):
    """Something that the run needs can't be had; the message says what, and where to look."""
