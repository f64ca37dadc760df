//! DECIMAL: groups of nine digits in big-endian integers of four bytes, the odd digits at either end in as few bytes as
//! hold them, the highest bit flipped, all bytes inverted when negative (decimal.c).

use crate::cursor::Cursor;
use crate::error::Result;

pub const PRECISION_MAX: usize = 65;
const DIGITS_MAX: usize = 96;
const GROUP: usize = 9;

/// Bytes that so many digits take.
fn group_bytes(digits: usize) -> usize {
    match digits {
        0 => 0,
        1 | 2 => 1,
        3 | 4 => 2,
        5 | 6 => 3,
        _ => 4,
    }
}

/// Bytes of a DECIMAL(precision, scale).
pub fn size(precision: usize, scale: usize) -> usize {
    let whole = precision.saturating_sub(scale);
    whole / GROUP * 4 + group_bytes(whole % GROUP) + scale / GROUP * 4 + group_bytes(scale % GROUP)
}

/// A number of decimal digits, of which the last `scale` stand behind the point.
#[derive(Clone, PartialEq, Eq)]
pub struct Decimal {
    /// Never of zero.
    pub negative: bool,
    pub scale: usize,
    length: usize,
    digits: [u8; DIGITS_MAX],
}

impl std::fmt::Debug for Decimal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut text = Vec::new();
        self.write_plain(&mut text);
        f.write_str(&String::from_utf8_lossy(&text))
    }
}

impl Decimal {
    /// From ASCII digits; `None` when they are more than a DECIMAL can have.
    pub fn new(negative: bool, digits: &[u8], scale: usize) -> Option<Self> {
        let mut made = Self { negative: false, scale, length: digits.len(), digits: [b'0'; DIGITS_MAX] };
        made.digits.get_mut(..digits.len())?.copy_from_slice(digits);
        made.negative = negative && !made.is_zero();
        Some(made)
    }

    pub fn from_u64(value: u64) -> Self {
        let mut buffer = itoa::Buffer::new();
        let text = buffer.format(value).as_bytes();
        Self::new(false, text, 0).unwrap_or(Self { negative: false, scale: 0, length: 1, digits: [b'0'; DIGITS_MAX] })
    }

    /// All digits, as ASCII, with leading zeros as they were stored.
    pub fn digits(&self) -> &[u8] {
        self.digits.get(..self.length).unwrap_or(&[])
    }

    pub fn is_zero(&self) -> bool {
        self.digits().iter().all(|digit| *digit == b'0')
    }

    fn significant(&self) -> &[u8] {
        let digits = self.digits();
        let zeros = digits.iter().take_while(|digit| **digit == b'0').count();
        digits.get(zeros..).unwrap_or(&[])
    }

    /// Without exponent: `-0.50`.
    pub fn write_plain(&self, out: &mut Vec<u8>) {
        if self.negative {
            out.push(b'-');
        }
        let digits = self.significant();
        let whole = digits.len().saturating_sub(self.scale);
        if whole == 0 {
            out.push(b'0');
        } else {
            out.extend_from_slice(digits.get(..whole).unwrap_or(&[]));
        }
        if self.scale > 0 {
            out.push(b'.');
            let fraction = digits.get(whole..).unwrap_or(&[]);
            for _ in fraction.len()..self.scale {
                out.push(b'0');
            }
            out.extend_from_slice(fraction);
        }
    }

    /// As `BigDecimal.toString`: scientific where the number is smaller than 1E-6.
    pub fn write_java(&self, out: &mut Vec<u8>) {
        let significant = self.significant();
        let (digits, count) = if significant.is_empty() { (&b"0"[..], 1) } else { (significant, significant.len()) };
        let adjusted = i64::try_from(count).unwrap_or(0) - 1 - i64::try_from(self.scale).unwrap_or(0);
        if adjusted >= -6 {
            self.write_plain(out);
            return;
        }
        if self.negative {
            out.push(b'-');
        }
        out.extend_from_slice(digits.get(..1).unwrap_or(b"0"));
        if count > 1 {
            out.push(b'.');
            out.extend_from_slice(digits.get(1..).unwrap_or(&[]));
        }
        out.push(b'E');
        out.extend_from_slice(itoa::Buffer::new().format(adjusted).as_bytes());
    }

    /// The unscaled number as the shortest big-endian two's complement.
    pub fn write_unscaled(&self, out: &mut Vec<u8>) {
        let digits = self.significant();
        if digits.len() <= 18 {
            let number = digits.iter().fold(0_i64, |value, digit| value * 10 + i64::from(digit & 15));
            write_shortest(if self.negative { -number } else { number }, out);
            return;
        }
        self.write_unscaled_big(digits, out);
    }

