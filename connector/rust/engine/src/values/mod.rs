//! Row image values: for each column type a reader of its bytes, chosen by the type and metadata of TABLE_MAP.

pub mod decimal;
pub mod json;
pub mod reader;
pub mod temporal;

use crate::values::decimal::Decimal;
use crate::values::temporal::{Date, DateTime};
use std::borrow::Cow;

/// A raw value (`rowtide.binlog.values`).
#[derive(Debug, Clone, PartialEq)]
pub enum Raw<'a> {
    Null,
    /// Integers as if signed, and the year.
    Int(i64),
    /// ENUM's index, SET's and BIT's bits.
    Bits(u64),
    Single(f32),
    Double(f64),
    Decimal(Decimal),
    Bytes(Cow<'a, [u8]>),
    Date(Date),
    DateTime(DateTime),
    /// TIMESTAMP: µs since the epoch; TIME: µs.
    Micros(i64),
    /// MySQL's binary JSON, with its offset in the event.
    Json(&'a [u8], usize),
    /// Changes to the JSON document of the image before, with their offset in the event.
    JsonChanges(&'a [u8], usize),
    /// Text of a snapshot's cell that stays text.
    Text(Cow<'a, str>),
}
