from rowtide.connect.record import SourceRecord
from tests.reference.transforms.comparison import Case
from tests.reference.transforms.samples import ALL, row

_NAMES = ("shop.orders", "shop.order_items", "shop.", "a", "ab", "ababab", "server1.inventory.customers", "x-y_z.1",
          "SHOP.ORDERS", "a$b", "2023", "shop..orders")  # fmt: skip
_TOPICS = [SourceRecord(name, None, None, None, None, None) for name in _NAMES]

_ROUTES = [
    ("shop\\.(.*)", "new.$1"),
    ("(.*)", "$1"),
    ("(.*)", "all"),
    ("a|ab", "X"),
    ("([^.]+)\\.([^.]+)\\.([^.]+)", "$3"),
    ("(?<first>[^.]+)\\.(?<rest>.*)", "${rest}-${first}"),
    ("(.)(.)?(.*)", "$1$2$3"),
    ("(.)(.*)", "$11"),
    ("(.*)", "$0-$0"),
    ("(.*)", "\\$1\\x"),
    ("(.*)", "$2"),
    ("(.*)", "$"),
    ("(.*)", "$x"),
    ("(.*)", "${nothing}"),
    ("(.*)", "${1a}"),
    ("(?<a>.*)", "${a"),
    ("(?<a>.*)", "${}"),
    ("(.*)", "x\\"),
    ("", "x"),
    ("(?i)shop\\..*", "x"),
    ("\\Qshop.\\E(.*)", "q-$1"),
    ("[\\p{Lower}.]+", "lower"),
    ("\\w+", "word"),
    ("(?<d>\\d+)", "n${d}"),
    ("(ab)+", "$1"),
    ("(?>a*)b.*", "x"),
    ("a*+b?.*", "x"),
    ("(?:shop|server1)\\.(.+)", "$1"),
    ("(s)hop\\.(o.+)?", "$1.$2"),
    (".*", ""),
]
_TIMED = [row(timestamp=ms) for ms in (
    0, 1, -1, 1700000000123, 951782400000, 951825599999, 1735689599999, -12219292800000, -12219292800001, -62135596800000,
    -62135769600000, -62198755200000, 253402300799999, 253402300800000, 4102444800000, 1709164800000,
)]  # fmt: skip
PATTERNS = [
    "yyyyMMdd", "yyyy-MM-dd'T'HH:mm:ss.SSS", "yy-M-d", "y", "yyy", "yyyyyy", "MMM", "MMMM", "LLL LLLL", "EEE EEEE E", "h:mm a", "K k H h",
    "D DDD", "u", "S SS SSSS SSSSSS", "z zzzz Z X XX XXX", "G yyyy", "'quoted' ''yyyy''", "''", "yyyy'year'", "yyyy.MM.dd.HH", "s ss m mm d dd",
    "'it''s' HH", "aaaa GGGG", "-_/#", "",
]  # fmt: skip

CASES = [
    *(Case(f"{regex} to {to}", "RegexRouter", {"regex": regex, "replacement": to}, _TOPICS) for regex, to in _ROUTES),
    Case("all shapes", "RegexRouter", {"regex": "(.*)orders", "replacement": "$1done"}, ALL),
    Case("wrong regex", "RegexRouter", {"regex": "(", "replacement": "x"}, _TOPICS),
    Case("no replacement", "RegexRouter", {"regex": ".*"}, _TOPICS),
    Case("nothing", "RegexRouter", {}, _TOPICS),
    *(Case(pattern, "TimestampRouter", {"timestamp.format": pattern}, _TIMED) for pattern in PATTERNS),
    Case("defaults", "TimestampRouter", {}, _TIMED),
    Case("topic format", "TimestampRouter", {"topic.format": "${timestamp}/${topic}/${topic}$1\\"}, _TIMED),
    Case("topic without places", "TimestampRouter", {"topic.format": "all"}, _TIMED),
]
