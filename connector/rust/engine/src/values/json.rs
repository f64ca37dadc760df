//! MySQL's binary JSON, printed as Debezium prints it: no blanks, numbers in full, dates and times as strings.
//!
//! Layout (json_binary.h): a type byte, then for an object or array its count and size (2 bytes each, 4 in a large
//! one), for an object an offset and length (2) of each key, for each value a type byte and either the value itself,
//! where it fits, or its offset from the count.

use crate::cursor::Cursor;
use crate::error::Result;
use crate::event_types::column as t;
use crate::text::{self, write_base64};
use crate::values::decimal;

/// One more than the nesting that servers allow.
const DEPTH_MAX: usize = 101;
const STRING: u8 = 0x0C;
const OPAQUE: u8 = 0x0F;

/// Appends the document's text; false, and nothing, when it is empty, as a server leaves it in a NOT NULL column that
/// was given nothing.
pub fn write(document: &[u8], origin: usize, out: &mut Vec<u8>) -> Result<bool> {
    let Some(kind) = document.first() else {
        return Ok(false);
    };
    let mut printer =
        Printer { document, origin, values_left: document.len() / 3 + 1, bytes_left: document.len(), out };
    printer.value(*kind, 1, 0)?;
    Ok(true)
}

/// Offsets may point anywhere, so what is printed is bounded by what an honest document of that size can hold: a value
/// takes at least three bytes, a string as many as it is long.
struct Printer<'a, 'o> {
    document: &'a [u8],
    origin: usize,
    values_left: usize,
    bytes_left: usize,
    out: &'o mut Vec<u8>,
}

/// Whether an object, and the bytes of its offsets.
fn container(kind: u8) -> Option<(bool, usize)> {
    match kind {
        0x00 => Some((true, 2)),
        0x01 => Some((true, 4)),
        0x02 => Some((false, 2)),
        0x03 => Some((false, 4)),
        _ => None,
    }
}

