//! Cells of the text protocol to raw values (`rowtide.types.text`).
//!
//! Only what servers print is read here. Anything else stops, and is read, or refused, by the record path.

use crate::cursor::{as_signed, signed};
use crate::plan::Stop;
use crate::values::decimal::Decimal;
use crate::values::temporal::{epoch_day, Date, DateTime, DAY_US, HOUR_US, MINUTE_US, SECOND_US};
use crate::values::Raw;
use std::borrow::Cow;
use std::collections::HashMap;

const FRACTION_DIGITS: usize = 6;
const INT_DIGITS_MAX: usize = 20;

/// How the cells of a column are read (`rowtide.types.text_recipes`).
#[derive(Debug, Clone)]
pub enum CellKind {
    Bytes,
    /// Text that stays text: JSON, UUID.
    Text,
    /// Integers of so many bits.
    Int(u32),
    Unsigned(u32),
    Single,
    Double,
    Bits,
    Decimal,
    Date,
    DateTime,
    /// As µs since the epoch.
    Timestamp,
    Time,
    Address,
    /// Index by text.
    Item(HashMap<Vec<u8>, u64>),
    /// Bit by item.
    Items(HashMap<Vec<u8>, u64>),
}

/// For each column of the table, which cell of a row is its value and how that is read; none where it was not selected.
#[derive(Debug, Clone, Default)]
pub struct Layout {
    pub columns: Vec<Option<(usize, CellKind)>>,
}

type Read<T> = Result<T, Stop>;

impl CellKind {
    #[inline]
    pub fn read<'a>(&self, cell: &'a [u8]) -> Read<Raw<'a>> {
        Ok(match self {
            Self::Bytes => Raw::Bytes(Cow::Borrowed(cell)),
            Self::Text => text(cell)?,
            Self::Int(bits) => Raw::Int(int(cell, *bits)?),
            Self::Unsigned(bits) => Raw::Int(unsigned(cell, *bits)?),
            Self::Single => Raw::Single(narrowed(double(cell)?)),
            Self::Double => Raw::Double(double(cell)?),
            Self::Bits => Raw::Bits(bits(cell)?),
            Self::Decimal => Raw::Decimal(decimal(cell)?),
            Self::Date => Raw::Date(Digits::new(cell).date(b"")?),
            Self::DateTime => Raw::DateTime(datetime(cell)?),
            Self::Timestamp => Raw::Micros(timestamp(cell)?),
            Self::Time => Raw::Micros(time(cell)?),
            Self::Address => Raw::Bytes(Cow::Owned(address(cell)?)),
            Self::Item(indexes) => match indexes.get(cell) {
                Some(index) => Raw::Bits(*index),
                None => text(cell)?,
            },
            Self::Items(places) => items(cell, places)?,
        })
    }
}

fn text(cell: &[u8]) -> Read<Raw<'_>> {
    std::str::from_utf8(cell).map(|text| Raw::Text(Cow::Borrowed(text))).map_err(|_| Stop)
}

/// A number of digits alone.
fn number(digits: &[u8]) -> Read<u64> {
    if digits.is_empty() || digits.len() > INT_DIGITS_MAX {
        return Err(Stop);
    }
    digits.iter().try_fold(0_u64, |value, digit| {
        let digit = digit.wrapping_sub(b'0');
        if digit > 9 {
            return Err(Stop);
        }
        value.checked_mul(10).and_then(|value| value.checked_add(u64::from(digit))).ok_or(Stop)
    })
}

#[inline]
fn int(cell: &[u8], bits: u32) -> Read<i64> {
    let (negative, digits) = sign(cell);
    let magnitude = i128::from(number(digits)?);
    let value = if negative { -magnitude } else { magnitude };
    let half = 1_i128 << bits.clamp(1, 64).saturating_sub(1);
    if value < -half || value >= half {
        return Err(Stop);
    }
    i64::try_from(value).map_err(|_| Stop)
}

fn unsigned(cell: &[u8], bits: u32) -> Read<i64> {
    let value = number(cell)?;
    if bits < 64 && value >> bits != 0 {
        return Err(Stop);
    }
    Ok(if bits < 64 { signed(value, usize::try_from(bits / 8).unwrap_or(8)) } else { as_signed(value) })
}

