"""Rows of the source kept in another database, exactly once in effect.

The targets are in modules of their own, as their drivers are extras: `.sqlite`, `.postgres` and `.mysql`.
"""

from rowtide_sdk.upsert.table import TargetTable
from rowtide_sdk.upsert.upserter import Upserter, same_name

__all__ = ["TargetTable", "Upserter", "same_name"]
