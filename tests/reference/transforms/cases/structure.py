import datetime
from dataclasses import replace
from decimal import Decimal

from rowtide.connect.schema import INT32, INT64, OPTIONAL_STRING, STRING, Schema, SchemaType, Struct, array, struct
from tests.reference.transforms.cases import both
from tests.reference.transforms.cases.fields import _MORE
from tests.reference.transforms.comparison import Case
from tests.reference.transforms.samples import ADDRESS, TAGS, record

_INNER = struct("inner", ("x", INT32), ("y", Schema(SchemaType.STRING, default="why")), ("z", OPTIONAL_STRING))
_INNER_DEFAULT = replace(_INNER, default=Struct(_INNER, (5, None, "zed")), optional=True)
_DEEP = struct(
    "deep",
    ("a", replace(_INNER, optional=True)),
    ("b", struct(None, ("c", _INNER), ("d", array(STRING)))),
    doc="d",
    version=2,
)
_WITH_DEFAULT = struct("with default", ("a", _INNER_DEFAULT), ("n", INT64))
_MAPPED = struct("mapped", ("id", INT32), ("tags", TAGS))
_OPTIONAL = replace(_DEEP, optional=True)
_CLASH = struct("clash", ("a.x", INT32), ("a", struct(None, ("x", INT32))))
_WHEN = datetime.datetime(2023, 11, 14, tzinfo=datetime.UTC)


def _deep(a: Struct | None, schema: Schema = _DEEP) -> Struct:
    c = Struct(_INNER, (2, None, None))
    return Struct(schema, (a, Struct(schema.field("b"), (c, ["s"]))))


_RECORDS = (
    *_MORE,
    record(_DEEP, _deep(Struct(_DEEP.field("a"), (1, "y", "z")))),
    record(_DEEP, _deep(None)),
    record(_OPTIONAL, _deep(None, _OPTIONAL)),
    record(_OPTIONAL, None),
    record(_WITH_DEFAULT, Struct(_WITH_DEFAULT, (Struct(_INNER_DEFAULT, (1, None, None)), 1))),
    record(_MAPPED, Struct(_MAPPED, (1, {"a": 1}))),
    record(_MAPPED, Struct(_MAPPED, (1, None))),
    record(_CLASH, Struct(_CLASH, (1, Struct(_CLASH.field("a"), (2,))))),
    record(ADDRESS, Struct(ADDRESS, ("Rome", None))),
    record(None, {"when": _WHEN}),
    record(None, {"id": 5, "price": Decimal("1.50"), "a": {"b": Decimal(1)}}),
    record(None, {"a": {"when": None, "list": [{"x": 1}]}, "b": {}}),
    record(None, {"a": {"s": Struct(ADDRESS, ("Rome", None))}}),
    record(None, _WHEN),
)
_EVERY = "id,tiny,small,count,ratio,price,paid,name,amount,day,clock,created,list,map,nothing"

CASES = [
    *(
        Case(
            f"delimiter {delimiter!r}",
            java_class,
            {"delimiter": delimiter},
            (*_RECORDS, record(_WITH_DEFAULT, Struct(_WITH_DEFAULT, (None, 1)))),
        )
        for java_class in both("Flatten")
        for delimiter in (".", "_", "", "--", " ")
    ),
    *(Case("no delimiter", java_class, {}, _RECORDS) for java_class in both("Flatten")),
    *(
        Case(f"{fields} {more}", java_class, {"fields": fields, **more}, _RECORDS)
        for java_class in both("MaskField")
        for fields in ("id", "name,region", _EVERY, "blob", "address", "items", "tags", "when", "r,o")
        for more in ({}, {"replace.null.with.default": "false"})
    ),
    *(
        Case(f"{fields} by {text}", java_class, {"fields": fields, "replacement": text}, _RECORDS)
        for java_class in both("MaskField")
        for fields in ("name,region", "id,tiny,small,count,amount", "ratio,price", "paid", "day", "list", "when")
        for text in (
            "***",
            "7",
            "-1.99",
            "300",
            "1e3",
            "99999999999999999999",
            "1.0E+2",
            "abc",
            "3.4e38",
            "1e39",
            " 5",
            "5d",
        )
    ),
    Case("empty replacement", "MaskField$Value", {"fields": "id", "replacement": ""}, _RECORDS),
    Case("no fields", "MaskField$Value", {"fields": ""}, _RECORDS),
]
