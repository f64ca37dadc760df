from tests.reference.transforms.cases.topics import _NAMES, _ROUTES
from tests.reference.transforms.comparison import Case
from tests.reference.transforms.samples import ALL, HEADERS, row

_NAMED = [row(topic=name) for name in _NAMES]

CASES = [
    Case("one", "HasHeaderKey", {"name": "id"}, (*ALL, row(headers=HEADERS)), predicate=True),
    Case("other", "HasHeaderKey", {"name": "at"}, ALL, predicate=True),
    Case("other case", "HasHeaderKey", {"name": "ID"}, ALL, predicate=True),
    Case("empty", "HasHeaderKey", {"name": ""}, ALL, predicate=True),
    Case("none", "HasHeaderKey", {}, ALL, predicate=True),
    Case("plain", "RecordIsTombstone", {}, ALL, predicate=True),
    Case("unknown option", "RecordIsTombstone", {"name": "x"}, ALL, predicate=True),
    Case("topics", "RecordIsTombstone", {}, _NAMED, predicate=True),
    *(Case(regex, "TopicNameMatches", {"pattern": regex}, _NAMED, predicate=True) for regex, _ in _ROUTES),
    Case("wrong pattern", "TopicNameMatches", {"pattern": "a{2,1}"}, ALL, predicate=True),
    Case("no pattern", "TopicNameMatches", {}, ALL, predicate=True),
    Case("nothing", "Filter", {}, ALL),
    Case("unknown", "Filter", {"a": "b"}, ALL),
    Case("topics", "Filter", {}, _NAMED),
]
