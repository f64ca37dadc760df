//! What reads one column's values, and passes over them.

use crate::compression::inflate;
use crate::cursor::Cursor;
use crate::error::Result;
use crate::event_types::column as t;
use crate::values::{decimal, temporal, Raw};
use std::borrow::Cow;

/// The way of one column's values that are not NULL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reader {
    Int(usize),
    Single,
    Double,
    Year,
    Bits { size: usize, bits: u32 },
    Decimal { precision: usize, scale: usize },
    Date,
    Time,
    Time2 { fraction: usize },
    DateTime,
    DateTime2 { fraction: usize },
    Timestamp,
    Timestamp2 { fraction: usize },
    /// ENUM's index or SET's bits.
    Choice(usize),
    /// A length of so many bytes, then the value.
    Prefixed(usize),
    Json(usize),
    Compressed(usize),
    /// A type that row events don't carry, or not so that it can be read.
    Refused(String),
}

impl Reader {
    /// Bytes of every value, `None` where they differ.
    pub fn size(&self) -> Option<usize> {
        Some(match self {
            Self::Int(size) | Self::Choice(size) | Self::Bits { size, .. } => *size,
            Self::Single | Self::Timestamp => 4,
            Self::Double | Self::DateTime => 8,
            Self::Year => 1,
            Self::Decimal { precision, scale } => decimal::size(*precision, *scale),
            Self::Date | Self::Time => 3,
            Self::Time2 { fraction } => 3 + fraction,
            Self::DateTime2 { fraction } => 5 + fraction,
            Self::Timestamp2 { fraction } => 4 + fraction,
            Self::Prefixed(_) | Self::Json(_) | Self::Compressed(_) | Self::Refused(_) => return None,
        })
    }

    #[inline]
    pub fn skip(&self, cursor: &mut Cursor<'_>) -> Result<()> {
        if let Self::Prefixed(n) | Self::Json(n) | Self::Compressed(n) = self {
            let length = cursor.length(*n)?;
            return cursor.skip(length);
        }
        if let Self::Refused(why) = self {
            return Err(cursor.error(why));
        }
        cursor.skip(self.size().unwrap_or(0))
    }

    #[inline]
    pub fn read<'a>(&self, cursor: &mut Cursor<'a>) -> Result<Raw<'a>> {
        Ok(match self {
            Self::Int(size) => Raw::Int(cursor.sint(*size)?),
            Self::Single => Raw::Single(f32::from_le_bytes(cursor.array()?)),
            Self::Double => Raw::Double(f64::from_le_bytes(cursor.array()?)),
            Self::Year => {
                let stored = i64::from(cursor.u8()?);
                Raw::Int(if stored == 0 { 0 } else { stored + 1900 })
            }
            Self::Bits { size, bits } => {
                let value = cursor.uint_be(*size)?;
                if *bits < 64 && value >> bits != 0 {
                    return Err(cursor.error_at(
                        format!("A BIT({bits}) has more bits than that"),
                        cursor.offset().saturating_sub(*size),
                    ));
                }
                Raw::Bits(value)
            }
            Self::Decimal { precision, scale } => Raw::Decimal(decimal::read(cursor, *precision, *scale)?),
            Self::Date => Raw::Date(temporal::date(cursor)?),
            Self::Time => Raw::Micros(temporal::time(cursor)?),
            Self::Time2 { fraction } => Raw::Micros(temporal::time2(cursor, *fraction)?),
            Self::DateTime => match temporal::datetime(cursor)? {
                Some(value) => Raw::DateTime(value),
                None => return Err(cursor.error("A DATETIME has a year of more than nine digits")),
            },
            Self::DateTime2 { fraction } => Raw::DateTime(temporal::datetime2(cursor, *fraction)?),
            Self::Timestamp => Raw::Micros(temporal::timestamp(cursor)?),
            Self::Timestamp2 { fraction } => Raw::Micros(temporal::timestamp2(cursor, *fraction)?),
            Self::Choice(size) => Raw::Bits(cursor.uint(*size)?),
            Self::Prefixed(n) => {
                let length = cursor.length(*n)?;
                Raw::Bytes(Cow::Borrowed(cursor.take(length)?))
            }
            Self::Json(n) => {
                let length = cursor.length(*n)?;
                let document = cursor.take(length)?;
                Raw::Json(document, cursor.offset().saturating_sub(length))
            }
            Self::Compressed(n) => {
                let length = cursor.length(*n)?;
                let stored = cursor.take(length)?;
                Raw::Bytes(uncompressed(cursor, stored)?)
            }
            Self::Refused(why) => return Err(cursor.error(why)),
        })
    }
}

/// The value of a MariaDB COMPRESSED column: a mark (method in the upper half, 8 for a stream without header, size of
/// the length), the original length, a zlib stream (MariaDB's sql/field_comp.cc).
fn uncompressed<'a>(cursor: &Cursor<'a>, stored: &'a [u8]) -> Result<Cow<'a, [u8]>> {
    let offset = cursor.offset().saturating_sub(stored.len());
    let Some((mark, rest)) = stored.split_first() else {
        return Ok(Cow::Borrowed(stored));
    };
    let size = usize::from(mark & 7);
    if mark >> 4 == 0 {
        return Ok(Cow::Borrowed(rest));
    }
    let (Some(length), Some(data)) = (rest.get(..size), rest.get(size..)) else {
        return Err(cursor.error_at(format!("0x{mark:02x} does not begin a compressed column"), offset));
    };
    if mark >> 4 != 8 {
        return Err(cursor.error_at(format!("0x{mark:02x} does not begin a compressed column"), offset));
    }
    let length = length.iter().fold(0_u64, |value, byte| value << 8 | u64::from(*byte));
    inflate(data, usize::try_from(length).unwrap_or(usize::MAX), mark & 8 != 0)
        .map(Cow::Owned)
        .map_err(|why| cursor.error_at(format!("A compressed column does not expand: {why}"), offset))
}

