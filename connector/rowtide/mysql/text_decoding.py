"""Text of a character set read as Java reads it, with U+FFFD for what it cannot read.

Debezium leaves text to Java's charsets, whose tables differ from Python's codecs here and there. The differences that a
server can store are made up for, as far as what comes out is a text at all.
"""

from __future__ import annotations

import codecs
from collections.abc import Callable

from rowtide.mysql.charsets import codec_name

Decode = Callable[[bytes], str]


def decoder(charset: str | None) -> Decode:
    """How to read text of a character set; of an unknown one as UTF-8."""
    codec = codec_name(charset)
    errors = _ERRORS.get(codec, "replace")
    if charset is not None and charset.lower() == "eucjpms":
        errors = "rowtide-eucjpms"
    translation = _TRANSLATIONS.get(codec)

    def decode(data: bytes) -> str:
        return data.decode(codec, errors)

    def translated(data: bytes) -> str:
        return data.decode(codec, errors).translate(translation or {})

    return translated if translation else decode


_TRANSLATIONS = {"shift_jis": {0x2015: 0x2014}, "euc_jp": {0x2015: 0x2014}}
"""The long dash, where Java has another of two alike."""

_ERRORS = {"gbk": "rowtide-gbk", "gb2312": "rowtide-pair", "euc_kr": "rowtide-pair", "big5": "rowtide-pair"}

_LEAD_MIN, _TRAIL_MIN, _EUC_MIN = 0x81, 0x40, 0xA1
_UNREADABLE = "\N{REPLACEMENT CHARACTER}"


def _pair(error: UnicodeError) -> tuple[str, int]:
    """Java makes one U+FFFD of two bytes that have the form of a character but stand for none."""
    data, start = _bytes_of(error)
    least = _TRAIL_MIN if isinstance(error, UnicodeDecodeError) and error.encoding == "big5" else _EUC_MIN
    pair = data[start : start + 2]
    return _UNREADABLE, start + (2 if len(pair) == 2 and pair[0] >= _EUC_MIN and pair[1] >= least else 1)


def _gbk(error: UnicodeError) -> tuple[str, int]:
    """What users may define is in the private use area, as in GB 18030."""
    data, start = _bytes_of(error)
    pair = data[start : start + 2]
    if len(pair) < 2 or pair[0] < _LEAD_MIN or pair[1] < _TRAIL_MIN:
        return _UNREADABLE, start + 1
    return pair.decode("gb18030", "ignore") or _UNREADABLE, start + 2


_IBM_FIRST = 0xF3F3
_IBM = (
    "ⅰⅱⅲⅳⅴⅵⅶⅷⅸⅹⅠⅡⅢⅣⅤⅥⅦⅧⅨⅩ＇＂㈱№℡炻仼僴凬匇匤﨎咊坙﨏塚增寬峵嵓﨑德悅愠敎昻晥晴朗栁﨓﨔橫櫢淸淲瀨凞猪甁皂皞益礰"
    "礼神祥福竧靖精綠緖羽荢﨟薰蘒﨡蠇諸譿賴赶﨣﨤逸郞都鄕﨧﨨閒隆﨩霻靍靑飯飼館馞髙魲鶴黑"
)
_THREE_BYTES = 0x8F
_NEC_ROW = 0xAD


def _eucjpms(error: UnicodeError) -> tuple[str, int]:
    """NEC's special characters (row 13) and IBM's further ones, which Python's euc_jp lacks."""
    data, start = _bytes_of(error)
    lead = data[start]
    if lead == _THREE_BYTES and len(data) >= start + 3:
        row, cell = data[start + 1] - (_IBM_FIRST >> 8), data[start + 2] - _EUC_MIN
        place = row * 94 + cell - ((_IBM_FIRST & 0xFF) - _EUC_MIN)
        return (_IBM[place] if 0 <= place < len(_IBM) else _UNREADABLE), start + 3
    if lead == _NEC_ROW and len(data) >= start + 2 and data[start + 1] >= _EUC_MIN:
        cell = data[start + 1] - _EUC_MIN
        shifted = bytes([0x87, cell + 0x40 + (cell >= 63)])
        return shifted.decode("cp932", "ignore") or _UNREADABLE, start + 2
    return _UNREADABLE, start + 1


def _bytes_of(error: UnicodeError) -> tuple[bytes, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return error.object, error.start


codecs.register_error("rowtide-pair", _pair)
codecs.register_error("rowtide-gbk", _gbk)
codecs.register_error("rowtide-eucjpms", _eucjpms)
