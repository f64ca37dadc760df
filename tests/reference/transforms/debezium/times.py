from rowtide.connect.schema import Schema, SchemaType, Struct
from tests.reference.transforms.comparison import Case
from tests.reference.transforms.debezium.samples import EVENTS, TIMES, TIMES_ENVELOPE, change, envelope_of
from tests.reference.transforms.samples import ALL

CLASS = "io.debezium.transforms.TimezoneConverter"
_ZONE, _INCLUDE, _EXCLUDE = "converted.timezone", "include.list", "exclude.list"
_DAY = 86_400_000


def _row(ms: int | None, zoned: str | None) -> tuple[object, ...]:
    scaled = [None if ms is None else ms * factor + extra for factor, extra in ((1, 0), (1000, 7), (1_000_000, 13))]
    if ms is not None and abs(ms) > 9_000_000_000_000:
        scaled[2] = None  # beyond 64 bits
    return (1, 19000, 3_600_000_001, *scaled, zoned, None, ms, 5, 1700000000123)


_MOMENTS = [
    (1700000000123, "2023-11-14T22:13:20.123Z"),
    (-1, "1969-12-31T23:59:59.999999Z"),
    (1711850400000, "2024-03-31T02:30:00+01:00"),  # in the gap of Berlin
    (1729994400000 + 1_800_000, "2024-10-27T02:30:00.5Z"),  # twice in Berlin
    (1710037800000, "2024-03-10T02:30:00Z"),  # in the gap of Los Angeles
    (-2208988800000, "1900-01-01T00:00:00Z"),
    (-30000000000000, "1583-01-01T00:00:00.000001Z"),
    (253402200000000, "2037-12-31T23:59:59Z"),
    (None, None),
    (0, "1970-01-01T00:00Z"),
    (4102444800000, "2100-01-01T00:00:00+05:30"),
    (951782400000, "2000-02-29T00:00:00-03:30"),
]
_WRONG = [change("c", None, _row(0, "yesterday"), envelope=TIMES_ENVELOPE, topic="shop.app.times", table="times")]
_ROWS = [
    change(
        "u", _row(*one), _row(*other), envelope=TIMES_ENVELOPE, topic="shop.app.times", table="times", transaction=True
    )
    for one, other in zip(_MOMENTS, [*_MOMENTS[1:], _MOMENTS[0]], strict=True)
]
_DEFAULTED = Schema(
    SchemaType.STRUCT,
    optional=True,
    name="d",
    fields=(
        *TIMES.fields[:3],
        type(TIMES.fields[0])(
            "at", Schema(SchemaType.INT64, optional=True, default=1000, name="io.debezium.time.Timestamp", version=1)
        ),
    ),
)
_DEFAULT_ENVELOPE = envelope_of(_DEFAULTED, "d.Envelope")
_RECORDS = [
    *_ROWS,
    change("d", _row(*_MOMENTS[0]), None, envelope=TIMES_ENVELOPE, topic="shop.app.times", table="times"),
    change("c", None, _row(*_MOMENTS[0]), envelope=TIMES_ENVELOPE, topic="other", table=None),
    change("c", None, (1, 2, 3, None), envelope=_DEFAULT_ENVELOPE, topic="d", table="d"),
    *EVENTS,
    *ALL,
]
assert isinstance(_RECORDS[0].value, Struct)

CASES = [
    *(
        Case(zone, CLASS, {_ZONE: zone}, [*_RECORDS, *_WRONG])
        for zone in ("UTC", "Europe/Berlin", "America/Los_Angeles", "Asia/Kolkata", "+08:00", "-03:30", "+01:02:03", "Z", "GMT", "Etc/GMT+5", "America/St_Johns", "Asia/Tehran", "Europe/Paris")
    ),
    *(
        Case(rules, CLASS, {_ZONE: "Europe/Berlin", kind: rules}, _RECORDS)
        for kind in (_INCLUDE, _EXCLUDE)
        for rules in (
            "source:times", "source:times:ms", "topic:shop.app.times", "topic:shop.app.times:us", "times:ns", "shop.app.times:connect", "source:orders:at",
            "source:times:ms,us,source:orders:at", "source:times:ms, times:us", "source:times:source.ts_ms", "source:times:source.ts_ms,source:times:source.ts_us,source:times:source.ts_ns,source:times:before.ms",
            "source:times:after.zoned", "topic:other:ms,topic:d", "Source:times:ms", "times", "a:b:c:d", "topic:x y:z", "source:times,topic:other", "x-y:z", "(:b", "", "source:d:at",
        )
    ),
    *(
        Case(str(config), CLASS, config, _RECORDS)
        for config in ({}, {_ZONE: ""}, {_ZONE: "Mars/Base"}, {_ZONE: "+1:00"}, {_ZONE: "UTC", _INCLUDE: "a:b", _EXCLUDE: "c:d"}, {_ZONE: "Europe/Berlin", _INCLUDE: "bad", _EXCLUDE: "a:b"})
    ),
]  # fmt: skip