/// Real type and length in bytes that the metadata of a STRING column names.
pub fn string_type(metadata: u32) -> (u8, usize) {
    let [first, second, ..] = metadata.to_le_bytes();
    let second = usize::from(second);
    if first != 0 && first & 0x30 != 0x30 {
        return (first | 0x30, second | usize::from((first & 0x30) ^ 0x30) << 4);
    }
    (if first == 0 { t::STRING } else { first }, second)
}

/// The reader of a column's values; one that refuses, where the type is unknown or its metadata impossible.
pub fn reader(column_type: u8, metadata: u32) -> Reader {
    if !has_reader(column_type) {
        return Reader::Refused(format!("The table has a column of unknown type {column_type}"));
    }
    if !possible(column_type, metadata) {
        return Reader::Refused(format!(
            "The table has a column of type {column_type} with the impossible metadata 0x{metadata:04x}"
        ));
    }
    build(column_type, metadata)
}

fn has_reader(column_type: u8) -> bool {
    matches!(
        column_type,
        t::DECIMAL..=t::DOUBLE | t::TIMESTAMP..=t::TYPED_ARRAY | t::MARIADB_BLOB_COMPRESSED
            | t::MARIADB_VARCHAR_COMPRESSED | t::VECTOR | t::JSON..=t::GEOMETRY
    )
}

fn build(column_type: u8, metadata: u32) -> Reader {
    let [first, second, ..] = metadata.to_le_bytes().map(usize::from);
    let fraction = temporal::fraction_bytes(first);
    let varchar = |length: u32| if length < 256 { 1 } else { 2 };
    match column_type {
        t::TINY => Reader::Int(1),
        t::SHORT => Reader::Int(2),
        t::INT24 => Reader::Int(3),
        t::LONG => Reader::Int(4),
        t::LONGLONG => Reader::Int(8),
        t::FLOAT => Reader::Single,
        t::DOUBLE => Reader::Double,
        t::NEWDECIMAL => Reader::Decimal { precision: first, scale: second },
        t::BIT => Reader::Bits {
            size: second + usize::from(first > 0),
            bits: u32::try_from(second * 8 + first).unwrap_or(64),
        },
        t::YEAR => Reader::Year,
        t::DATE | t::NEWDATE => Reader::Date,
        t::TIME => Reader::Time,
        t::TIME2 => Reader::Time2 { fraction },
        t::DATETIME => Reader::DateTime,
        t::DATETIME2 => Reader::DateTime2 { fraction },
        t::TIMESTAMP => Reader::Timestamp,
        t::TIMESTAMP2 => Reader::Timestamp2 { fraction },
        t::VARCHAR | t::VAR_STRING => Reader::Prefixed(varchar(metadata)),
        t::STRING => match string_type(metadata) {
            (t::ENUM | t::SET, length) => Reader::Choice(length),
            (_, length) => Reader::Prefixed(if length < 256 { 1 } else { 2 }),
        },
        t::ENUM | t::SET => Reader::Choice(second),
        t::TINY_BLOB | t::MEDIUM_BLOB | t::LONG_BLOB | t::BLOB | t::GEOMETRY | t::VECTOR => Reader::Prefixed(first),
        t::JSON => Reader::Json(first),
        t::MARIADB_BLOB_COMPRESSED => Reader::Compressed(first),
        t::MARIADB_VARCHAR_COMPRESSED => Reader::Compressed(varchar(metadata)),
        t::DECIMAL => {
            Reader::Refused("The table has a DECIMAL column of MySQL 4, which row events cannot carry".to_string())
        }
        _ => Reader::Refused(
            "The table has a typed array column, which only hidden columns of an index are".to_string(),
        ),
    }
}

fn possible(column_type: u8, metadata: u32) -> bool {
    let first = metadata & 0xFF;
    let second = metadata >> 8;
    match column_type {
        t::TINY_BLOB | t::MEDIUM_BLOB | t::LONG_BLOB | t::BLOB | t::GEOMETRY | t::VECTOR | t::JSON
        | t::MARIADB_BLOB_COMPRESSED => (1..=4).contains(&metadata),
        t::TIME2 | t::DATETIME2 | t::TIMESTAMP2 => metadata <= 6,
        t::NEWDECIMAL => second <= first && first <= 65 && first > 0,
        t::BIT => first < 8 && (1..=64).contains(&(second * 8 + first)),
        t::STRING => match string_type(metadata) {
            (t::ENUM, length) => matches!(length, 1 | 2),
            (t::SET, length) => (1..=8).contains(&length),
            _ => true,
        },
        t::ENUM => matches!(second, 1 | 2),
        t::SET => (1..=8).contains(&second),
        _ => true,
    }
}
