//! Numbers and strings as Java and Jackson print them.

use std::io::Write as _;

const UPPER: &[u8; 16] = b"0123456789ABCDEF";

const fn is_special(byte: u8) -> bool {
    byte < 0x20 || byte == b'"' || byte == b'\\'
}

const ONES: u64 = 0x0101_0101_0101_0101;
const HIGH_BITS: u64 = 0x8080_8080_8080_8080;

/// Whether one of eight bytes is one that Jackson escapes in a document that is text.
#[inline]
fn has_special(word: u64) -> bool {
    // A byte below n borrows from its highest bit when n is taken from it; so does zero when 1 is.
    let below = |word: u64, n: u64| word.wrapping_sub(ONES * n) & !word & HIGH_BITS;
    let equals = |byte: u8| below(word ^ (ONES * u64::from(byte)), 1);
    below(word, 0x20) | equals(b'"') | equals(b'\\') != 0
}

/// Whether one of eight bytes begins a character beyond the basic plane.
#[inline]
fn has_astral(word: u64) -> bool {
    // The four highest bits of such a byte are set.
    let high = word & (word << 1) & (word << 2) & (word << 3) & HIGH_BITS;
    high != 0
}

/// The first place for which `special` holds, found eight bytes at a time by `has_any`.
#[inline]
fn find(content: &[u8], has_any: impl Fn(u64) -> bool, special: impl Fn(u8) -> bool + Copy) -> Option<usize> {
    let mut at = 0;
    let mut chunks = content.chunks_exact(8);
    for chunk in chunks.by_ref() {
        let word = chunk.try_into().map_or(0, u64::from_le_bytes);
        if has_any(word) {
            return chunk.iter().position(|byte| special(*byte)).map(|place| at + place);
        }
        at += 8;
    }
    chunks.remainder().iter().position(|byte| special(*byte)).map(|place| at + place)
}

fn escape_byte(out: &mut Vec<u8>, byte: u8) {
    let short = match byte {
        b'"' => b'"',
        b'\\' => b'\\',
        8 => b'b',
        9 => b't',
        10 => b'n',
        12 => b'f',
        13 => b'r',
        _ => {
            let digit = |nibble: u8| UPPER.get(usize::from(nibble & 15)).copied().unwrap_or(b'0');
            out.extend_from_slice(&[b'\\', b'u', b'0', b'0', digit(byte >> 4), digit(byte)]);
            return;
        }
    };
    out.extend_from_slice(&[b'\\', short]);
}

/// Appends a string's content with Jackson's escapes; characters beyond the basic plane stay as they are.
pub fn escape_document(out: &mut Vec<u8>, content: &str) {
    let mut rest = content.as_bytes();
    while let Some(at) = find(rest, has_special, is_special) {
        let (plain, tail) = rest.split_at(at);
        out.extend_from_slice(plain);
        let Some((byte, after)) = tail.split_first() else {
            return;
        };
        escape_byte(out, *byte);
        rest = after;
    }
    out.extend_from_slice(rest);
}

/// Appends a string's content as Jackson writes it to bytes: what lies beyond the basic plane as two surrogate escapes.
#[inline]
pub fn escape_json(out: &mut Vec<u8>, content: &str) {
    if find(content.as_bytes(), has_astral, |byte| byte >= 0xF0).is_some() {
        for (i, run) in content.split(|c: char| c > '\u{FFFF}').enumerate() {
            if i > 0 {
                write_surrogates(out, content, run);
            }
            escape_document(out, run);
        }
        return;
    }
    escape_document(out, content);
}

/// The escapes of the character of `content` that stands before `run`, a part of it.
fn write_surrogates(out: &mut Vec<u8>, content: &str, run: &str) {
    let place = (run.as_ptr() as usize).saturating_sub(content.as_ptr() as usize);
    let Some(character) = content.get(..place).and_then(|before| before.chars().next_back()) else {
        return;
    };
    let mut units = [0_u16; 2];
    for unit in character.encode_utf16(&mut units) {
        let [high, low] = unit.to_be_bytes();
        out.extend_from_slice(b"\\u");
        for byte in [high, low] {
            for nibble in [byte >> 4, byte & 15] {
                out.push(UPPER.get(usize::from(nibble)).copied().unwrap_or(b'0'));
            }
        }
    }
}

const BASE64: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const BASE64_URL: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

