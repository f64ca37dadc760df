"""Character sets that only a collation tells of, where Debezium does not look at it.

Its MariaDB connector looks at COLLATE directly behind CHAR, VARCHAR and TEXT alone, and there does not know the names
that begin with `utf8_`; no connector looks at a table's. The server's set decides on how text is decoded, so it is kept
where that differs; where both are decoded alike, as all of `utf8`, `utf8mb3` and `utf8mb4` are, Debezium's is shown.
"""

from __future__ import annotations

from rowtide.mysql.charsets import charset_of_collation, codec_name


class Overlooked(str):
    """The name of such a character set, until `settled` decides."""

    __slots__ = ()


def overlooked(collation: str) -> str | None:
    """The character set of a collation at which Debezium does not look; None if the collation is unknown."""
    charset = charset_of_collation(collation)
    return None if charset is None else Overlooked(charset)


def settled(charset: str | None, default: str | None) -> str | None:
    """The character set to go on with: `default` where none was given, and instead of an overlooked one of its kind."""
    if charset is None or not isinstance(charset, Overlooked):
        return charset or default
    return default if default is not None and codec_name(charset) == codec_name(default) else str(charset)