fn sign(cell: &[u8]) -> (bool, &[u8]) {
    match cell.split_first() {
        Some((b'-', rest)) => (true, rest),
        _ => (false, cell),
    }
}

fn double(cell: &[u8]) -> Read<f64> {
    if !cell.iter().all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b'-' | b'+' | b'e' | b'E')) {
        return Err(Stop);
    }
    std::str::from_utf8(cell).map_err(|_| Stop)?.parse().map_err(|_| Stop)
}

/// The nearest 32-bit float, infinite beyond its range.
fn narrowed(value: f64) -> f32 {
    #[allow(clippy::cast_possible_truncation)] // rounding is what is wanted
    let single = value as f32;
    single
}

fn bits(cell: &[u8]) -> Read<u64> {
    if cell.len() > 8 {
        return Err(Stop);
    }
    Ok(cell.iter().fold(0, |value, byte| value << 8 | u64::from(*byte)))
}

fn decimal(cell: &[u8]) -> Read<Decimal> {
    let (negative, rest) = sign(cell);
    let point = rest.iter().position(|byte| *byte == b'.');
    let (whole, fraction) = rest.split_at(point.unwrap_or(rest.len()));
    let fraction = fraction.get(1..).unwrap_or(&[]);
    if whole.is_empty() || (point.is_some() && fraction.is_empty()) {
        return Err(Stop);
    }
    let mut digits = [0_u8; 128];
    let length = whole.len() + fraction.len();
    let (Some(first), true) = (digits.get_mut(..whole.len()), length <= 128) else {
        return Err(Stop);
    };
    first.copy_from_slice(whole);
    digits.get_mut(whole.len()..length).ok_or(Stop)?.copy_from_slice(fraction);
    let digits = digits.get(..length).ok_or(Stop)?;
    if !digits.iter().all(u8::is_ascii_digit) {
        return Err(Stop);
    }
    let decimal = Decimal::new(negative, digits, fraction.len()).ok_or(Stop)?;
    // A negative zero keeps its sign where a Decimal here does not.
    if negative && decimal.is_zero() {
        return Err(Stop);
    }
    Ok(decimal)
}

/// What of a time is still to be read.
struct Digits<'a> {
    rest: &'a [u8],
}

impl<'a> Digits<'a> {
    fn new(rest: &'a [u8]) -> Self {
        Self { rest }
    }

    /// So many digits, and the mark behind them.
    #[inline]
    fn take(&mut self, count: usize, mark: &[u8]) -> Read<u32> {
        let value = self.rest.get(..count).ok_or(Stop)?.iter().try_fold(0_u32, |value, digit| {
            let digit = digit.wrapping_sub(b'0');
            if digit > 9 {
                return Err(Stop);
            }
            Ok(value * 10 + u32::from(digit))
        })?;
        self.rest = self.rest.get(count..).and_then(|rest| rest.strip_prefix(mark)).ok_or(Stop)?;
        Ok(value)
    }

    fn date(&mut self, mark: &[u8]) -> Read<Date> {
        let date = Date { year: self.take(4, b"-")?, month: self.take(2, b"-")?, day: self.take(2, mark)? };
        if mark.is_empty() && !self.rest.is_empty() {
            return Err(Stop);
        }
        Ok(date)
    }

    /// Nothing, or a point and digits: as µs.
    fn fraction(&mut self) -> Read<u32> {
        let Some((point, digits)) = self.rest.split_first() else {
            return Ok(0);
        };
        if *point != b'.' || digits.is_empty() || digits.len() > FRACTION_DIGITS {
            return Err(Stop);
        }
        let value = u32::try_from(number(digits)?).map_err(|_| Stop)?;
        Ok((digits.len()..FRACTION_DIGITS).fold(value, |value, _| value * 10))
    }
}

fn datetime(cell: &[u8]) -> Read<DateTime> {
    let mut digits = Digits::new(cell);
    let date = digits.date(b" ")?;
    let (hour, minute, second) = (digits.take(2, b":")?, digits.take(2, b":")?, digits.take(2, b"")?);
    if hour > 23 || minute > 59 || second > 59 {
        return Err(Stop);
    }
    Ok(DateTime { date, hour, minute, second, microsecond: digits.fraction()? })
}

