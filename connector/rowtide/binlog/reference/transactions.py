"""Events that begin transactions and tell which are in earlier files."""

from __future__ import annotations

from uuid import UUID

from rowtide.binlog.cursor import Cursor
from rowtide.binlog.events import AnonymousGtid, EventHeader, GtidList, MariadbGtid, MysqlGtid, PreviousGtids
from rowtide.binlog.gtid import MysqlGtidSet

_LOGICAL_CLOCK = 2
_ORIGINAL_FOLLOWS = 1 << 55
_TAG_CHARACTERS_MAX = 32


def gtid(header: EventHeader, cursor: Cursor) -> MysqlGtid:
    sid, gno, original, immediate = _gtid_fields(cursor)
    return MysqlGtid(header, sid, gno, None, original, immediate)


def anonymous_gtid(header: EventHeader, cursor: Cursor) -> AnonymousGtid:
    _, _, original, immediate = _gtid_fields(cursor)
    return AnonymousGtid(header, original, immediate)


def _gtid_fields(cursor: Cursor) -> tuple[str, int, int | None, int | None]:
    """Flags (1), UUID (16), number (8); from 5.7 on 2 (1), last committed (8), sequence (8); from 8.0.1 on the commit
    time (7), whose highest bit says that the original server's follows (7); then lengths and versions, which nobody
    needs."""
    cursor.skip(1)
    sid = str(UUID(bytes=cursor.take(16)))
    gno = cursor.sint(8)
    if cursor.remaining < 1 + 16 + 7 or cursor.u8() != _LOGICAL_CLOCK:
        return sid, gno, None, None
    cursor.skip(16)
    immediate = cursor.uint(7)
    if not immediate & _ORIGINAL_FOLLOWS:
        return sid, gno, immediate, immediate
    return sid, gno, cursor.uint(7), immediate & ~_ORIGINAL_FOLLOWS


_FIELD_UUID, _FIELD_GNO, _FIELD_TAG, _FIELD_IMMEDIATE, _FIELD_ORIGINAL = 1, 2, 3, 6, 7
_FIELDS_KNOWN = 12


def tagged_gtid(header: EventHeader, cursor: Cursor) -> MysqlGtid:
    """A message of MySQL's serialization library: version, size, last field that must be understood; then fields in
    rising order, each its number and its value, those with default values left out."""
    start = cursor.pos
    version, size = cursor.varlen(), cursor.varlen()
    if version != 1 or size > cursor.end - start:
        raise cursor.error(f"A tagged GTID of version {version} and {size} bytes cannot be read", start + cursor.origin)
    cursor.varlen()
    message = Cursor(cursor.data, cursor.pos, start + size, cursor.origin)
    sid, tag, numbers = "", "", dict[int, int]()
    while message.remaining:
        field = message.varlen()
        if field >= _FIELDS_KNOWN:
            break
        if field == _FIELD_UUID:
            sid = str(UUID(bytes=bytes(_byte(message) for _ in range(16))))
        elif field == _FIELD_TAG:
            tag = _tag(message)
        else:
            numbers[field] = message.varlen()
    if not sid or _FIELD_GNO not in numbers:
        raise cursor.error("A tagged GTID has no UUID or number", start + cursor.origin)
    immediate = numbers.get(_FIELD_IMMEDIATE)
    # Signed numbers keep their sign in the lowest bit; a transaction's number is never negative.
    return MysqlGtid(
        header, sid, numbers[_FIELD_GNO] >> 1, tag or None, numbers.get(_FIELD_ORIGINAL, immediate), immediate
    )


def _byte(cursor: Cursor) -> int:
    value = cursor.varlen()
    if value > 0xFF:
        raise cursor.error(f"{value} is no byte of a UUID")
    return value


def _tag(cursor: Cursor) -> str:
    size = cursor.varlen()
    if size > _TAG_CHARACTERS_MAX:
        raise cursor.error(f"A tag has {size} characters, {_TAG_CHARACTERS_MAX} being the most")
    tag = cursor.take(size).decode("ascii", "replace")
    if tag and not (tag.isascii() and tag.isidentifier()):
        raise cursor.error("A tag has characters that tags don't have", cursor.offset - size)
    return tag


_TAGGED_FORMAT = 1


def previous_gtids(header: EventHeader, cursor: Cursor) -> PreviousGtids:
    """Count of UUIDs (8), whose highest byte is 1 where tags follow (the count is then in bytes 1 to 6); each UUID
    (16), tag, count of intervals (8), and of these first and last + 1 (8 each)."""
    count = cursor.uint(8)
    tagged = count >> 56 == _TAGGED_FORMAT
    if tagged:
        count = count >> 8 & ((1 << 48) - 1)
    gtids = MysqlGtidSet()
    for _ in range(count):
        sid = str(UUID(bytes=cursor.take(16)))
        tag = _tag(cursor) if tagged else ""
        gtids.add_intervals(sid, tag, [_interval(cursor) for _ in range(cursor.uint(8))])
    return PreviousGtids(header, str(gtids))


def _interval(cursor: Cursor) -> tuple[int, int]:
    first, after = cursor.uint(8), cursor.uint(8)
    if not 0 < first < after < 1 << 63:
        raise cursor.error(f"{first}-{after - 1} is no interval of GTIDs", cursor.offset - 16)
    return first, after - 1


def mariadb_gtid(header: EventHeader, cursor: Cursor) -> MariadbGtid:
    """Sequence (8), domain (4), flags (1), then what depends on the flags."""
    sequence, domain, flags = cursor.uint(8), cursor.uint(4), cursor.u8()
    return MariadbGtid(header, domain, sequence, flags)


def gtid_list(header: EventHeader, cursor: Cursor) -> GtidList:
    """Count (4, of which the upper four bits are flags); for each domain (4), server (4), sequence (8)."""
    count = cursor.uint(4) & 0x0FFFFFFF
    if count * 16 > cursor.remaining:
        raise cursor.error(f"A list of {count} GTIDs does not fit its event", cursor.offset - 4)
    return GtidList(header, tuple((cursor.uint(4), cursor.uint(4), cursor.uint(8)) for _ in range(count)))
