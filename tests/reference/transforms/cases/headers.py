from tests.reference.transforms.cases import both
from tests.reference.transforms.comparison import Case
from tests.reference.transforms.samples import ALL, HEADERS, record, row

_WITH = (*ALL, row(headers=HEADERS), record(None, None, headers=HEADERS))

_LITERALS = [
    "5", "-5", "+5", "127", "128", "-128", "-129", "32767", "32768", "2147483647", "2147483648", "9223372036854775807",
    "9223372036854775808", "-9223372036854775808", "-9223372036854775809", "123456789012345678901234567890", "1.0", "1.5",
    "3.14", "-0.1", "1e3", "1E-3", "1e30", "1e40", "1e400", "-1e400", "0.1234567890123456789", ".5", "5.", "1.5.2", "0x10", "1_000", "NaN",
    "true", "false", "TRUE", " true ", "true}", "null", "NULL", " null", "null,", "text", " text ", "two words", "   ", "", "ä€😀",
    "2023-11-14", "2023-11-31", "2023-1-14x", "12:30:45.678Z", "12:30:45", "2023-11-14T12:30:45.678Z", "2023-11-14T12:30:45Z",
    "2023-11-14 12:30", "12:30", "1970-01-01", "0001-01-01", r"12\:30\:45.678Z",
    "[]", "[1]", "[1,2,3]", "[1, 300, 70000]", "[1,2.5]", "[1.5,1]", '["a","b"]', '["a",1]', "[1,null]", "[null]", "[null,null]", "[a]",
    "[1,2", "[1,]", "[,1]", "[1 2]", "[1,2] and more", "[[1],[2]]", '[["a"],[1]]', "[true,false]", "[true,1]", "[2023-11-14,2023-11-15]",
    '["2023-11-14"]', "[12:30:45.678Z]", "[ 1 , 2 ]", "[1e20,5]", "[9223372036854775808,1]",
    "{}", '{"a":1}', '{"a":1,"b":2}', '{"a":1 "b":2}', '{"a":"x","b":1}', '{"a":null}', '{"a":null,"b":null}', '{"a":1,"b":null}', "{1:2,3:4}", '{1:2,300:"x"}',
    "{a:1}", '{"a"}', '{"a":}', '{"a":1', '{"a":1,', '{:1}', "{null:1}", '{"a":[1,2]}', '{"a":{"b":1}}', '{"a":1,1:2}', '{ "a" : 1 , "b" : 300 }',
    '"quoted"', '"a" and "b"', r'"a\"b"', r'["a\"b"]', r"a\,b", r"\[1]", "a:b", "a,b", "{", "}", "[", "]", ",", ":", "\\", "1:2:3:4:5:6",
    '[" "]', '["  a  "]', '[""]', '{"":1}', "[\"12:30:45.678Z\"]", "1,2", "5 apples", "-", "+", "--5", "1-2", "١٢", "1 ", "\t7\n",
]  # fmt: skip

CASES = [
    Case("one", "DropHeaders", {"headers": "id"}, _WITH),
    Case("several", "DropHeaders", {"headers": "id, at,nothing"}, _WITH),
    Case("other case", "DropHeaders", {"headers": "ID"}, _WITH),
    Case("empty", "DropHeaders", {"headers": ""}, _WITH),
    Case("none", "DropHeaders", {}, _WITH),
    *(
        Case(repr(text), "InsertHeader", {"header": "added", "value.literal": text}, _WITH if i < 3 else ALL[:1])
        for i, text in enumerate(_LITERALS)
    ),
    Case("no value", "InsertHeader", {"header": "added"}, ALL),
    Case("no name", "InsertHeader", {"value.literal": "x"}, ALL),
    Case("empty name", "InsertHeader", {"header": "", "value.literal": "x"}, ALL),
    *(
        Case(
            f"{operation} {fields}",
            java_class,
            {"fields": fields, "headers": headers, "operation": operation, **more},
            _WITH,
        )
        for java_class in both("HeaderFrom")
        for operation in ("move", "copy")
        for fields, headers, more in (
            ("id", "added", {}),
            ("id,name", "a,id", {}),
            ("region,price,day,amount", "a,b,c,d", {"replace.null.with.default": "false"}),
            ("price,small", "a,b", {}),
        )
    ),
    Case("lengths", "HeaderFrom$Value", {"fields": "a,b", "headers": "c", "operation": "move"}, _WITH),
    Case("operation", "HeaderFrom$Value", {"fields": "a", "headers": "c", "operation": "MOVE"}, _WITH),
    Case("no operation", "HeaderFrom$Key", {"fields": "a", "headers": "c"}, _WITH),
    Case("empty lists", "HeaderFrom$Value", {"fields": "", "headers": "", "operation": "move"}, _WITH),
]
