"""Schema history: its records, where they are kept, which statements are recorded, and recovery from it."""

from rowtide.tables.history.kafka import KafkaHistoryStore
from rowtide.tables.history.record import HistoryRecord
from rowtide.tables.history.recovery import RecoveryFacts, recover
from rowtide.tables.history.scope import HistoryScope
from rowtide.tables.history.store import FileHistoryStore, HistoryStore, MemoryHistoryStore

__all__ = [
    "FileHistoryStore",
    "HistoryRecord",
    "HistoryScope",
    "HistoryStore",
    "KafkaHistoryStore",
    "MemoryHistoryStore",
    "RecoveryFacts",
    "recover",
]
