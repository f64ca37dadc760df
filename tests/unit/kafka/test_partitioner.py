"""murmur2 against values that Kafka's Java client computed."""

from __future__ import annotations

import pytest

from rowtide.kafka.partitioner import murmur2, partition_of


@pytest.mark.parametrize(
    ("key", "hashed", "partitions", "partition"),
    [
        (b'["inv",{"server":"dbserver1"}]', -2095839402, 25, 21),
        (b'["inventory-connector",{"server":"dbserver1"}]', -1922584362, 25, 11),
        (b"status-connector-inv", 1401478341, 5, 1),
        (b"status-task-inv-0", 595699096, 5, 1),
        (b"status-topic-t:connector-inv", 53745773, 5, 3),
    ],
)
def test_keys_go_where_java_sends_them(key: bytes, hashed: int, partitions: int, partition: int) -> None:
    assert murmur2(key) == hashed
    assert partition_of(key, partitions) == partition
