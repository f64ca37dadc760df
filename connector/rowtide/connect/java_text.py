"""What `toString` of Java prints for Connect values, and what `Values.convertToString` makes of them for headers."""

from __future__ import annotations

import base64
import datetime
import decimal
from collections.abc import Mapping

from rowtide.connect.java_numbers import java_double, java_float
from rowtide.connect.logical import DATE, MS_PER_DAY, TIME, TIMESTAMP, decimal_text
from rowtide.connect.schema import Schema, SchemaType, Struct
from rowtide.errors import DataError

_EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def to_string(schema: Schema | None, value: object) -> str:
    """`String.valueOf`: structs as `Struct{a=1,b=x}` without their null fields, lists `[a, b]`, maps `{a=1}`.

    Bytes print as the buffers in which connectors keep them.
    """
    milliseconds = _logical_ms(schema, value)
    if milliseconds is not None:
        return _java_date(milliseconds)
    if isinstance(value, bytes):
        return f"java.nio.HeapByteBuffer[pos=0 lim={len(value)} cap={len(value)}]"
    if isinstance(value, Struct):
        fields = zip(value.schema.fields, value.values, strict=True)
        return f"Struct{{{','.join(f'{f.name}={to_string(f.schema, v)}' for f, v in fields if v is not None)}}}"
    items = schema.value_schema if schema is not None else None
    if isinstance(value, list | tuple):
        return f"[{', '.join(to_string(items, item) for item in value)}]"
    if isinstance(value, Mapping):
        keys = schema.key_schema if schema is not None else None
        return f"{{{', '.join(f'{to_string(keys, k)}={to_string(items, v)}' for k, v in value.items())}}}"
    return _scalar(schema, value)


def header_text(schema: Schema | None, value: object, *, embedded: bool = False) -> str:
    """Text of a header's value. Texts and bytes in a list, map or struct have quotes, with `"` and `\\` escaped.

    Raises:
        DataError: a value of a type that Connect does not have.
    """
    milliseconds = _logical_ms(schema, value)
    if milliseconds is not None:
        return _iso(milliseconds)
    if isinstance(value, str):
        return _quoted(value, embedded)
    if isinstance(value, bytes):
        return _quoted(base64.b64encode(value).decode(), embedded)
    if isinstance(value, Struct):
        return f"{{{','.join(_member(value, i) for i in range(len(value.schema.fields)))}}}"
    items = schema.value_schema if schema is not None else None
    if isinstance(value, list | tuple):
        return f"[{','.join(header_text(items, item, embedded=True) for item in value)}]"
    if isinstance(value, Mapping):
        keys = schema.key_schema if schema is not None else None
        entries = (
            f"{header_text(keys, k, embedded=True)}:{header_text(items, v, embedded=True)}" for k, v in value.items()
        )
        return f"{{{','.join(entries)}}}"
    return _scalar(schema, value)


def _member(struct: Struct, index: int) -> str:
    """A field; a null one shows its default."""
    field, value = struct.schema.fields[index], struct.values[index]
    shown = field.schema.default if value is None else value
    return f"{_quoted(field.name, True)}:{header_text(field.schema, shown, embedded=True)}"


def _quoted(text: str, embedded: bool) -> str:
    if not embedded:
        return text
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _scalar(schema: Schema | None, value: object) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        single = schema is not None and schema.type is SchemaType.FLOAT32
        return java_float(value) if single else java_double(value)
    if isinstance(value, decimal.Decimal):
        return decimal_text(value)
    if isinstance(value, int | str):
        return str(value)
    raise DataError(f"A value of type {type(value).__name__} has no text.")


def _logical_ms(schema: Schema | None, value: object) -> int | None:
    """ms since the epoch of a value that Java holds as java.util.Date; None for other values."""
    if schema is None or schema.name not in (DATE, TIME, TIMESTAMP) or not isinstance(value, int):
        return None
    return value * MS_PER_DAY if schema.name == DATE else value


def _iso(milliseconds: int) -> str:
    """Which form is chosen depends on the number alone, as in Connect."""
    moment = _EPOCH + datetime.timedelta(milliseconds=milliseconds)
    clock = f"{moment:%H:%M:%S}.{milliseconds % 1000:03d}Z"
    if milliseconds < MS_PER_DAY:
        return clock
    date = f"{moment.year:04d}-{moment:%m-%d}"
    return date if milliseconds % MS_PER_DAY == 0 else f"{date}T{clock}"


def _java_date(milliseconds: int) -> str:
    """`java.util.Date.toString` in UTC."""
    moment = _EPOCH + datetime.timedelta(milliseconds=milliseconds)
    day, month = _DAYS[moment.weekday()], _MONTHS[moment.month - 1]
    return f"{day} {month} {moment:%d %H:%M:%S} UTC {moment.year:04d}"
