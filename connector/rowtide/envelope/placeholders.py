"""What is shown for values that the log left out (binlog_row_image=NOBLOB): `unavailable.value.placeholder`."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from rowtide.binlog.values import UNAVAILABLE
from rowtide.changes import RawRow
from rowtide.mysql.charsets import codec_name
from rowtide.tables.model import Column
from rowtide.types import ColumnCodec

RowValues = Callable[[RawRow], list[object]]
DEFAULT_PLACEHOLDER = "__debezium_unavailable_value"
_HEX = "hex:"


def placeholder_text(option: str) -> str:
    """The option's value; `hex:` is followed by the text's bytes in UTF-8. Raises ValueError."""
    return bytes.fromhex(option[len(_HEX) :]).decode() if option.startswith(_HEX) else option


def with_placeholders(
    columns: Sequence[tuple[Column, ColumnCodec]], read: RowValues, text: str, *, json_is_text: bool
) -> RowValues:
    """Reads rows with values that are `UNAVAILABLE`.

    Args:
        columns: those that `read` gives, in its order.
        text: the placeholder. Masks, hashes and truncations hold for it as for the column's values.
        json_is_text: JSON comes as text rather than bytes, as in MySQL's log.
    """
    shown: dict[int, object] = {}

    def placeholder(place: int) -> object:
        if place not in shown:
            column, codec = columns[place]
            is_text = json_is_text and column.base_type == "JSON"
            shown[place] = codec.convert(text if is_text else text.encode(codec_name(column.charset), "replace"))
        return shown[place]

    def read_partial(row: RawRow) -> list[object]:
        values = read([None if value is UNAVAILABLE else value for value in row])
        for place, (column, _) in enumerate(columns):
            if row[column.position - 1] is UNAVAILABLE:
                values[place] = placeholder(place)
        return values

    return read_partial