    fn write_unscaled_big(&self, digits: &[u8], out: &mut Vec<u8>) {
        let mut words = [0_u32; 12]; // 384 bits hold 96 digits
        for digit in digits {
            let mut carry = u64::from(digit & 15);
            for word in &mut words {
                let wide = u64::from(*word) * 10 + carry;
                *word = low_word(wide);
                carry = wide >> 32;
            }
        }
        if self.negative {
            let mut carry = 1_u64;
            for word in &mut words {
                let wide = u64::from(!*word) + carry;
                *word = low_word(wide);
                carry = wide >> 32;
            }
        }
        let mut bytes = [0_u8; 48];
        for (chunk, word) in bytes.chunks_exact_mut(4).zip(words.iter().rev()) {
            chunk.copy_from_slice(&word.to_be_bytes());
        }
        out.extend_from_slice(shortest(&bytes));
    }
}

fn low_word(wide: u64) -> u32 {
    u32::try_from(wide & 0xFFFF_FFFF).unwrap_or(0)
}

/// A big-endian two's complement without the bytes that only repeat its sign.
fn shortest(bytes: &[u8]) -> &[u8] {
    let sign = if bytes.first().is_some_and(|byte| byte & 0x80 != 0) { 0xFF } else { 0 };
    let mut rest = bytes;
    while let [first, second, ..] = rest {
        if *first != sign || (second ^ sign) & 0x80 != 0 {
            break;
        }
        rest = rest.get(1..).unwrap_or(&[]);
    }
    rest
}

fn write_shortest(number: i64, out: &mut Vec<u8>) {
    out.extend_from_slice(shortest(&number.to_be_bytes()));
}

/// The number, with exactly `scale` digits after the point.
pub fn read(cursor: &mut Cursor<'_>, precision: usize, scale: usize) -> Result<Decimal> {
    let offset = cursor.offset();
    let stored = cursor.take(size(precision, scale))?;
    let negative = stored.first().is_some_and(|byte| byte & 0x80 == 0);
    let invert = if negative { 0xFF } else { 0 };
    let whole = precision.saturating_sub(scale);
    let mut made = Decimal { negative: false, scale, length: precision, digits: [b'0'; DIGITS_MAX] };
    let mut flip = 0x80_u8;
    let mut at = 0;
    let mut place = 0;
    let groups = whole / GROUP + scale / GROUP;
    for index in 0..groups + 2 {
        let width = match index {
            0 => whole % GROUP,
            last if last == groups + 1 => scale % GROUP,
            _ => GROUP,
        };
        if width == 0 {
            continue;
        }
        let bytes = group_bytes(width);
        let mut value = 0_u32;
        for byte in stored.get(at..at + bytes).unwrap_or(&[]) {
            value = value << 8 | u32::from(byte ^ flip ^ invert);
            flip = 0;
        }
        at += bytes;
        let mut rest = value;
        if let Some(digits) = made.digits.get_mut(place..place + width) {
            for digit in digits.iter_mut().rev() {
                *digit = b'0' + u8::try_from(rest % 10).unwrap_or(0);
                rest /= 10;
            }
        }
        if rest > 0 {
            return Err(cursor.error_at(
                format!("A DECIMAL({precision},{scale}) holds a group of more than {width} digits"),
                offset,
            ));
        }
        place += width;
    }
    made.negative = negative && !made.is_zero();
    Ok(made)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn unscaled(text: &str) -> Vec<u8> {
        let mut out = Vec::new();
        let negative = text.starts_with('-');
        Decimal::new(negative, text.trim_start_matches('-').as_bytes(), 0).unwrap().write_unscaled(&mut out);
        out
    }

    #[test]
    fn unscaled_numbers_are_the_shortest_twos_complement() {
        assert_eq!(unscaled("0"), [0]);
        assert_eq!(unscaled("127"), [127]);
        assert_eq!(unscaled("128"), [0, 128]);
        assert_eq!(unscaled("-128"), [128]);
        assert_eq!(unscaled("-129"), [255, 127]);
        assert_eq!(unscaled("18446744073709551616"), [1, 0, 0, 0, 0, 0, 0, 0, 0]);
        assert_eq!(unscaled("-18446744073709551616"), [255, 0, 0, 0, 0, 0, 0, 0, 0]);
    }

    #[test]
    fn a_small_number_is_printed_as_java_does() {
        let mut out = Vec::new();
        Decimal::new(true, b"00000012", 8).unwrap().write_java(&mut out);
        assert_eq!(out, b"-1.2E-7");
    }
}
