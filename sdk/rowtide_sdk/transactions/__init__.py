"""Whole transactions: grouped over topics and partitions, in the source's order."""

from rowtide_sdk.transactions.consumer import TransactionConsumer
from rowtide_sdk.transactions.grouper import Item
from rowtide_sdk.transactions.key_change import KeyChange
from rowtide_sdk.transactions.policy import OnIncomplete, TransactionPolicy
from rowtide_sdk.transactions.unit import Change, WholeTransaction

__all__ = [
    "Change",
    "Item",
    "KeyChange",
    "OnIncomplete",
    "TransactionConsumer",
    "TransactionPolicy",
    "WholeTransaction",
]
