"""The raw values in which rows travel from a reader (binlog or snapshot) to `rowtide.types`.

| column type | raw value |
|---|---|
| TINYINT, SMALLINT, MEDIUMINT, INT, BIGINT | int, as if signed; `types` knows about UNSIGNED |
| FLOAT, DOUBLE | float (a FLOAT exactly as its 32 bits say) |
| DECIMAL | decimal.Decimal with the column's scale |
| CHAR, VARCHAR, BINARY, VARBINARY, TEXT, BLOB, GEOMETRY, VECTOR, INET, UUID | bytes as stored |
| ENUM | int, the index (0 is the invalid value) |
| SET | int, the bits |
| BIT | int |
| YEAR | int, 0 for the zero year |
| DATE | (year, month, day); parts may be 0 |
| DATETIME | (year, month, day, hour, minute, second, microsecond); parts may be 0 |
| TIMESTAMP | int, µs since the epoch, UTC; 0 for the zero timestamp |
| TIME | int, µs, may be negative or beyond a day |
| JSON | str, printed from the binary form as Debezium prints it |
| NULL | None |
| left out of the row image | UNAVAILABLE |

A snapshot gives CHAR, VARCHAR and TEXT in UTF-8, whatever the column's character set.
"""

from __future__ import annotations

import enum
from typing import Final


class Unavailable(enum.Enum):
    """The value of a column that a row image lacks (`binlog_row_image` other than FULL)."""

    VALUE = "unavailable"


UNAVAILABLE: Final = Unavailable.VALUE
