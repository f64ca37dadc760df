import pytest

from rowtide.config.properties import parse_properties, read_properties
from rowtide.errors import ConfigError


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a=b", {"a": "b"}),
        ("a : b", {"a": "b"}),
        ("a b", {"a": "b"}),
        ("a\t=  b  ", {"a": "b  "}),
        ("a", {"a": ""}),
        ("a==b", {"a": "=b"}),
        ("a:=b", {"a": "=b"}),
        ("# c\n ! d\n\n \t\na=1", {"a": "1"}),
        ("a=1\\\n   2\\\r\n\t3", {"a": "123"}),
        ("a=1\\\n#2", {"a": "1#2"}),
        ("a=1\\\\\nb=2", {"a": "1\\", "b": "2"}),
        ("# comment \\\na=1", {"a": "1"}),
        ("a\\ b\\=c\\:d=e", {"a b=c:d": "e"}),
        ("a=\\t\\n\\r\\f\\q\\\\", {"a": "\t\n\r\fq\\"}),
        ("a=\\u00e9\\ud83d\\ude00", {"a": "é😀"}),
        ("ключ=значение", {"ключ": "значение"}),
        ("a=1\na=2", {"a": "2"}),
        ("\ufeffa=1", {"a": "1"}),
        ("=v", {"": "v"}),
        ("a=b\\", {"a": "b"}),
        ("", {}),
    ],
)
def test_reads_what_java_reads(text, expected):
    assert parse_properties(text) == expected


def test_a_jaas_line_keeps_its_quotes():
    text = 'sasl.jaas.config=org.x.PlainLoginModule required username="u" \\\n  password="p=1:2";'
    assert (
        parse_properties(text)["sasl.jaas.config"] == 'org.x.PlainLoginModule required username="u" password="p=1:2";'
    )


def test_a_malformed_escape_names_the_line_and_not_the_value():
    with pytest.raises(ConfigError, match=r"line 2 of my\.properties") as caught:
        parse_properties("a=1\nsecret=hidden\\u12", source="my.properties")
    assert "hidden" not in str(caught.value)


def test_a_missing_file_is_a_config_error(tmp_path):
    with pytest.raises(ConfigError, match="No such file"):
        read_properties(tmp_path / "none.properties")


def test_a_file_that_is_not_utf8_says_where(tmp_path):
    (tmp_path / "latin.properties").write_bytes(b"a=\xe9\n")
    with pytest.raises(ConfigError, match="not UTF-8 at byte 2"):
        read_properties(tmp_path / "latin.properties")
