"""Reads a value of an inferred type from text, as Connect's `Values.parseString`."""

from __future__ import annotations

import re
from decimal import Decimal

from rowtide.connect.java_numbers import to_float32
from rowtide.connect.schema import BOOLEAN, FLOAT32, FLOAT64, INT8, INT16, INT32, INT64, STRING, Schema, SchemaType
from rowtide.errors import DataError
from rowtide.transforms.date_format import DateFormat
from rowtide.transforms.java_conversion import parse_decimal

_DATA = "org.apache.kafka.connect.data."
_TEMPORAL = {
    13: (Schema(SchemaType.INT32, name=_DATA + "Time", version=1), DateFormat("HH:mm:ss.SSS'Z'"), 1),
    24: (Schema(SchemaType.INT64, name=_DATA + "Timestamp", version=1), DateFormat("yyyy-MM-dd'T'HH:mm:ss.SSS'Z'"), 1),
    10: (Schema(SchemaType.INT32, name=_DATA + "Date", version=1), DateFormat("yyyy-MM-dd"), 86_400_000),
}
"""By the length of the text: schema, format, and milliseconds of one unit of the value."""

_INTEGERS = ((8, INT8), (16, INT16), (32, INT32), (64, INT64))
_WIDTHS = (
    SchemaType.INT8,
    SchemaType.INT16,
    SchemaType.INT32,
    SchemaType.INT64,
    SchemaType.FLOAT32,
    SchemaType.FLOAT64,
)
_TOKEN = re.compile(r'[:,{}\[\]"]|(?:\\.|[^:,{}\[\]"\\])+\\?|\\', re.DOTALL)
_LONG_DIGITS = 19

Literal = tuple[Schema | None, object]


def parse_literal(text: str) -> Literal:
    """The schema and value of a text; what cannot be read as anything else is a string.

    `null` has neither. A list or map whose items have no common type has a schema without their types.
    """
    if not text:
        return STRING, text
    return _Reader(text).read(embedded=False)


