import pytest

from rowtide.mysql.charsets import _CODECS
from rowtide.mysql.text_decoding import decoder


def test_ascii_is_read_in_every_character_set():
    for name in set(_CODECS) - {"ucs2", "utf16", "utf16le", "utf32"}:
        assert decoder(name)(b"a1~") == "a1~", name


@pytest.mark.parametrize(
    ("charset", "data", "text"),
    [
        (None, "ü".encode(), "ü"),
        ("utf8mb4", b"a\xffb", "a\ufffdb"),
        ("latin1", b"\x80\x81\xe9", "€\ufffdé"),
        ("dec8", b"\xe9\x80", "é€"),
        ("swe7", b"abc", "abc"),
        ("euckr", b"\xb0\xa1\x8c\x63\xb9\xe6", "가\ufffdc방"),
        ("euckr", b"\xc9\xa1a", "\ufffda"),
        ("gbk", b"\xd6\xd0\xa1\x40\x80", "中\ue4c6\ufffd"),
        ("gbk", b"\x81", "\ufffd"),
        ("gb2312", b"\xd6\xd0\xaa\xa1a", "中\ufffda"),
        ("big5", b"\xa4\xa4\xa3\xfea\x81", "中\ufffda\ufffd"),
        ("sjis", b"\x81\x5c\x93\xfa", "—日"),
        ("ujis", b"\xa1\xbd\x8f\xb0\xa1", "—丂"),
        ("EUCJPMS", b"\xad\xa1\xad\xb6\x8f\xf3\xf3\x8f\xf4\xfea", "①Ⅱⅰ黑a"),
        ("eucjpms", b"\xad\xfe\x8f\xf4\xa1\x8f\xff\xff\xa9\xa1", "\ufffdⅢ\ufffd\ufffd\ufffd"),
    ],
)
def test_text_is_read_as_java_reads_it(charset, data, text):
    assert decoder(charset)(data) == text
