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
    digits: Digits,
}

/// The number without sign and point.
#[derive(Clone, PartialEq, Eq)]
enum Digits {
    Few(u128),
    /// In ASCII, without leading zeros.
    Many(Box<[u8]>),
}

/// So many digits fit 128 bits with a sign.
const FEW: usize = 38;

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
        let zeros = digits.iter().take_while(|digit| **digit == b'0').count();
        let significant = digits.get(zeros..).unwrap_or(&[]);
        if significant.len() > DIGITS_MAX {
            return None;
        }
        let digits = if significant.len() <= FEW {
            Digits::Few(significant.iter().fold(0, |value, digit| value * 10 + u128::from(digit & 15)))
        } else {
            Digits::Many(significant.into())
        };
        Some(Self { negative: negative && !significant.is_empty(), scale, digits })
    }

    pub fn from_u64(value: u64) -> Self {
        Self { negative: false, scale: 0, digits: Digits::Few(u128::from(value)) }
    }

    pub fn is_zero(&self) -> bool {
        self.digits == Digits::Few(0)
    }

    /// Calls `write` with the digits as ASCII, none for zero.
    fn with_digits<T>(&self, write: impl FnOnce(&[u8]) -> T) -> T {
        match &self.digits {
            Digits::Few(0) => write(&[]),
            Digits::Few(number) => match u64::try_from(*number) {
                Ok(number) => write(itoa::Buffer::new().format(number).as_bytes()),
                Err(_) => write(itoa::Buffer::new().format(*number).as_bytes()),
            },
            Digits::Many(digits) => write(digits),
        }
    }

    /// Without exponent: `-0.50`.
    pub fn write_plain(&self, out: &mut Vec<u8>) {
        if self.negative {
            out.push(b'-');
        }
        self.with_digits(|digits| {
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
        });
    }

    /// As `BigDecimal.toString`: scientific where the number is smaller than 1E-6.
    pub fn write_java(&self, out: &mut Vec<u8>) {
        let adjusted = self.with_digits(|digits| i64::try_from(digits.len().max(1)).unwrap_or(0))
            - 1
            - i64::try_from(self.scale).unwrap_or(0);
        if adjusted >= -6 {
            self.write_plain(out);
            return;
        }
        if self.negative {
            out.push(b'-');
        }
        self.with_digits(|digits| {
            out.extend_from_slice(digits.get(..1).unwrap_or(b"0"));
            if digits.len() > 1 {
                out.push(b'.');
                out.extend_from_slice(digits.get(1..).unwrap_or(&[]));
            }
        });
        out.push(b'E');
        out.extend_from_slice(itoa::Buffer::new().format(adjusted).as_bytes());
    }

    /// The unscaled number as the shortest big-endian two's complement.
    pub fn write_unscaled(&self, out: &mut Vec<u8>) {
        match &self.digits {
            Digits::Few(number) => {
                let number = i128::try_from(*number).unwrap_or(i128::MAX);
                let number = if self.negative { -number } else { number };
                match i64::try_from(number) {
                    Ok(number) => out.extend_from_slice(shortest(&number.to_be_bytes())),
                    Err(_) => out.extend_from_slice(shortest(&number.to_be_bytes())),
                }
            }
            Digits::Many(digits) => self.write_unscaled_big(digits, out),
        }
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

/// The number, with exactly `scale` digits after the point.
pub fn read(cursor: &mut Cursor<'_>, precision: usize, scale: usize) -> Result<Decimal> {
    let offset = cursor.offset();
    let stored = cursor.take(size(precision, scale))?;
    let negative = stored.first().is_some_and(|byte| byte & 0x80 == 0);
    let whole = precision.saturating_sub(scale);
    let widths = [whole % GROUP, whole / GROUP, scale / GROUP, scale % GROUP];
    let mut groups = Groups { stored, at: 0, flip: 0x80, invert: if negative { 0xFF } else { 0 } };
    let digits = if precision <= FEW { few(&mut groups, widths) } else { many(&mut groups, widths) };
    match digits {
        Ok(digits) => Ok(Decimal { negative: negative && digits != Digits::Few(0), scale, digits }),
        Err(width) => Err(cursor.error_at(
            format!("A DECIMAL({precision},{scale}) holds a group of more than {width} digits"),
            offset,
        )),
    }
}

/// The stored groups, one after another.
struct Groups<'a> {
    stored: &'a [u8],
    at: usize,
    flip: u8,
    invert: u8,
}

impl Groups<'_> {
    /// The next group's number, and 10 to the power of its digits; the digits as error where it has more.
    fn next(&mut self, width: usize) -> std::result::Result<(u32, u32), usize> {
        let stop = self.at + group_bytes(width);
        let mut value = 0_u32;
        for byte in self.stored.get(self.at..stop).unwrap_or(&[]) {
            value = value << 8 | u32::from(byte ^ self.flip ^ self.invert);
            self.flip = 0;
        }
        self.at = stop;
        let limit = 10_u32.pow(u32::try_from(width).unwrap_or(0));
        if value >= limit {
            return Err(width);
        }
        Ok((value, limit))
    }

    /// All groups: odd digits of the whole part, nines of both parts, odd digits of the fraction.
    fn each(
        &mut self,
        widths: [usize; 4],
        mut visit: impl FnMut(u32, u32, usize),
    ) -> std::result::Result<(), usize> {
        let [first, whole, fraction, last] = widths;
        let nines = std::iter::repeat_n(GROUP, whole + fraction);
        for width in std::iter::once(first).chain(nines).chain(std::iter::once(last)) {
            if width > 0 {
                let (value, limit) = self.next(width)?;
                visit(value, limit, width);
            }
        }
        Ok(())
    }
}

fn few(groups: &mut Groups<'_>, widths: [usize; 4]) -> std::result::Result<Digits, usize> {
    let mut number = 0_u128;
    groups.each(widths, |value, limit, _| number = number * u128::from(limit) + u128::from(value))?;
    Ok(Digits::Few(number))
}

fn many(groups: &mut Groups<'_>, widths: [usize; 4]) -> std::result::Result<Digits, usize> {
    let mut digits = Vec::with_capacity(DIGITS_MAX);
    groups.each(widths, |value, _, width| {
        let mut buffer = itoa::Buffer::new();
        let text = buffer.format(value).as_bytes();
        digits.resize(digits.len() + width.saturating_sub(text.len()), b'0');
        digits.extend_from_slice(text);
    })?;
    let made = Decimal::new(false, &digits, 0).map(|decimal| decimal.digits);
    Ok(made.unwrap_or(Digits::Few(0)))
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
