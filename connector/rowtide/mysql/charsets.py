"""MySQL's character sets: Python's codecs for them, and which one a collation, by name or number, belongs to.

Source: `SHOW CHARACTER SET` and information_schema.COLLATIONS of MySQL 9.7 and MariaDB 11.8. Sets that Python has no
codec for are read as Debezium reads them, with one that is only near; `UNLISTED` names them. To collation numbers
MariaDB adds 1024 for those without padding, and from 2048 on it has a block of 256 UCA-14 collations for each Unicode
character set.
"""

from __future__ import annotations

DEFAULT_CODEC = "utf-8"
"""For columns whose character set is unknown."""

_CODECS = {
    "armscii8": "cp1252",
    "ascii": "ascii",
    "big5": "big5",
    "binary": "latin-1",
    "cp1250": "cp1250",
    "cp1251": "cp1251",
    "cp1256": "cp1256",
    "cp1257": "cp1257",
    "cp850": "cp850",
    "cp852": "cp852",
    "cp866": "cp866",
    "cp932": "cp932",
    "dec8": "cp1252",
    "eucjpms": "euc_jp",
    "euckr": "euc_kr",
    "gb18030": "gb18030",
    "gb2312": "gb2312",
    "gbk": "gbk",
    "geostd8": "cp1252",
    "greek": "iso8859-7",
    "hebrew": "iso8859-8",
    "hp8": "hp-roman8",
    "keybcs2": "cp852",
    "koi8r": "koi8-r",
    "koi8u": "koi8-u",
    "latin1": "cp1252",
    "latin2": "iso8859-2",
    "latin5": "iso8859-9",
    "latin7": "iso8859-13",
    "macce": "mac_latin2",
    "macroman": "mac_roman",
    "sjis": "shift_jis",
    "swe7": "cp1252",
    "tis620": "tis-620",
    "ucs2": "utf-16-be",
    "ujis": "euc_jp",
    "utf16": "utf-16-be",
    "utf16le": "utf-16-le",
    "utf32": "utf-32-be",
    "utf8": "utf-8",
    "utf8mb3": "utf-8",
    "utf8mb4": "utf-8",
}
UNLISTED = frozenset({"armscii8", "dec8", "geostd8", "keybcs2", "swe7"})
"""Character sets whose codec is only near: letters outside ASCII may come out wrong."""


def codec_name(charset: str | None) -> str:
    """Python's codec for a character set; UTF-8 for an unknown one. Debezium keeps quotes about an ENUM's."""
    return _CODECS.get(charset.strip("'\"").lower(), DEFAULT_CODEC) if charset else DEFAULT_CODEC


def known(charset: str) -> bool:
    return charset.lower() in _CODECS


def charset_of_collation(collation: str) -> str | None:
    """The character set a collation belongs to: what its name begins with. None if that is no known set.

    MariaDB lets `uca1400_ai_ci` stand for that collation of whichever set is in force: None as well.
    """
    name = collation.lower()
    if name == "binary":
        return name
    prefix, underscore, _ = name.partition("_")
    return prefix if underscore and prefix in _CODECS else None


_RANGES: dict[str, tuple[tuple[int, int], ...]] = {
    "armscii8": ((32, 32), (64, 64)),
    "ascii": ((11, 11), (65, 65)),
    "big5": ((1, 1), (84, 84)),
    "binary": ((63, 63),),
    "cp1250": ((26, 26), (34, 34), (44, 44), (66, 66), (99, 99)),
    "cp1251": ((14, 14), (23, 23), (50, 52)),
    "cp1256": ((57, 57), (67, 67)),
    "cp1257": ((29, 29), (58, 59)),
    "cp850": ((4, 4), (80, 80)),
    "cp852": ((40, 40), (81, 81)),
    "cp866": ((36, 36), (68, 68)),
    "cp932": ((95, 96),),
    "dec8": ((3, 3), (69, 69)),
    "eucjpms": ((97, 98),),
    "euckr": ((19, 19), (85, 85)),
    "gb18030": ((248, 250),),
    "gb2312": ((24, 24), (86, 86)),
    "gbk": ((28, 28), (87, 87)),
    "geostd8": ((92, 93),),
    "greek": ((25, 25), (70, 70)),
    "hebrew": ((16, 16), (71, 71)),
    "hp8": ((6, 6), (72, 72)),
    "keybcs2": ((37, 37), (73, 73)),
    "koi8r": ((7, 7), (74, 74)),
    "koi8u": ((22, 22), (75, 75)),
    "latin1": ((5, 5), (8, 8), (15, 15), (31, 31), (47, 49), (94, 94)),
    "latin2": ((2, 2), (9, 9), (21, 21), (27, 27), (77, 77)),
    "latin5": ((30, 30), (78, 78)),
    "latin7": ((20, 20), (41, 42), (79, 79)),
    "macce": ((38, 38), (43, 43)),
    "macroman": ((39, 39), (53, 53)),
    "sjis": ((13, 13), (88, 88)),
    "swe7": ((10, 10), (82, 82)),
    "tis620": ((18, 18), (89, 89)),
    "ucs2": ((35, 35), (90, 90), (128, 151), (159, 159), (640, 671)),
    "ujis": ((12, 12), (91, 91)),
    "utf16": ((54, 55), (101, 124), (672, 703)),
    "utf16le": ((56, 56), (62, 62)),
    "utf32": ((60, 61), (160, 183), (736, 767)),
    "utf8mb3": ((33, 33), (76, 76), (83, 83), (192, 223), (576, 607)),
    "utf8mb4": ((45, 46), (224, 247), (255, 323), (608, 639)),
}

_CHARSETS = {
    number: charset for charset, ranges in _RANGES.items() for low, high in ranges for number in range(low, high + 1)
}

_NOPAD = 1024
_UCA14 = 2048
_UCA14_CHARSETS = ("utf8mb3", "utf8mb4", "ucs2", "utf16", "utf32")


def charset_of_number(collation: int) -> str | None:
    """The server's name of the collation's character set (utf8 is `utf8mb3`), None for a number that is not known."""
    if collation >= _UCA14:
        block = (collation - _UCA14) // 256
        return _UCA14_CHARSETS[block] if block < len(_UCA14_CHARSETS) else None
    return _CHARSETS.get(collation if collation < _NOPAD else collation - _NOPAD)


def codec_of_number(collation: int | None) -> str:
    """Python's codec for names and statements of a collation; UTF-8 when it says nothing of them."""
    charset = charset_of_number(collation) if collation is not None else None
    return codec_name(None if charset == "binary" else charset)