pub fn write_base64(out: &mut Vec<u8>, data: &[u8], url_safe: bool) {
    let letters = if url_safe { BASE64_URL } else { BASE64 };
    let letter = |bits: u32| letters.get(usize::try_from(bits & 63).unwrap_or(0)).copied().unwrap_or(b'A');
    out.reserve(data.len().div_ceil(3).saturating_mul(4));
    for chunk in data.chunks(3) {
        let byte = |i: usize| u32::from(chunk.get(i).copied().unwrap_or(0));
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        let third = if chunk.len() > 1 { letter(bits >> 6) } else { b'=' };
        let fourth = if chunk.len() > 2 { letter(bits) } else { b'=' };
        out.extend_from_slice(&[letter(bits >> 18), letter(bits >> 12), third, fourth]);
    }
}

pub fn write_hex(out: &mut Vec<u8>, data: &[u8]) {
    const LOWER: &[u8; 16] = b"0123456789abcdef";
    let digit = |nibble: u8| LOWER.get(usize::from(nibble & 15)).copied().unwrap_or(b'0');
    out.extend(data.iter().flat_map(|byte| [digit(byte >> 4), digit(*byte)]));
}

#[inline]
pub fn write_int(out: &mut Vec<u8>, number: i64) {
    out.extend_from_slice(itoa::Buffer::new().format(number).as_bytes());
}

#[inline]
pub fn write_uint(out: &mut Vec<u8>, number: u64) {
    out.extend_from_slice(itoa::Buffer::new().format(number).as_bytes());
}

/// The number with zeros in front up to `width` digits.
#[inline]
pub fn write_padded(out: &mut Vec<u8>, number: u64, width: usize) {
    if width == 2 && number < 100 {
        let tens = u8::try_from(number / 10).unwrap_or(0);
        let ones = u8::try_from(number % 10).unwrap_or(0);
        out.extend_from_slice(&[b'0' + tens, b'0' + ones]);
        return;
    }
    let mut buffer = itoa::Buffer::new();
    let text = buffer.format(number).as_bytes();
    for _ in text.len()..width {
        out.push(b'0');
    }
    out.extend_from_slice(text);
}

/// `.5` for half a second, nothing for none.
pub fn write_fraction(out: &mut Vec<u8>, microseconds: u64) {
    if microseconds == 0 {
        return;
    }
    out.push(b'.');
    write_padded(out, microseconds, 6);
    while out.last() == Some(&b'0') {
        out.pop();
    }
}

/// `Double.toString` of Java 19 and later.
pub fn write_double(out: &mut Vec<u8>, value: f64) {
    let magnitude = value.abs();
    if value == 0.0 {
        out.extend_from_slice(if value.is_sign_negative() { b"-0.0" } else { b"0.0" });
    } else if (1e-3..1e7).contains(&magnitude) {
        out.extend_from_slice(ryu::Buffer::new().format_finite(value).as_bytes());
    } else if !value.is_finite() {
        out.extend_from_slice(not_finite(value.is_nan(), value > 0.0));
    } else {
        if magnitude < 1e-320 {
            // So far apart that one or two digits tell them apart; of two digits the nearer is taken.
            let two_digits = format!("{value:.1e}");
            if two_digits.parse::<f64>().is_ok_and(|parsed| parsed == value) {
                write_scientific(out, &two_digits);
                return;
            }
        }
        write_scientific(out, ryu::Buffer::new().format_finite(value));
    }
}

/// `Float.toString` of Java 19 and later.
pub fn write_single(out: &mut Vec<u8>, value: f32) {
    let magnitude = value.abs();
    if value == 0.0 {
        out.extend_from_slice(if value.is_sign_negative() { b"-0.0" } else { b"0.0" });
    } else if (1e-3..1e7).contains(&magnitude) {
        out.extend_from_slice(ryu::Buffer::new().format_finite(value).as_bytes());
    } else if !value.is_finite() {
        out.extend_from_slice(not_finite(value.is_nan(), value > 0.0));
    } else {
        if magnitude < 1e-37 {
            let two_digits = format!("{value:.1e}");
            if two_digits.parse::<f32>().is_ok_and(|parsed| parsed == value) {
                write_scientific(out, &two_digits);
                return;
            }
        }
        write_scientific(out, ryu::Buffer::new().format_finite(value));
    }
}

fn not_finite(nan: bool, positive: bool) -> &'static [u8] {
    match (nan, positive) {
        (true, _) => b"NaN",
        (false, true) => b"Infinity",
        (false, false) => b"-Infinity",
    }
}