/// 0 for the zero timestamp.
fn timestamp(cell: &[u8]) -> Read<i64> {
    let DateTime { date, hour, minute, second, microsecond } = datetime(cell)?;
    if date.year == 0 || date.month == 0 || date.day == 0 {
        return Ok(0);
    }
    let clock = i64::from(hour * 3600 + minute * 60 + second);
    Ok(epoch_day(date).ok_or(Stop)? * DAY_US + clock * SECOND_US + i64::from(microsecond))
}

/// `[-]h:mm:ss[.f]`
fn time(cell: &[u8]) -> Read<i64> {
    let (negative, rest) = sign(cell);
    let hours = rest.iter().position(|byte| *byte == b':').ok_or(Stop)?;
    let hour = i64::try_from(number(rest.get(..hours).ok_or(Stop)?)?).map_err(|_| Stop)?;
    let mut digits = Digits::new(rest.get(hours + 1..).ok_or(Stop)?);
    let (minute, second) = (digits.take(2, b":")?, digits.take(2, b"")?);
    if hour > 10_000 || minute > 59 || second > 59 {
        return Err(Stop);
    }
    let fraction = i64::from(digits.fraction()?);
    let total = hour * HOUR_US + i64::from(minute) * MINUTE_US + i64::from(second) * SECOND_US + fraction;
    Ok(if negative { -total } else { total })
}

fn address(cell: &[u8]) -> Read<Vec<u8>> {
    let text = std::str::from_utf8(cell).map_err(|_| Stop)?;
    Ok(match text.parse().map_err(|_| Stop)? {
        std::net::IpAddr::V4(address) => address.octets().to_vec(),
        std::net::IpAddr::V6(address) => address.octets().to_vec(),
    })
}

fn items<'a>(cell: &'a [u8], places: &HashMap<Vec<u8>, u64>) -> Read<Raw<'a>> {
    let mut bits = 0;
    if !cell.is_empty() {
        for item in cell.split(|byte| *byte == b',') {
            let Some(bit) = places.get(item) else {
                return text(cell);
            };
            if bits & bit != 0 {
                return Err(Stop);
            }
            bits |= bit;
        }
    }
    Ok(Raw::Bits(bits))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn what_servers_print_is_read() {
        assert_eq!(CellKind::Int(8).read(b"-128"), Ok(Raw::Int(-128)));
        assert_eq!(CellKind::Unsigned(8).read(b"255"), Ok(Raw::Int(-1)));
        assert_eq!(CellKind::Unsigned(64).read(b"18446744073709551615"), Ok(Raw::Int(-1)));
        assert_eq!(CellKind::Int(64).read(b"-9223372036854775808"), Ok(Raw::Int(i64::MIN)));
        assert_eq!(CellKind::Time.read(b"-838:59:59.5"), Ok(Raw::Micros(-3_020_399_500_000)));
        assert_eq!(CellKind::Timestamp.read(b"0000-00-00 00:00:00"), Ok(Raw::Micros(0)));
        assert_eq!(CellKind::Timestamp.read(b"1970-01-02 00:00:01.25"), Ok(Raw::Micros(86_401_250_000)));
        assert_eq!(CellKind::Decimal.read(b"-0.50"), Ok(Raw::Decimal(Decimal::new(true, b"050", 2).unwrap())));
    }

    #[test]
    fn what_they_do_not_print_is_left_to_the_record_path() {
        let kinds = [
            (CellKind::Int(8), "128"),
            (CellKind::Int(8), ""),
            (CellKind::Int(32), "+5"),
            (CellKind::Unsigned(8), "256"),
            (CellKind::Unsigned(64), "18446744073709551616"),
            (CellKind::Double, "nan"),
            (CellKind::Double, "1_0"),
            (CellKind::Decimal, "1e5"),
            (CellKind::Decimal, "-0.00"),
            (CellKind::Decimal, ".5"),
            (CellKind::Date, "2024-01-01 "),
            (CellKind::DateTime, "2024-01-01T00:00:00"),
            (CellKind::DateTime, "2024-01-01 24:00:00"),
            (CellKind::Time, "1:1:01"),
            (CellKind::Address, "1.2.3"),
            (CellKind::Bits, "123456789"),
        ];
        for (kind, cell) in kinds {
            assert_eq!(kind.read(cell.as_bytes()), Err(Stop), "{kind:?} {cell}");
        }
    }
}
