import datetime
from dataclasses import replace

from rowtide.connect.schema import INT64, OPTIONAL_STRING, STRING, Schema, SchemaType, Struct, struct
from tests.reference.transforms.cases import both
from tests.reference.transforms.cases.structure import _RECORDS
from tests.reference.transforms.comparison import Case
from tests.reference.transforms.samples import DATE, OPTIONAL_TIMESTAMP, TIME, TIMESTAMP, record

_TARGETS = ("string", "unix", "Date", "Time", "Timestamp")
_MS = (
    0,
    1,
    -1,
    999,
    -999,
    1700000000123,
    -1700000000123,
    86399999,
    86400000,
    -86400001,
    253402300799999,
    -62135596800000,
    -12219292800000,
    -12219292800001,
)
_WHEN = datetime.datetime(2023, 11, 14, 12, 30, 45, 678000, tzinfo=datetime.UTC)
_TIMES = [
    *(record(INT64, ms) for ms in (*_MS, 2**53, -(2**53))),
    *(record(TIMESTAMP, ms) for ms in _MS),
    *(record(DATE, day) for day in (0, 19000, -1, -719162)),
    *(record(TIME, ms) for ms in (0, 3661001, 86399999)),
    record(OPTIONAL_TIMESTAMP, None),
    record(None, _WHEN),
    record(None, 5),
    record(None, -1),
    record(None, 2.5),
    record(None, True),
    record(None, None),
]
_TEXTS = ("2023-11-14 12:30:45.678", "2023-11-14", "20231114", "2023-13-45", "2023-02-30 25:61:61.1234", "1500-02-29 00:00:00.000", "1582-10-10 00:00:00.000", "0001-01-01 00:00:00.000", "", "abc",
          "2023-11-14T12:30:45Z", "2023-11-14T12:30:45+02:00", "2023-11-14T12:30:45-0530", "14 Nov 2023", "14 november 2023", "Tue, 14 Nov 2023 12:30:45 GMT", "Tuesday, 14 Nov 2023 12:30:45 +0100",
          "12:30 PM", "12:05 am", "24:00:00", "3:4:5", "318 2023", " 2023-11-14 1:2:3.4 and more", "-5-11-14 00:00:00.000", "2023-11-14 12:30:45.678901", "12345678", "44 BC", "2023 AD", "2023- 1- 2 00:00:00.5", "\t2023-11-14 1:1:1.1")  # fmt: skip
_PARSE = ("yyyy-MM-dd HH:mm:ss.SSS", "yyyy-MM-dd", "yyyyMMdd", "yyyy-MM-dd'T'HH:mm:ssX", "yyyy-MM-dd'T'HH:mm:ssXXX", "yyyy-MM-dd'T'HH:mm:ssZ", "d MMM yyyy", "EEE, d MMM yyyy HH:mm:ss z",
          "hh:mm a", "kk:mm:ss", "H:m:s", "D yyyy", "yyyyMMddHH", "y G", "K:mm a")  # fmt: skip
_STRINGS = [
    *(record(STRING, text) for text in _TEXTS),
    *(record(None, text) for text in _TEXTS[:3]),
    record(OPTIONAL_STRING, None),
]

_ROW = struct(
    "times",
    ("ts", OPTIONAL_TIMESTAMP),
    ("day", replace(DATE, optional=True, default=100)),
    ("unix", Schema(SchemaType.INT64, optional=True, default=1700000000123)),
    ("text", OPTIONAL_STRING),
    ("n", Schema(SchemaType.INT32, optional=True)),
    doc="times",
    version=2,
)
_OPTIONAL = replace(_ROW, optional=True)
_DEFAULT = replace(_OPTIONAL, default=Struct(_OPTIONAL, (5, 6, 7, "2023-11-14", 8)))
_ROWS = [
    *(
        record(schema, Struct(schema, values))
        for schema in (_ROW, _OPTIONAL)
        for values in ((1700000000123, 19000, -1, "2023-11-14", 5), (None, None, None, None, None))
    ),
    record(_OPTIONAL, None),
    record(_DEFAULT, None),
    record(_DEFAULT, Struct(_DEFAULT, (0, 0, 0, "1970-01-01", 0))),
    record(None, {"ts": _WHEN, "unix": 1, "text": "2023-11-14", "n": 2.5, "day": None}),
    record(None, {}),
]

CASES = [
    *(
        Case(f"whole to {target} {precision}", java_class, {"target.type": target, "format": "yyyy-MM-dd HH:mm:ss.SSS", "unix.precision": precision}, (*_TIMES, *_RECORDS))
        for java_class in both("TimestampConverter")
        for target in _TARGETS
        for precision in ("seconds", "milliseconds", "microseconds", "nanoseconds")
    ),
    *(
        Case(f"text by {pattern} to {target}", "TimestampConverter$Value", {"target.type": target, "format": pattern}, _STRINGS)
        for pattern in _PARSE
        for target in ("unix", "string", "Date", "Time")
    ),
    *(
        Case(f"field {field} to {target} {more}", java_class, {"field": field, "target.type": target, "format": "yyyy-MM-dd", **more}, (*_ROWS, *_RECORDS))
        for java_class in both("TimestampConverter")
        for field in ("ts", "day", "unix", "text", "n", "nothing", "id", "created")
        for target in _TARGETS
        for more in ({}, {"replace.null.with.default": "false"})
    ),
    *(
        Case(f"wrong {config}", "TimestampConverter$Value", config, _TIMES)
        for config in (
            {},
            {"target.type": "string"},
            {"target.type": "string", "format": " "},
            {"target.type": "string", "format": "bad"},
            {"target.type": "string", "format": "yyyy'"},
            {"target.type": "date"},
            {"target.type": "unix", "unix.precision": "days"},
        )
    ),
]  # fmt: skip