/// Turns `d.ddde-xx`, `ddd.ddd` or `0.000ddd` into Java's `d.dddE-x`.
fn write_scientific(out: &mut Vec<u8>, text: &str) {
    let (mantissa, exponent) = text.split_once('e').unwrap_or((text, "0"));
    let exponent = exponent.parse::<i64>().unwrap_or(0);
    let unsigned = mantissa.trim_start_matches('-');
    let (whole, fraction) = unsigned.split_once('.').unwrap_or((unsigned, ""));
    let mut digits: Vec<u8> = whole.bytes().chain(fraction.bytes()).collect();
    while digits.last() == Some(&b'0') {
        digits.pop();
    }
    let zeros = digits.iter().take_while(|digit| **digit == b'0').count();
    let digits = digits.get(zeros..).unwrap_or(&[]);
    let places = i64::try_from(whole.len()).unwrap_or(0) - 1 - i64::try_from(zeros).unwrap_or(0);
    if mantissa.starts_with('-') {
        out.push(b'-');
    }
    out.extend_from_slice(digits.get(..1).unwrap_or(b"0"));
    out.push(b'.');
    out.extend_from_slice(if digits.len() > 1 { digits.get(1..).unwrap_or(b"0") } else { b"0" });
    out.push(b'E');
    write_int(out, exponent + places);
}

/// A number of a JSON document: without exponent, all digits of the binary value where Java would write one.
pub fn write_plain_double(out: &mut Vec<u8>, value: f64) {
    if value == 0.0 || (1e-3..1e7).contains(&value.abs()) {
        write_double(out, value);
        return;
    }
    let places = fraction_bits(value);
    // Writing to a vector does not fail.
    let _ = write!(out, "{value:.places$}");
}

/// Digits behind the point of the exact decimal value: the binary places behind it.
fn fraction_bits(value: f64) -> usize {
    let bits = value.to_bits();
    let stored_exponent = i64::try_from(bits >> 52 & 0x7FF).unwrap_or(0);
    let fraction = bits & ((1 << 52) - 1);
    let (mantissa, exponent) =
        if stored_exponent == 0 { (fraction, -1074) } else { (fraction | 1 << 52, stored_exponent - 1075) };
    let places = -(exponent + i64::from(mantissa.trailing_zeros()));
    usize::try_from(places).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn double(value: f64) -> String {
        let mut out = Vec::new();
        write_double(&mut out, value);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn doubles_are_printed_as_java_prints_them() {
        for (value, text) in [
            (1.0, "1.0"), (0.001, "0.001"), (1e7, "1.0E7"), (123_456_789.125, "1.23456789125E8"), (9e-4, "9.0E-4"),
            (f64::from_bits(1), "4.9E-324"), (-1.5e300, "-1.5E300"), (-0.0, "-0.0"), (f64::MAX, "1.7976931348623157E308"),
        ] {
            assert_eq!(double(value), text);
        }
    }

    #[test]
    fn numbers_of_documents_have_all_digits() {
        for (value, text) in [(1e22, "10000000000000000000000"), (1.5e7, "15000000"), (0.25, "0.25"), (2f64.powi(-12), "0.000244140625")] {
            let mut out = Vec::new();
            write_plain_double(&mut out, value);
            assert_eq!(String::from_utf8(out).unwrap(), text);
        }
    }

    #[test]
    fn strings_are_escaped_as_jackson_does() {
        let mut out = Vec::new();
        escape_json(&mut out, "a\"\\\n\u{1}é\u{1F600}z\u{1F601}");
        assert_eq!(String::from_utf8(out).unwrap(), "a\\\"\\\\\\n\\u0001é\\uD83D\\uDE00z\\uD83D\\uDE01");
    }

    #[test]
    fn each_byte_is_escaped_wherever_it_stands() {
        for byte in 0..128_u8 {
            for before in 0..20 {
                let text = format!("{}{}{}", "x".repeat(before), char::from(byte), "é".repeat(9));
                let mut expected = "x".repeat(before).into_bytes();
                if is_special(byte) {
                    escape_byte(&mut expected, byte);
                } else {
                    expected.push(byte);
                }
                expected.extend_from_slice("é".repeat(9).as_bytes());
                let mut out = Vec::new();
                escape_json(&mut out, &text);
                assert_eq!(out, expected, "{byte} after {before}");
            }
        }
    }
}
