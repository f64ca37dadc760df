"""MySQL's character sets: Python's codecs for them, and which one a collation belongs to.

Source: `SHOW CHARACTER SET` of MySQL 9.7 and MariaDB 11.8. Sets that Python has no codec for are read with the one that
differs least; `UNLISTED` names them.
"""

from __future__ import annotations

DEFAULT_CODEC = "utf-8"
"""For columns whose character set is unknown."""

_CODECS = {
    "armscii8": "latin-1",
    "ascii": "ascii",
    "big5": "big5",
    "binary": "utf-8",
    "cp1250": "cp1250",
    "cp1251": "cp1251",
    "cp1256": "cp1256",
    "cp1257": "cp1257",
    "cp850": "cp850",
    "cp852": "cp852",
    "cp866": "cp866",
    "cp932": "cp932",
    "dec8": "latin-1",
    "eucjpms": "euc_jp",
    "euckr": "cp949",
    "gb18030": "gb18030",
    "gb2312": "gb2312",
    "gbk": "gbk",
    "geostd8": "latin-1",
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
    "swe7": "ascii",
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
    """Python's codec for a character set; UTF-8 for an unknown one and for `binary`."""
    return _CODECS.get(charset.lower(), DEFAULT_CODEC) if charset else DEFAULT_CODEC


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
