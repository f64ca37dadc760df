//! Dates and times: the packed forms of MySQL 5.6.4 and later, and the decimal ones before (my_time.cc).

use crate::cursor::{as_signed, Cursor};
use crate::error::Result;

pub const SECOND_US: i64 = 1_000_000;
pub const MINUTE_US: i64 = 60 * SECOND_US;
pub const HOUR_US: i64 = 60 * MINUTE_US;
pub const DAY_US: i64 = 24 * HOUR_US;

/// Parts may be zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Date {
    pub year: u32,
    pub month: u32,
    pub day: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DateTime {
    pub date: Date,
    pub hour: u32,
    pub minute: u32,
    pub second: u32,
    pub microsecond: u32,
}

fn part(value: u64) -> u32 {
    u32::try_from(value).unwrap_or(u32::MAX)
}

fn micros(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

/// Refuses parts that no server writes, rather than passing on what damaged bytes happen to say.
fn check(cursor: &Cursor<'_>, size: usize, month: u64, hour: u64, minute: u64, second: u64) -> Result<()> {
    if month > 12 || hour > 23 || minute > 59 || second > 59 {
        return Err(cursor.error_at(
            format!("Month {month}, hour {hour}, minute {minute}, second {second} is no time"),
            cursor.offset().saturating_sub(size),
        ));
    }
    Ok(())
}

/// Bytes of the fraction of so many digits.
pub fn fraction_bytes(fsp: usize) -> usize {
    fsp.min(6).div_ceil(2)
}

fn unit_us(fraction: usize) -> u64 {
    match fraction {
        1 => 10_000,
        2 => 100,
        _ => 1,
    }
}

fn fraction_us(cursor: &mut Cursor<'_>, size: usize) -> Result<u64> {
    if size == 0 {
        return Ok(0);
    }
    let microseconds = cursor.uint_be(size)? * unit_us(size);
    if microseconds >= 1_000_000 {
        return Err(cursor.error_at("A fraction is a second or more", cursor.offset().saturating_sub(size)));
    }
    Ok(microseconds)
}

/// Three bytes, little-endian: 5 bits of day, 4 of month, 15 of year.
pub fn date(cursor: &mut Cursor<'_>) -> Result<Date> {
    let packed = cursor.uint(3)?;
    let month = packed >> 5 & 15;
    check(cursor, 3, month, 0, 0, 0)?;
    Ok(Date { year: part(packed >> 9), month: part(month), day: part(packed & 31) })
}

pub fn timestamp(cursor: &mut Cursor<'_>) -> Result<i64> {
    Ok(micros(cursor.uint(4)?) * SECOND_US)
}

pub fn timestamp2(cursor: &mut Cursor<'_>, fraction: usize) -> Result<i64> {
    let seconds = micros(cursor.uint_be(4)?);
    Ok(seconds * SECOND_US + micros(fraction_us(cursor, fraction)?))
}

/// Eight bytes: the decimal number YYYYMMDDhhmmss.
pub fn datetime(cursor: &mut Cursor<'_>) -> Result<Option<DateTime>> {
    let number = cursor.u64()?;
    let (day, time) = (number / 1_000_000, number % 1_000_000);
    let (month, hour, minute, second) = (day / 100 % 100, time / 10_000, time / 100 % 100, time % 100);
    check(cursor, 8, month, hour, minute, second)?;
    let Ok(year) = u32::try_from(day / 10_000) else {
        return Ok(None); // a year of more digits than any calendar's: damaged, and left to the reference
    };
    Ok(Some(DateTime {
        date: Date { year, month: part(month), day: part(day % 100) },
        hour: part(hour),
        minute: part(minute),
        second: part(second),
        microsecond: 0,
    }))
}

/// 40 bits: 1 set, 17 of year * 13 + month, 5 of day, 5 of hour, 6 of minute, 6 of second.
pub fn datetime2(cursor: &mut Cursor<'_>, fraction: usize) -> Result<DateTime> {
    let stored = cursor.uint_be(5)?;
    let Some(packed) = stored.checked_sub(1 << 39) else {
        return Err(cursor.error_at("A DATETIME is negative", cursor.offset().saturating_sub(5)));
    };
    let (year, month) = ((packed >> 22) / 13, (packed >> 22) % 13);
    let (hour, minute, second) = (packed >> 12 & 31, packed >> 6 & 63, packed & 63);
    check(cursor, 5, 0, hour, minute, second)?;
    let date = Date { year: part(year), month: part(month), day: part(packed >> 17 & 31) };
    let microsecond = part(fraction_us(cursor, fraction)?);
    Ok(DateTime { date, hour: part(hour), minute: part(minute), second: part(second), microsecond })
}

/// Three bytes, signed: the decimal number hhmmss.
pub fn time(cursor: &mut Cursor<'_>) -> Result<i64> {
    let number = cursor.sint(3)?;
    let magnitude = number.unsigned_abs();
    let (minute, second) = (magnitude / 100 % 100, magnitude % 100);
    check(cursor, 3, 0, 0, minute, second)?;
    let total = micros(magnitude / 10_000) * HOUR_US + micros(minute) * MINUTE_US + micros(second) * SECOND_US;
    Ok(if number < 0 { -total } else { total })
}

/// 24 bits, offset by half: 1 of sign, 1 unused, 10 of hour, 6 of minute, 6 of second; the fraction belongs to the
/// number, so that negative values borrow from the seconds.
pub fn time2(cursor: &mut Cursor<'_>, fraction: usize) -> Result<i64> {
    let size = 3 + fraction;
    let bits = 8 * size;
    let number = as_signed(cursor.uint_be(size)?) - (1_i64 << (bits - 1));
    let magnitude = number.unsigned_abs();
    let fraction_us = (magnitude & ((1_u64 << (8 * fraction)) - 1)) * unit_us(fraction);
    let packed = magnitude >> (8 * fraction);
    let (hour, minute, second) = (packed >> 12 & 1023, packed >> 6 & 63, packed & 63);
    check(cursor, size, 0, 0, minute, second)?;
    if fraction_us >= 1_000_000 {
        return Err(cursor.error_at("A fraction is a second or more", cursor.offset().saturating_sub(size)));
    }
    let total =
        micros(hour) * HOUR_US + micros(minute) * MINUTE_US + micros(second) * SECOND_US + micros(fraction_us);
    Ok(if number < 0 { -total } else { total })
}

/// Days since 1970-01-01 of a day of the proleptic Gregorian calendar, years 1 to 9999; `None` for no such day.
pub fn epoch_day(date: Date) -> Option<i64> {
    let Date { year, month, day } = date;
    if !(1..=9999).contains(&year) || !(1..=12).contains(&month) || day < 1 || day > days_in_month(year, month) {
        return None;
    }
    // Counted from 1 March, so that a leap day is the last of its year.
    let shifted = i64::from(year) - i64::from(month <= 2);
    let era = shifted.div_euclid(400);
    let year_of_era = shifted.rem_euclid(400);
    let month_of_year = i64::from((month + 9) % 12);
    let day_of_year = (153 * month_of_year + 2) / 5 + i64::from(day) - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    Some(era * 146_097 + day_of_era - 719_468)
}

fn days_in_month(year: u32, month: u32) -> u32 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        _ => 31,
    }
}

/// The day of a number of days since 1970-01-01.
pub fn civil(epoch_day: i64) -> (i64, u32, u32) {
    let shifted = epoch_day + 719_468;
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_of_year = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_of_year + 2) / 5 + 1;
    let month = if month_of_year < 10 { month_of_year + 3 } else { month_of_year - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    (year, u32::try_from(month).unwrap_or(0), u32::try_from(day).unwrap_or(0))
}


#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_counted_from_1970_and_back() {
        for (year, month, day, expected) in [(1970, 1, 1, 0), (2000, 2, 29, 11_016), (1, 1, 1, -719_162), (9999, 12, 31, 2_932_896)] {
            assert_eq!(epoch_day(Date { year, month, day }), Some(expected));
            assert_eq!(civil(expected), (i64::from(year), month, day));
        }
        assert_eq!(epoch_day(Date { year: 2023, month: 2, day: 29 }), None);
    }
}
