"""Typed rows from Debezium-format topics."""

from rowtide_sdk.column import Column
from rowtide_sdk.commits import CommitPolicy, StoredOffsets
from rowtide_sdk.consumer import Consumer
from rowtide_sdk.decoder import Decoder, decode_message
from rowtide_sdk.decoding import Decoding
from rowtide_sdk.errors import (
    BrokerError,
    CommitError,
    ConfigError,
    DecodeError,
    HandlerError,
    IncompleteTransactionError,
    MessageError,
    RegistryError,
    SdkError,
    TargetError,
)
from rowtide_sdk.events import (
    AnyEvent,
    ChangeEvent,
    Delete,
    Event,
    Heartbeat,
    Insert,
    Read,
    RowEvent,
    SchemaChange,
    TableChange,
    Tombstone,
    TransactionBoundary,
    Truncate,
    Unknown,
    Update,
)
from rowtide_sdk.geometry import Geometry, Point
from rowtide_sdk.gtid import Gtid, GtidSet
from rowtide_sdk.message import RawMessage
from rowtide_sdk.position import Position, PositionTracker
from rowtide_sdk.registry import Registry
from rowtide_sdk.row import Row
from rowtide_sdk.rows import Rows
from rowtide_sdk.source import Source, Transaction
from rowtide_sdk.transactions import KeyChange, TransactionConsumer, TransactionPolicy, WholeTransaction
from rowtide_sdk.unset import UNSET, Unset
from rowtide_sdk.version import VERSION

__version__ = VERSION

__all__ = [
    "UNSET",
    "AnyEvent",
    "BrokerError",
    "ChangeEvent",
    "Column",
    "CommitError",
    "CommitPolicy",
    "ConfigError",
    "Consumer",
    "DecodeError",
    "Decoder",
    "Decoding",
    "Delete",
    "Event",
    "Geometry",
    "Gtid",
    "GtidSet",
    "HandlerError",
    "Heartbeat",
    "IncompleteTransactionError",
    "Insert",
    "KeyChange",
    "MessageError",
    "Point",
    "Position",
    "PositionTracker",
    "RawMessage",
    "Read",
    "Registry",
    "RegistryError",
    "Row",
    "RowEvent",
    "Rows",
    "SchemaChange",
    "SdkError",
    "Source",
    "StoredOffsets",
    "TableChange",
    "TargetError",
    "Tombstone",
    "Transaction",
    "TransactionBoundary",
    "TransactionConsumer",
    "TransactionPolicy",
    "Truncate",
    "Unknown",
    "Unset",
    "Update",
    "WholeTransaction",
    "decode_message",
]
