"""Names in Avro schemas: how a Connect name is divided, made valid and checked."""

from __future__ import annotations

from urllib.parse import quote_plus

from rowtide.errors import DataError

_PLAIN = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_")
_DIGITS = frozenset("0123456789")


def scrub(name: str) -> str:
    """The name with everything replaced that Avro does not take (`scrub.invalid.names`)."""
    if not name or (_PLAIN.issuperset(name) and name[0] not in _DIGITS):
        return name
    # Java's URLEncoder leaves `*` and encodes `~`; either becomes `_`-something below.
    encoded = quote_plus(name, safe="*", encoding="utf-8", errors="replace").replace("~", "%7E")
    if encoded[0] in _DIGITS:
        encoded = "x" + encoded
    return "".join(char if char in _PLAIN else "_" for char in encoded)


def split(full_name: str, *, scrubbed: bool) -> tuple[str | None, str]:
    """Namespace and name, divided at the last dot. Trailing dots are dropped, as `String.split` does."""
    parts = full_name.rstrip(".").split(".") if full_name else [full_name]
    if scrubbed:
        parts = [scrub(part) for part in parts]
    return ".".join(parts[:-1]) if len(parts) > 1 else None, parts[-1]


def check(name: str, what: str) -> str:
    """The name. Letters and digits are Unicode's, as in Apache Avro for Java.

    Raises:
        DataError: Avro does not take it.
    """
    if name and _letter(name[0]) and all(_letter(char) or char.isdecimal() for char in name) and max(name) <= "\uffff":
        return name
    raise DataError(
        f"Illegal name of {what} in an Avro schema: {name!r}.",
        hint="Names start with a letter or underscore and go on with letters, digits and underscores. Set the "
        "connector's schema.name.adjustment.mode and field.name.adjustment.mode to avro (or avro_unicode), or the "
        "converter's scrub.invalid.names=true.",
    )


def _letter(char: str) -> bool:
    return char.isalpha() or char == "_"
