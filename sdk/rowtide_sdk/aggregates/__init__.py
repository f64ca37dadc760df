"""Rows of several tables that belong together, as one event for one transaction."""

from rowtide_sdk.aggregates.aggregator import AggregateEvent, Aggregator
from rowtide_sdk.aggregates.model import Aggregate, Part, Whole, many, one, ref
from rowtide_sdk.aggregates.store import Store

__all__ = ["Aggregate", "AggregateEvent", "Aggregator", "Part", "Store", "Whole", "many", "one", "ref"]