impl<'a> Printer<'a, '_> {
    fn cursor(&self, pos: usize) -> Cursor<'a> {
        Cursor::within(self.document, pos, self.document.len(), self.origin)
    }

    fn value(&mut self, kind: u8, pos: usize, depth: usize) -> Result<()> {
        let mut cursor = self.cursor(pos);
        if self.values_left == 0 || depth > DEPTH_MAX {
            return Err(
                cursor.error("A JSON document refers to one value again and again, or is nested too deeply")
            );
        }
        self.values_left -= 1;
        if let Some((is_object, width)) = container(kind) {
            return self.container(is_object, width, cursor, depth);
        }
        match kind {
            0x04..=0x0B => self.scalar(kind, &mut cursor),
            STRING => {
                let size = varint(&mut cursor)?;
                let content = self.counted(&mut cursor, size)?;
                self.quoted(content);
                Ok(())
            }
            OPAQUE => {
                let column_type = cursor.u8()?;
                let size = varint(&mut cursor)?;
                let start = cursor.offset();
                let content = self.counted(&mut cursor, size)?;
                self.opaque(column_type, Cursor::new(content, start))
            }
            _ => Err(cursor.error(format!("{kind} is no type of JSON value"))),
        }
    }

    fn counted(&mut self, cursor: &mut Cursor<'a>, size: usize) -> Result<&'a [u8]> {
        match self.bytes_left.checked_sub(size) {
            Some(left) => {
                self.bytes_left = left;
                cursor.take(size)
            }
            None => {
                self.bytes_left = 0;
                Err(cursor.error("A JSON document's strings are longer than the document"))
            }
        }
    }

    fn container(&mut self, is_object: bool, width: usize, mut cursor: Cursor<'a>, depth: usize) -> Result<()> {
        let start = cursor.pos;
        let (count, size) = (cursor.length(width)?, cursor.length(width)?);
        if size > self.document.len().saturating_sub(start) || count.saturating_mul(1 + width) > size {
            return Err(cursor
                .error(format!("A JSON container of {count} values in {size} bytes does not fit its document")));
        }
        let mut names = self.cursor(cursor.pos);
        if is_object {
            cursor.skip_each(count, width + 2)?;
        }
        let first = cursor.pos.saturating_sub(start).saturating_add(count.saturating_mul(1 + width));
        self.out.push(if is_object { b'{' } else { b'[' });
        for i in 0..count {
            if i > 0 {
                self.out.push(b',');
            }
            if is_object {
                let (offset, length) = (names.length(width)?, names.length(2)?);
                let mut at = self.cursor(start.saturating_add(offset));
                let name = self.counted(&mut at, length)?;
                self.quoted(name);
                self.out.push(b':');
            }
            self.entry(&mut cursor, start, (first, size), width, depth)?;
        }
        self.out.push(if is_object { b'}' } else { b']' });
        Ok(())
    }

    fn entry(
        &mut self,
        cursor: &mut Cursor<'a>,
        start: usize,
        bounds: (usize, usize),
        width: usize,
        depth: usize,
    ) -> Result<()> {
        let kind = cursor.u8()?;
        let inlined = cursor.pos;
        let offset = cursor.length(width)?;
        if matches!(kind, 0x04..=0x06) || (matches!(kind, 0x07 | 0x08) && width == 4) {
            return self.value(kind, inlined, depth + 1);
        }
        if offset < bounds.0 || offset >= bounds.1 {
            return Err(cursor.error(format!(
                "A JSON value at {offset} lies outside its container ({} to {})",
                bounds.0, bounds.1
            )));
        }
        self.value(kind, start.saturating_add(offset), depth + 1)
    }

    fn quoted(&mut self, content: &[u8]) {
        self.out.push(b'"');
        text::escape_document(self.out, &String::from_utf8_lossy(content));
        self.out.push(b'"');
    }

    fn scalar(&mut self, kind: u8, cursor: &mut Cursor<'_>) -> Result<()> {
        match kind {
            0x04 => {
                let code = cursor.u8()?;
                let literal: &[u8] = match code {
                    0 => b"null",
                    1 => b"true",
                    2 => b"false",
                    _ => {
                        let place = cursor.offset().saturating_sub(1);
                        return Err(cursor.error_at(format!("{code} is no JSON literal"), place));
                    }
                };
                self.out.extend_from_slice(literal);
            }
            0x05 => self.signed(cursor.sint(2)?),
            0x06 => self.unsigned(cursor.uint(2)?),
            0x07 => self.signed(cursor.sint(4)?),
            0x08 => self.unsigned(cursor.uint(4)?),
            0x09 => self.signed(cursor.sint(8)?),
            0x0A => self.unsigned(cursor.uint(8)?),
            _ => {
                let number = f64::from_le_bytes(cursor.array()?);
                if !number.is_finite() {
                    let place = cursor.offset().saturating_sub(8);
                    return Err(cursor.error_at("A JSON number is not finite", place));
                }
                text::write_plain_double(self.out, number);
            }
        }
        Ok(())
    }

    fn signed(&mut self, number: i64) {
        self.out.extend_from_slice(itoa::Buffer::new().format(number).as_bytes());
    }

    fn unsigned(&mut self, number: u64) {
        self.out.extend_from_slice(itoa::Buffer::new().format(number).as_bytes());
    }

    fn opaque(&mut self, column_type: u8, mut content: Cursor<'_>) -> Result<()> {
        match column_type {
            t::DECIMAL | t::NEWDECIMAL => {
                let (precision, scale) = (usize::from(content.u8()?), usize::from(content.u8()?));
                if scale > precision || precision > decimal::PRECISION_MAX {
                    return Err(content.error(format!("DECIMAL({precision},{scale}) is no type")));
                }
                decimal::read(&mut content, precision, scale)?.write_plain(self.out);
            }
            t::DATE | t::NEWDATE => {
                let packed = content.u64()?;
                self.out.push(b'"');
                self.date(packed >> 24);
                self.out.push(b'"');
            }
            t::DATETIME | t::DATETIME2 | t::TIMESTAMP | t::TIMESTAMP2 => {
                let packed = content.u64()?;
                self.out.push(b'"');
                self.date(packed >> 24);
                self.out.push(b' ');
                self.clock(packed >> 24 & 0x1FFFF, packed & 0xFF_FFFF);
                self.out.push(b'"');
            }
            t::TIME | t::TIME2 => {
                let number = content.sint(8)?;
                let packed = number.unsigned_abs();
                self.out.push(b'"');
                if number < 0 {
                    self.out.push(b'-');
                }
                self.clock(packed >> 24, packed & 0xFF_FFFF);
                self.out.push(b'"');
            }
            _ => {
                self.out.push(b'"');
                write_base64(self.out, content.rest(), false);
                self.out.push(b'"');
            }
        }
        Ok(())
    }

    fn date(&mut self, packed: u64) {
        let (year, month) = ((packed >> 22) / 13, (packed >> 22) % 13);
        text::write_padded(self.out, year, 4);
        self.out.push(b'-');
        text::write_padded(self.out, month, 2);
        self.out.push(b'-');
        text::write_padded(self.out, packed >> 17 & 31, 2);
    }

    fn clock(&mut self, packed: u64, microseconds: u64) {
        text::write_padded(self.out, packed >> 12 & 1023, 2);
        self.out.push(b':');
        text::write_padded(self.out, packed >> 6 & 63, 2);
        self.out.push(b':');
        text::write_padded(self.out, packed & 63, 2);
        text::write_fraction(self.out, microseconds);
    }
}

/// Seven bits a byte, lowest first, the highest bit saying that another follows; at most five bytes.
fn varint(cursor: &mut Cursor<'_>) -> Result<usize> {
    let mut value = 0_u64;
    for shift in [0, 7, 14, 21, 28] {
        let byte = cursor.u8()?;
        value |= u64::from(byte & 0x7F) << shift;
        if byte & 0x80 == 0 {
            return Ok(usize::try_from(value).unwrap_or(usize::MAX));
        }
    }
    Err(cursor.error("A JSON length has no end"))
}

impl Cursor<'_> {
    /// Passes over `count` things of `size` bytes, one after another, as errors tell their places.
    fn skip_each(&mut self, count: usize, size: usize) -> Result<()> {
        if count.saturating_mul(size) <= self.remaining() {
            return self.skip(count * size);
        }
        let whole = self.remaining() / size;
        self.skip(whole * size)?;
        let width = size.saturating_sub(2);
        self.skip(width)?;
        self.skip(2)
    }
}
