from dataclasses import replace

from rowtide.connect.schema import OPTIONAL_STRING, STRING, Schema, SchemaType, Struct, struct
from tests.reference.transforms.cases import both
from tests.reference.transforms.comparison import Case
from tests.reference.transforms.samples import ADDRESS, ALL, NESTED, ROW, nested, record, row

_WHOLE = replace(
    NESTED, optional=True, default=Struct(replace(NESTED, optional=True), (1, Struct(ADDRESS, ("x", None)), None))
)
_DOTS = struct("dots", ("a.b", STRING), ("a", struct(None, ("b", OPTIONAL_STRING), ("c`d", STRING))), ("`x`", STRING))
_DOTTED = (
    record(_DOTS, Struct(_DOTS, ("flat", Struct(_DOTS.field("a"), ("deep", "tick")), "quoted"))),
    record(None, {"a.b": "flat", "a": {"b": "deep", "c`d": "tick"}, "`x`": "quoted", "s": "text"}),
)
_DEFAULTS = struct(
    "defaults", ("r", Schema(SchemaType.INT32, default=5)), ("o", Schema(SchemaType.INT32, optional=True, default=6))
)
_NULLS = (record(_DEFAULTS, Struct(_DEFAULTS, (None, None))), record(_DEFAULTS, Struct(_DEFAULTS, (1, 2))))
_MORE = (*ALL, *_DOTTED, *_NULLS, row(partition=5, timestamp=None))
_KEEP_NULL = {"replace.null.with.default": "false"}

_PATHS = ["id", "address", "address.city", "address.zip", "address.nothing", "nothing.city", "a.b", "`a.b`", "a.`b`", "a.c`d", "a.`c`d`", "`x`", "`\\`x\\``",
          "id.x", "map.a.b", "map.a", "none.x", "name.x", "a..b", "a.", ".a", "`a", "`a.b", "`a`.b", "a`.b", "items", "s.x", "`a\\`.b`"]  # fmt: skip

CASES = [
    *(
        Case(f"{field} {more}", java_class, {"field": field, **more}, _MORE)
        for java_class in both("ExtractField")
        for field in ("id", "region", "price", "nothing", "address.city", "r", "o", "a.b")
        for more in ({}, _KEEP_NULL)
    ),
    *(
        Case(f"V2 {path}", "ExtractField$Value", {"field": path, "field.syntax.version": "V2"}, _MORE)
        for path in _PATHS
    ),
    Case("v2", "ExtractField$Key", {"field": "id", "field.syntax.version": "v2"}, _MORE),
    Case("version", "ExtractField$Value", {"field": "id", "field.syntax.version": "V3"}, _MORE),
    Case("no field", "ExtractField$Value", {}, _MORE),
    *(
        Case(str(sorted(config)), java_class, config, _MORE)
        for java_class in both("InsertField")
        for config in (
            {"topic.field": "topic"},
            {
                "topic.field": "topic!",
                "partition.field": "part?",
                "timestamp.field": "at",
                "static.field": "s",
                "static.value": "x",
            },
            {"partition.field": "part!"},
            {"timestamp.field": "at!", **_KEEP_NULL},
            {"static.field": "s!", "static.value": ""},
            {"topic.field": "id"},
            {"topic.field": "t", "timestamp.field": "t"},
            {"topic.field": "?"},
            {"offset.field": "offset"},
        )
    ),
    Case("nothing", "InsertField$Value", {}, _MORE),
    Case("only a value", "InsertField$Value", {"static.value": "x"}, _MORE),
    *(
        Case(str(config), java_class, config, _MORE)
        for java_class in both("ReplaceField")
        for config in (
            {},
            {"exclude": "id"},
            {"include": "id,name,region"},
            {"include": "id,name", "exclude": "name"},
            {"renames": "id:number,name:who"},
            {"renames": "id:name,name:id"},
            {"renames": "id:name"},
            {"include": "price,r,o,id", "renames": "price:cost", **_KEEP_NULL},
            {"exclude": "a, b ,id", "renames": "region:land"},
            {"include": "nothing"},
        )
    ),
    *(
        Case(renames, "ReplaceField$Value", {"renames": renames}, _MORE)
        for renames in ("id", "a:b:c", "a:", ":b", "id:x,", "id: x", "id:x,id:y")
    ),
    *(
        Case(f"{fields} {more}", "ValueToKey", {"fields": fields, **more}, _MORE)
        for fields in ("id", "id,name", "price,small", "nothing", "r,o", "name,id", "address")
        for more in ({}, _KEEP_NULL)
    ),
    Case("empty", "ValueToKey", {"fields": ""}, _MORE),
    *(
        Case(
            str(config),
            java_class,
            config,
            (*_MORE, record(_WHOLE, Struct(_WHOLE, (1, Struct(ADDRESS, ("y", "z")), None))), nested("x")),
        )
        for java_class in both("SetSchemaMetadata")
        for config in (
            {"schema.name": "new"},
            {"schema.version": "7"},
            {"schema.name": "new", "schema.version": "-1", **_KEEP_NULL},
            {"schema.name": ""},
            {"schema.version": "x"},
            {},
        )
    ),
    *(
        Case(field, java_class, {"field": field}, (*_MORE, record(ROW, None)))
        for java_class in both("HoistField")
        for field in ("whole", "a.b", "id")
    ),
    Case("no field", "HoistField$Value", {}, _MORE),
]
