"""Typed rows from Debezium-format topics."""

from rowtide_sdk.version import VERSION

__version__ = VERSION
