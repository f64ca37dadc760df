"""The type numbers of java.sql.Types that columns carry (see `Column.jdbc_type`)."""

from __future__ import annotations

from typing import Final

BIT: Final = -7
TINYINT: Final = -6
BIGINT: Final = -5
LONGVARBINARY: Final = -4
VARBINARY: Final = -3
BINARY: Final = -2
LONGVARCHAR: Final = -1
CHAR: Final = 1
NUMERIC: Final = 2
DECIMAL: Final = 3
INTEGER: Final = 4
SMALLINT: Final = 5
FLOAT: Final = 6
REAL: Final = 7
DOUBLE: Final = 8
VARCHAR: Final = 12
BOOLEAN: Final = 16
DATE: Final = 91
TIME: Final = 92
TIMESTAMP: Final = 93
BLOB: Final = 2004
CLOB: Final = 2005
NCLOB: Final = 2011
TIMESTAMP_WITH_TIMEZONE: Final = 2014
NCHAR: Final = -15
NVARCHAR: Final = -9
LONGNVARCHAR: Final = -16

NUMBERS: Final = frozenset({BIT, TINYINT, SMALLINT, INTEGER, BIGINT, FLOAT, REAL, DOUBLE, NUMERIC, DECIMAL})
STRINGS: Final = frozenset({CHAR, VARCHAR, LONGVARCHAR, CLOB, NCHAR, NVARCHAR, LONGNVARCHAR, NCLOB})
BINARIES: Final = frozenset({BLOB, BINARY, VARBINARY, LONGVARBINARY})
