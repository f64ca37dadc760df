from dataclasses import replace

from rowtide.connect.record import Header
from rowtide.connect.schema import OPTIONAL_STRING, STRING, array
from tests.reference.transforms.comparison import Case
from tests.reference.transforms.debezium.samples import CHANGES, EVENTS, FULL, STRANGE, change

CLASS = "io.debezium.transforms.ExtractNewRecordState"
_MODE = "delete.tombstone.handling.mode"
_MODES = ("drop", "tombstone", "rewrite", "rewrite-with-tombstone", "delete-to-tombstone")
_DROP = {"drop.fields.header.name": "drop", "add.fields": "op"}
_REFERENCES = (
    "source", "before", "op:a:b", ":x", "op:", "source.", ".op", "a.b.c", "nothing.op", "op.x", "op,op", "op,,db",
    "updateDescription", "source.table,table", "ts_ns:id", "before.name", "after.name,name,after.nothing",
    "transaction.op",
)  # fmt: skip
_LISTED = array(OPTIONAL_STRING, optional=True, name="unchanged")
_DROPPING = tuple(
    replace(record, headers=(*record.headers, Header("drop", _LISTED, names)))
    for record in CHANGES
    for names in (["name", "id"], [], None, ["topic", "region", "nothing", "__deleted", "__op"])
)
_NOT_LISTED = replace(CHANGES[0], headers=(Header("drop", STRING, "name"),))
_NAMED = change("c", None, (1, "other.topic", *FULL[2:]))
_BLANK = change("c", None, (1, " ", *FULL[2:]))

CASES = [
    Case(str(config), CLASS, config, (*EVENTS, *STRANGE))
    for mode in _MODES
    for config in (
        {_MODE: mode},
        {_MODE: mode, "replace.null.with.default": "false", "add.fields": "op,table,source.ts_ms,lsn"},
        {
            _MODE: mode,
            "add.fields": "op, ts_ms,transaction.id,total_order,source.snapshot:snap,transaction.total_order:order",
            "add.headers": "db,op,transaction.id,source.gtid:gtid,id",
        },
        {
            _MODE: f" {mode.upper()} ",
            "add.fields": "op,db",
            "add.fields.prefix": "",
            "add.headers.prefix": "x.",
            "add.headers": "op:operation,nothing",
        },
    )
] + [
    *(
        Case(f"{mode} {field}", CLASS, {_MODE: mode, "route.by.field": field}, (*CHANGES, _NAMED, _BLANK))
        for mode in _MODES
        for field in ("topic", "nothing", "count", "__deleted", "name")
    ),
    *(
        Case(f"{mode} {more}", CLASS, {_MODE: mode, **_DROP, **more}, _DROPPING)
        for mode in ("drop", "tombstone", "rewrite", "rewrite-with-tombstone")
        for more in (
            {},
            {"drop.fields.from.key": "true"},
            {"drop.fields.keep.schema.compatible": "false"},
            {"drop.fields.keep.schema.compatible": "false", "drop.fields.from.key": "true"},
        )
    ),
    Case("not a list", CLASS, {"drop.fields.header.name": "drop"}, [_NOT_LISTED]),
    *(
        Case(f"{name} {fields}", CLASS, {name: fields}, CHANGES)
        for name in ("add.fields", "add.headers")
        for fields in _REFERENCES
    ),
    *(
        Case(str(config), CLASS, config, EVENTS)
        for config in (
            {_MODE: "none"},
            {_MODE: ""},
            {"drop.fields.from.key": "yes"},
            {"replace.null.with.default": "no", _MODE: "rewrite"},
            {"add.fields": ""},
            {"drop.fields.header.name": " ", "unknown": "x"},
        )
    ),
]  # fmt: skip
