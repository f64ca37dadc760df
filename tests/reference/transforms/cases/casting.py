from dataclasses import replace
from decimal import Decimal

from rowtide.connect.schema import (
    BOOLEAN,
    BYTES,
    FLOAT32,
    FLOAT64,
    INT8,
    INT16,
    INT32,
    INT64,
    OPTIONAL_STRING,
    STRING,
    Schema,
    SchemaType,
    Struct,
    struct,
)
from tests.reference.transforms.cases import both
from tests.reference.transforms.cases.structure import _RECORDS
from tests.reference.transforms.comparison import Case
from tests.reference.transforms.samples import DATE, DECIMAL, TIME, TIMESTAMP, record

_TYPES = ("int8", "int16", "int32", "int64", "float32", "float64", "boolean", "string")
_LONGS = (0, 1, -1, 127, 128, -129, 70000, 2**31, 2**53 + 1, 2**63 - 1, -(2**63), 16777217, 9007199791611905)
_DOUBLES = (
    0.0,
    -0.5,
    1.5,
    1e10,
    -1e10,
    3e9,
    1e300,
    float("nan"),
    float("inf"),
    float("-inf"),
    300.99,
    1234567.125,
    0.1,
    1e-50,
)
_FLOATS = (0.5, 1.100000023841858, -3.4028234663852886e38, 16777216.0, 1e10)
_TEXTS = ("", "1", "-1", "+7", "128", "300", "70000", "9223372036854775807", "9223372036854775808", "1.5", "1e3", " 5", "5 ", "1d", "1.5f", "NaN", "-Infinity",
          "Infinityd", "0x1p3", "true", "TRUE", "yes", "abc", ".5", "5.", "0.1", "16777217.0000001", "1e400", "-0", "1_0", "3.4028236e38")  # fmt: skip
_DECIMALS = ("0", "-0.00", "1.99", "-1.99", "300.5", "12345678901234567890.12", "0.00")

_DECIMAL0 = Schema(SchemaType.BYTES, name=DECIMAL.name, version=1, parameters=(("scale", "-2"),))
_ALL = struct(
    "all",
    ("v", INT64),
    ("o", Schema(SchemaType.INT64, optional=True, default=300, doc="gone", name="x.Named", version=4)),
    ("t", Schema(SchemaType.STRING, optional=True, default="12")),
    ("when", TIMESTAMP),
    ("day", replace(DATE, optional=True, default=100)),
    ("time", TIME),
    ("amount", replace(DECIMAL, default=Decimal("9.99"))),
)
_ALL_DEFAULT = replace(struct("dflt", ("v", INT64)), optional=True)
_ALL_DEFAULT = replace(_ALL_DEFAULT, default=Struct(_ALL_DEFAULT, (300,)))
_FIELDS = [
    record(_ALL, Struct(_ALL, values))
    for values in (
        (1, 2, "3", 1700000000123, 19000, 3661001, Decimal("12.30")),
        (300, None, None, 0, None, 0, None),
        (-(2**40), 2**40, "40000000000", -1, -1, 86399999, Decimal("-0.01")),
        (5, 5, "x", 86400000, 0, 1, Decimal("300.00")),
    )
] + [record(_ALL_DEFAULT, Struct(_ALL_DEFAULT, (5,))), record(replace(_ALL_DEFAULT, default=None), None)]


def _values(schema: Schema, values: tuple[object, ...]) -> list[object]:
    return [record(schema, value) for value in values] + [
        record(None, value) for value in values if schema in (INT64, FLOAT64, STRING)
    ]


_WHOLE = [
    *_values(INT64, _LONGS),
    *_values(FLOAT64, _DOUBLES),
    *_values(FLOAT32, _FLOATS),
    *_values(STRING, _TEXTS),
    *_values(INT8, (-5, 100)),
    *_values(INT16, (-5, 300)),
    *_values(INT32, (-5, 70000)),
    *_values(BOOLEAN, (True, False)),
    *_values(BYTES, (b"", b"\x00\xff")),
    *(record(None, value) for value in (True, b"ab", Decimal("1.5"), [1], {"a": 1})),
    *(record(DECIMAL, Decimal(text)) for text in _DECIMALS),
    record(_DECIMAL0, Decimal("1E+2")),
    record(OPTIONAL_STRING, None),
    record(
        Schema(
            SchemaType.INT32, optional=True, default=5, name="my.Int", version=2, doc="kept", parameters=(("p", "q"),)
        ),
        6,
    ),
]
_TIMES = [record(schema, value) for schema, value in ((DATE, 0), (DATE, 19000), (DATE, -1), (TIME, 0), (TIME, 3661001), (TIMESTAMP, 86400000),
                                                     (TIMESTAMP, 1700000000123), (TIMESTAMP, -1), (TIMESTAMP, -62135769600000))]  # fmt: skip

CASES = [
    *(Case(f"whole to {type_}", java_class, {"spec": type_}, (*_RECORDS[:12], *_WHOLE)) for java_class in both("Cast") for type_ in _TYPES),
    Case("times to text", "Cast$Value", {"spec": "string"}, _TIMES),
    *(
        Case(f"fields to {type_} {more}", java_class, {"spec": f"v:{type_},o:{type_},id:{type_},region:{type_},price:{type_},small:{type_},amount:{type_}", **more}, (*_FIELDS, *_RECORDS))
        for java_class in both("Cast")
        for type_ in _TYPES
        for more in ({}, {"replace.null.with.default": "false"})
    ),
    *(
        Case(f"texts and times to {type_}", "Cast$Value", {"spec": f"t:{type_},when:{type_},day:{type_},time:{type_}"}, _FIELDS)
        for type_ in _TYPES
    ),
    *(
        Case(f"field {field}", "Cast$Value", {"spec": f"{field}:string"}, _RECORDS)
        for field in ("blob", "address", "items", "tags", "paid", "ratio", "created", "list", "map", "none", "when")
    ),
    *(
        Case(f"spec {spec!r}", "Cast$Value", {"spec": spec}, _RECORDS)
        for spec in ("", "INT8", "id:INT8", " id : int8 ", "id:int8,id:int16", "int8,int16", "id:int8,int16", "id:bytes", "struct", "id:a:b", "id:nothing", "nothing", "id:", "id:float", "id:int8,")
    ),
    Case("no spec", "Cast$Value", {}, _RECORDS),
]  # fmt: skip
