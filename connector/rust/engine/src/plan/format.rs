//! How the values of Connect's types are written.

use crate::text;
use crate::values::decimal::Decimal;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// As JsonConverter; decimals as numbers, or their bytes in Base64.
    Json { numeric_decimals: bool },
    /// As Avro's binary encoding.
    Avro,
}

/// A value of one of Connect's types.
#[derive(Debug)]
pub enum Leaf<'a> {
    Null,
    Bool(bool),
    Int(i64),
    Single(f32),
    Double(f64),
    Text(&'a str),
    Bytes(&'a [u8]),
    Decimal(&'a Decimal),
}

/// Avro's variable-length integer of a signed number.
pub fn write_zigzag(out: &mut Vec<u8>, number: i64) {
    let mut rest = u64::from_ne_bytes(((number << 1) ^ (number >> 63)).to_ne_bytes());
    while rest >= 0x80 {
        out.push(u8::try_from(rest & 0x7F).unwrap_or(0) | 0x80);
        rest >>= 7;
    }
    out.push(u8::try_from(rest).unwrap_or(0));
}

fn write_length(out: &mut Vec<u8>, length: usize) {
    write_zigzag(out, i64::try_from(length).unwrap_or(i64::MAX));
}

impl Format {
    #[inline]
    pub fn write(self, out: &mut Vec<u8>, leaf: &Leaf<'_>) {
        match self {
            Self::Json { numeric_decimals } => write_json(out, leaf, numeric_decimals),
            Self::Avro => write_avro(out, leaf),
        }
    }

    /// An array of 32-bit floats, little-endian in `data`.
    pub fn write_floats(self, out: &mut Vec<u8>, data: &[u8]) {
        let floats = data.chunks_exact(4).filter_map(|chunk| chunk.try_into().ok()).map(f32::from_le_bytes);
        match self {
            Self::Json { .. } => {
                out.push(b'[');
                for (i, value) in floats.enumerate() {
                    if i > 0 {
                        out.push(b',');
                    }
                    self.write(out, &Leaf::Single(value));
                }
                out.push(b']');
            }
            Self::Avro => {
                if !data.is_empty() {
                    write_length(out, data.len() / 4);
                    out.extend_from_slice(data);
                }
                out.push(0);
            }
        }
    }
}

#[inline]
fn write_json(out: &mut Vec<u8>, leaf: &Leaf<'_>, numeric_decimals: bool) {
    match leaf {
        Leaf::Null => out.extend_from_slice(b"null"),
        Leaf::Bool(value) => out.extend_from_slice(if *value { b"true" } else { b"false" }),
        Leaf::Int(value) => text::write_int(out, *value),
        Leaf::Single(value) if value.is_finite() => text::write_single(out, *value),
        Leaf::Double(value) if value.is_finite() => text::write_double(out, *value),
        Leaf::Single(value) => write_special(out, f64::from(*value)),
        Leaf::Double(value) => write_special(out, *value),
        Leaf::Text(value) => {
            out.push(b'"');
            text::escape_json(out, value);
            out.push(b'"');
        }
        Leaf::Bytes(value) => write_quoted_base64(out, value),
        Leaf::Decimal(value) if numeric_decimals => value.write_java(out),
        Leaf::Decimal(value) => {
            let mut unscaled = Vec::with_capacity(32);
            value.write_unscaled(&mut unscaled);
            write_quoted_base64(out, &unscaled);
        }
    }
}

/// Not a number and the infinities are strings.
fn write_special(out: &mut Vec<u8>, value: f64) {
    out.push(b'"');
    text::write_double(out, value);
    out.push(b'"');
}

fn write_quoted_base64(out: &mut Vec<u8>, data: &[u8]) {
    out.push(b'"');
    text::write_base64(out, data, false);
    out.push(b'"');
}

fn write_avro(out: &mut Vec<u8>, leaf: &Leaf<'_>) {
    match leaf {
        Leaf::Null => {}
        Leaf::Bool(value) => out.push(u8::from(*value)),
        Leaf::Int(value) => write_zigzag(out, *value),
        Leaf::Single(value) => out.extend_from_slice(&value.to_le_bytes()),
        Leaf::Double(value) => out.extend_from_slice(&value.to_le_bytes()),
        Leaf::Text(value) => {
            write_length(out, value.len());
            out.extend_from_slice(value.as_bytes());
        }
        Leaf::Bytes(value) => {
            write_length(out, value.len());
            out.extend_from_slice(value);
        }
        Leaf::Decimal(value) => {
            let mut unscaled = Vec::with_capacity(32);
            value.write_unscaled(&mut unscaled);
            write_length(out, unscaled.len());
            out.extend_from_slice(&unscaled);
        }
    }
}