class _Reader:
    """Goes over the tokens: delimiters, and what stands between them."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._tokens: list[str] = _TOKEN.findall(text)
        self._at = 0

    def read(self, *, embedded: bool) -> Literal:
        """Raises DataError for an item of a list or map that is none."""
        if embedded and self._take('"'):
            return self._quoted()
        start = self._at
        for word, literal in _WORDS.items():
            if self._take(word) and (embedded or self._at == len(self._tokens)):
                return literal
            self._at = start
        try:
            if self._take("["):
                return self._list()
            if self._take("{"):
                return self._map()
        except DataError:
            self._at = start
            self._skip_blanks()
        token = self._next()
        if not token.strip():
            return STRING, token
        return self._scalar(token.strip(), embedded=embedded)

    def _skip_blanks(self) -> None:
        while self._at + 1 < len(self._tokens) and not self._tokens[self._at].strip():
            self._at += 1

    def _take(self, expected: str) -> bool:
        """Whether that comes next; blanks before it are passed over."""
        if self._at == len(self._tokens):
            return False
        self._skip_blanks()
        if self._tokens[self._at].strip() != expected:
            return False
        self._at += 1
        return True

    def _next(self) -> str:
        token = self._tokens[self._at]
        self._at += 1
        return token

    def _scalar(self, token: str, *, embedded: bool) -> Literal:
        if token[0].isdecimal():
            # Colons part tokens, so that a time comes in five of them.
            rest = self._tokens[self._at : self._at + 4]
            found = _temporal(token + "".join(rest)) if len(rest) == 4 else None
            if found is not None:
                self._at += 4
                return found
            found = _temporal(token)
            if found is not None:
                return found
        if token[0] in "+-" or token[0].isdecimal():
            number = _number(token)
            if number is not None:
                return number
        if embedded:
            raise DataError("Failed to parse embedded value")
        return STRING, self._text

    def _quoted(self) -> Literal:
        parts: list[str] = []
        while self._at < len(self._tokens) and not self._take('"'):
            parts.append(self._next())
        content = "".join(parts)
        return _temporal(content) or (STRING, content)

    def _list(self) -> Literal:
        items: list[Literal] = []
        while self._at < len(self._tokens):
            if self._take("]"):
                schema, values = _aligned(items)
                return Schema(SchemaType.ARRAY, value_schema=schema), values
            if self._take(","):
                raise DataError("an item of a list is empty")
            items.append(self.read(embedded=True))
            before = self._at
            if self._take("]"):
                self._at = before
            elif not self._take(","):
                raise DataError("a comma is missing in a list")
        raise DataError("a list is not closed")

    def _map(self) -> Literal:
        keys: list[Literal] = []
        items: list[Literal] = []
        while self._at < len(self._tokens):
            if self._take("}"):
                return _map(keys, items)
            if self._take(","):
                raise DataError("an entry of a map is empty")
            key = self.read(embedded=True)
            if key[1] is None or not self._take(":") or self._at == len(self._tokens):
                raise DataError("an entry of a map has no key or no value")
            keys.append(key)
            items.append(self.read(embedded=True))
            self._take(",")
        raise DataError("a map is not closed")


_WORDS: dict[str, Literal] = {"null": (None, None), "true": (BOOLEAN, True), "false": (BOOLEAN, False)}


def _map(keys: list[Literal], items: list[Literal]) -> Literal:
    key_schema, names = _aligned(keys)
    item_schema, values = _aligned(items) if key_schema is not None else (None, [value for _, value in items])
    for name in names:
        try:
            hash(name)
        except TypeError:
            raise DataError("the key of a map is a list or map") from None
    schema = Schema(SchemaType.MAP, key_schema=key_schema, value_schema=item_schema)
    return schema, dict(zip(names, values, strict=True))


def _aligned(items: list[Literal]) -> tuple[Schema | None, list[object]]:
    """The items' common schema, None if there is none, and their values in its type.

    Raises:
        DataError: some are null, and the others have a common schema, which is never an optional one.
    """
    common: Schema | None = None
    for schema, _ in items:
        if schema is None:
            continue
        merged = schema if common is None else _wider(common, schema)
        if merged is None:
            return None, [value for _, value in items]
        common = merged
    values = [value for _, value in items]
    if common is not None and any(value is None for value in values):
        raise DataError("Unable to convert a null value to a schema that requires a value")
    if common is not None and common.type in (SchemaType.FLOAT32, SchemaType.FLOAT64):
        values = [_as_float(common.type, value) for value in values]
    return common, values


def _as_float(type_: SchemaType, value: object) -> float:
    number = float(value)  # type: ignore[arg-type]
    return to_float32(number) if type_ is SchemaType.FLOAT32 else number


def _wider(one: Schema, other: Schema) -> Schema | None:
    if one.type is other.type:
        return other
    if one.type not in _WIDTHS or other.type not in _WIDTHS:
        return None
    return max(one, other, key=lambda schema: _WIDTHS.index(schema.type))


def _temporal(text: str) -> Literal | None:
    text = text.replace("\\:", ":")
    kind = _TEMPORAL.get(len(text))
    milliseconds = None if kind is None else kind[1].parse(text)
    if kind is None or milliseconds is None:
        return None
    return kind[0], milliseconds // kind[2]


def _number(token: str) -> Literal | None:
    """The smallest type that holds the number; a fraction is a float, however many digits it has."""
    number = parse_decimal(token)
    if number is None:
        return None
    if number.adjusted() < _LONG_DIGITS and number == number.to_integral_value():
        for bits, schema in _INTEGERS:
            if -(1 << (bits - 1)) <= number < 1 << (bits - 1):
                return schema, int(number)
    exponent = number.as_tuple().exponent
    assert isinstance(exponent, int)
    single = to_float32(float(number))
    if exponent != 0 and abs(single) != float("inf"):
        return FLOAT32, single
    if exponent != 0 and abs(float(number)) != float("inf"):
        return FLOAT64, float(number)
    return _decimal(number, -exponent)


def _decimal(number: Decimal, scale: int) -> Literal:
    schema = Schema(SchemaType.BYTES, name=_DATA + "Decimal", version=1, parameters=(("scale", str(scale)),))
    return schema, number
