import codecs

import pytest

from rowtide.mysql import charsets


def test_every_codec_exists_and_reads_ascii():
    for name in charsets._CODECS:
        codec = charsets.codec_name(name)
        assert "a1".encode(codec).decode(codec) == "a1", name


@pytest.mark.parametrize(
    ("charset", "data", "text"),
    [
        ("utf8mb4", "日😀".encode(), "日😀"),
        ("UTF8MB3", "é".encode(), "é"),
        ("latin1", b"\x80\xe9", "€é"),
        ("ucs2", "é日".encode("utf-16-be"), "é日"),
        ("utf32", "😀".encode("utf-32-be"), "😀"),
        ("sjis", b"\x93\xfa", "日"),
        ("euckr", b"\xc7\xd1", "한"),
        ("koi8r", b"\xd2", "р"),
        ("hebrew", b"\xe0", "א"),
        ("greek", b"\xe1", "α"),
        ("binary", b"\0\x81\xff", "\0\x81\xff"),
        (None, "ü".encode(), "ü"),
        ("unheard_of", "ü".encode(), "ü"),
    ],
)
def test_codecs_read_as_mysql(charset, data, text):
    assert data.decode(charsets.codec_name(charset)) == text


@pytest.mark.parametrize(
    ("collation", "charset"),
    [
        ("utf8mb4_0900_ai_ci", "utf8mb4"),
        ("utf8mb4_uca1400_ai_ci", "utf8mb4"),
        ("UTF8_general_ci", "utf8"),
        ("utf8mb3_bin", "utf8mb3"),
        ("latin1_swedish_ci", "latin1"),
        ("binary", "binary"),
        ("uca1400_ai_ci", None),
        ("nonsense_ci", None),
        ("", None),
    ],
)
def test_collations_name_their_character_set(collation, charset):
    assert charsets.charset_of_collation(collation) == charset


def test_names_and_statements_that_are_marked_binary_are_in_utf8():
    assert charsets.codec_of_number(63) == charsets.codec_of_number(None) == "utf-8"
    assert charsets.codec_of_number(8) == charsets.codec_name("latin1")


def test_codecs_are_pythons():
    assert all(codecs.lookup(name) for name in charsets._CODECS.values())
