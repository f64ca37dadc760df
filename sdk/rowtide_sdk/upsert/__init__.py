"""Rows of the source kept in another database, exactly once in effect."""

from rowtide_sdk.upsert.sqlite import SqliteTarget
from rowtide_sdk.upsert.table import TargetTable
from rowtide_sdk.upsert.upserter import Upserter, same_name

__all__ = ["SqliteTarget", "TargetTable", "Upserter", "same_name"]
