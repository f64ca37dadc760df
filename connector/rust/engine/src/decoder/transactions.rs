//! Events that begin transactions and tell which are in earlier files.

use crate::cursor::{as_signed, Cursor};
use crate::error::Result;
use crate::events::{Content, GtidIntervals, MysqlGtid};

const LOGICAL_CLOCK: u8 = 2;
const ORIGINAL_FOLLOWS: u64 = 1 << 55;
const TAG_CHARACTERS_MAX: u64 = 32;
const TAGGED_FORMAT: u64 = 1;

struct GtidFields {
    sid: [u8; 16],
    gno: i64,
    original: Option<u64>,
    immediate: Option<u64>,
}

/// Flags (1), UUID (16), number (8); from 5.7 on 2 (1), last committed (8), sequence (8); from 8.0.1 on the commit time
/// (7), whose highest bit says that the original server's follows (7).
fn gtid_fields(cursor: &mut Cursor<'_>) -> Result<GtidFields> {
    cursor.skip(1)?;
    let sid = cursor.array()?;
    let gno = as_signed(cursor.u64()?);
    let mut fields = GtidFields { sid, gno, original: None, immediate: None };
    if cursor.remaining() < 1 + 16 + 7 || cursor.u8()? != LOGICAL_CLOCK {
        return Ok(fields);
    }
    cursor.skip(16)?;
    let immediate = cursor.uint(7)?;
    let original = if immediate & ORIGINAL_FOLLOWS == 0 { immediate } else { cursor.uint(7)? };
    fields.original = Some(original);
    fields.immediate = Some(immediate & !ORIGINAL_FOLLOWS);
    Ok(fields)
}

pub fn gtid(cursor: &mut Cursor<'_>) -> Result<Content> {
    let GtidFields { sid, gno, original, immediate } = gtid_fields(cursor)?;
    Ok(Content::MysqlGtid(MysqlGtid {
        sid,
        gno: i128::from(gno),
        tag: None,
        original_commit_us: original,
        immediate_commit_us: immediate,
    }))
}

pub fn anonymous_gtid(cursor: &mut Cursor<'_>) -> Result<Content> {
    let fields = gtid_fields(cursor)?;
    Ok(Content::AnonymousGtid(fields.original, fields.immediate))
}

/// A message of MySQL's serialization library: version, size, last field that must be understood; then fields in rising
/// order, each its number and its value, those with default values left out.
pub fn tagged_gtid(cursor: &mut Cursor<'_>) -> Result<Content> {
    let start = cursor.pos;
    let (version, size) = (cursor.varlen()?, cursor.varlen()?);
    let end = usize::try_from(size).ok().and_then(|size| start.checked_add(size)).filter(|end| *end <= cursor.end);
    let Some(end) = end.filter(|_| version == 1) else {
        return Err(cursor.error_at(
            format!("A tagged GTID of version {version} and {size} bytes cannot be read"),
            start + cursor.origin,
        ));
    };
    cursor.varlen()?;
    let mut message = Cursor::within(cursor.data, cursor.pos, end, cursor.origin);
    let (mut sid, mut tag, mut gno, mut immediate, mut original) = (None, String::new(), None, None, None);
    while message.pos != message.end {
        match message.varlen()? {
            1 => sid = Some(uuid(&mut message)?),
            3 => tag = read_tag(&mut message)?,
            field @ (0 | 2 | 4..=11) => {
                let value = message.varlen()?;
                match field {
                    2 => gno = Some(value),
                    6 => immediate = Some(value),
                    7 => original = Some(value),
                    _ => {}
                }
            }
            _ => break,
        }
    }
    let (Some(sid), Some(gno)) = (sid, gno) else {
        return Err(cursor.error_at("A tagged GTID has no UUID or number", start + cursor.origin));
    };
    Ok(Content::MysqlGtid(MysqlGtid {
        sid,
        // Signed numbers keep their sign in the lowest bit; a transaction's number is never negative.
        gno: i128::from(gno >> 1),
        tag: Some(tag).filter(|tag| !tag.is_empty()),
        original_commit_us: original.or(immediate),
        immediate_commit_us: immediate,
    }))
}

fn uuid(cursor: &mut Cursor<'_>) -> Result<[u8; 16]> {
    let mut bytes = [0; 16];
    for byte in &mut bytes {
        let value = cursor.varlen()?;
        *byte = u8::try_from(value).map_err(|_| cursor.error(format!("{value} is no byte of a UUID")))?;
    }
    Ok(bytes)
}

fn read_tag(cursor: &mut Cursor<'_>) -> Result<String> {
    let size = cursor.varlen()?;
    if size > TAG_CHARACTERS_MAX {
        return Err(cursor.error(format!("A tag has {size} characters, {TAG_CHARACTERS_MAX} being the most")));
    }
    let stored = cursor.take(usize::try_from(size).unwrap_or(usize::MAX))?;
    let valid = stored.iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b'_')
        && !stored.first().is_some_and(u8::is_ascii_digit);
    if !valid {
        let place = cursor.offset().saturating_sub(stored.len());
        return Err(cursor.error_at("A tag has characters that tags don't have", place));
    }
    Ok(stored.iter().map(|byte| char::from(*byte)).collect())
}

/// Count of UUIDs (8), whose highest byte is 1 where tags follow (the count is then in bytes 1 to 6); each UUID (16),
/// tag, count of intervals (8), and of these first and last + 1 (8 each).
pub fn previous_gtids(cursor: &mut Cursor<'_>) -> Result<Content> {
    let stored = cursor.u64()?;
    let tagged = stored >> 56 == TAGGED_FORMAT;
    let count = if tagged { stored >> 8 & ((1 << 48) - 1) } else { stored };
    let mut sets = Vec::new();
    for _ in 0..count {
        let sid = cursor.array()?;
        let tag = if tagged { read_tag(cursor)? } else { String::new() };
        let mut intervals = Vec::new();
        for _ in 0..cursor.u64()? {
            let (first, after) = (cursor.u64()?, cursor.u64()?);
            if !(0 < first && first < after && after < 1 << 63) {
                let place = cursor.offset().saturating_sub(16);
                let last = i128::from(after) - 1;
                return Err(cursor.error_at(format!("{first}-{last} is no interval of GTIDs"), place));
            }
            intervals.push((first, after - 1));
        }
        sets.push(GtidIntervals { sid, tag, intervals });
    }
    Ok(Content::PreviousGtids(sets))
}

/// Sequence (8), domain (4), flags (1), then what depends on the flags.
pub fn mariadb_gtid(cursor: &mut Cursor<'_>) -> Result<Content> {
    let (sequence, domain, flags) = (cursor.u64()?, cursor.u32()?, cursor.u8()?);
    Ok(Content::MariadbGtid { domain, sequence, flags })
}

/// Count (4, of which the upper four bits are flags); for each domain (4), server (4), sequence (8).
pub fn gtid_list(cursor: &mut Cursor<'_>) -> Result<Content> {
    let count = usize::try_from(cursor.u32()? & 0x0FFF_FFFF).unwrap_or(usize::MAX);
    if count.saturating_mul(16) > cursor.remaining() {
        let place = cursor.offset().saturating_sub(4);
        return Err(cursor.error_at(format!("A list of {count} GTIDs does not fit its event"), place));
    }
    let mut gtids = Vec::with_capacity(count);
    for _ in 0..count {
        gtids.push((cursor.u32()?, cursor.u32()?, cursor.u64()?));
    }
    Ok(Content::GtidList(gtids))
}
