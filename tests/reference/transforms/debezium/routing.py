from dataclasses import replace

from rowtide.connect.schema import INT64, STRING, Struct, struct
from tests.reference.transforms.comparison import Case
from tests.reference.transforms.debezium.samples import CHANGES, EVENTS, FULL, STRANGE, change

CLASS = "io.debezium.transforms.ByLogicalTableRouter"
_SHARDS = {"topic.regex": "(.*)orders(.*)", "topic.replacement": "$1all-orders"}
_HAS_FIELD = struct("shop.app.orders_3.Key", ("id", INT64), ("__dbz__physicalTableIdentifier", STRING))
_CLASH = replace(
    change("c", None, FULL, topic="shop.app.orders_3"), key_schema=_HAS_FIELD, key=Struct(_HAS_FIELD, (1, "x"))
)
_RECORDS = (*EVENTS, *STRANGE, _CLASH)

CASES = [
    Case(str(config), CLASS, config, _RECORDS)
    for config in (
        _SHARDS,
        {**_SHARDS, "key.enforce.uniqueness": "false"},
        {**_SHARDS, "key.field.name": "shard", "logical.table.cache.size": "1"},
        {**_SHARDS, "key.field.regex": r"(.*)orders_(\d)", "key.field.replacement": "$2"},
        {**_SHARDS, "key.field.regex": "  ", "key.field.name": "id"},
        {**_SHARDS, "schema.name.adjustment.mode": "avro"},
        {**_SHARDS, "schema.name.adjustment.mode": "AVRO_UNICODE"},
        {"topic.regex": "shop.app.(?<table>.*)", "topic.replacement": "${table}"},
        {"topic.regex": "shop.app.(.*)", "topic.replacement": ""},
        {"topic.regex": "(x?)shop.*", "topic.replacement": "$1"},
        {"topic.regex": "shop.*", "topic.replacement": "$1"},
        {"topic.regex": "shop", "topic.replacement": "x"},
        {"topic.regex": ".*", "topic.replacement": r"a\$b"},
        {"topic.regex": "SHOP.*", "topic.replacement": "x"},
        {"topic.regex": "(", "topic.replacement": "x"},
        {"topic.regex": " ", "topic.replacement": "x"},
        {"topic.replacement": "x"},
        {},
        {**_SHARDS, "key.field.regex": "(.*)"},
        {**_SHARDS, "key.field.regex": "[", "key.field.replacement": "x"},
        {**_SHARDS, "key.enforce.uniqueness": "perhaps"},
        {**_SHARDS, "logical.table.cache.size": "many"},
        {**_SHARDS, "schema.name.adjustment.mode": "latin"},
    )
] + [Case("partition", CLASS, _SHARDS, [replace(record, partition=2, timestamp=5) for record in CHANGES])]
