//! From a raw value to what is written for it (`rowtide.types`).

use crate::plan::format::{Format, Leaf};
use crate::plan::op::{BytesForm, Charset, Cut, GeometryForm, Op, TimeUnit};
use crate::plan::{Field, Stop};
use crate::text;
use crate::values::decimal::Decimal;
use crate::values::temporal::{civil, epoch_day, Date, DateTime, DAY_US};
use crate::values::{json, Raw};

const DAY_SECONDS: i64 = 86_400;
const POINT_BYTES: usize = 21;
const SRID_BYTES: usize = 4;

/// Memory that conversions write to, kept from cell to cell.
#[derive(Debug, Default)]
pub struct Scratch {
    bytes: Vec<u8>,
    decimal: Option<Decimal>,
}

type Converted<T> = std::result::Result<T, Stop>;

/// Writes a field's value, NULL or not, prefix excluded.
#[inline]
pub fn write_field(
    out: &mut Vec<u8>,
    field: &Field,
    raw: &Raw<'_>,
    format: Format,
    scratch: &mut Scratch,
) -> Converted<()> {
    if let (Raw::Int(number), Op::Int) = (raw, &field.op) {
        out.extend_from_slice(&field.some);
        format.write(out, &Leaf::Int(*number));
        return Ok(());
    }
    if matches!(field.op, Op::Geometry(_) | Op::Point(_) | Op::Floats) && !matches!(raw, Raw::Null) {
        out.extend_from_slice(&field.some);
        return write_composite(out, &field.op, raw, format);
    }
    if let Op::Masked(op, shown) = &field.op {
        if is_null_of(op, raw, scratch)? {
            out.extend_from_slice(field.null.as_ref().ok_or(Stop)?);
        } else {
            out.extend_from_slice(shown);
        }
        return Ok(());
    }
    let leaf = match (&field.op, raw) {
        (Op::Const(text), _) => Leaf::Text(text),
        (_, Raw::Null) => Leaf::Null,
        (op, raw) => convert(op, raw, scratch)?,
    };
    if matches!(leaf, Leaf::Null) {
        out.extend_from_slice(field.null.as_ref().ok_or(Stop)?);
        return Ok(());
    }
    out.extend_from_slice(&field.some);
    format.write(out, &cut(leaf, field.cut));
    Ok(())
}

/// A field's value; stops at what is more than a leaf.
#[inline]
pub fn read_field<'r>(field: &'r Field, raw: &'r Raw<'_>, scratch: &'r mut Scratch) -> Converted<Leaf<'r>> {
    let leaf = match (&field.op, raw) {
        (Op::Const(text), _) => Leaf::Text(text),
        (_, Raw::Null) => Leaf::Null,
        (Op::Int, Raw::Int(number)) => Leaf::Int(*number),
        (op, raw) => convert(op, raw, scratch)?,
    };
    Ok(cut(leaf, field.cut))
}

/// Whether the field is NULL, whatever its format shows for that.
pub fn is_null(field: &Field, raw: &Raw<'_>, scratch: &mut Scratch) -> Converted<bool> {
    is_null_of(&field.op, raw, scratch)
}

fn is_null_of(op: &Op, raw: &Raw<'_>, scratch: &mut Scratch) -> Converted<bool> {
    Ok(match (op, raw) {
        (Op::Const(_), _) => false,
        (_, Raw::Null) => true,
        (Op::Int, Raw::Int(_)) => false,
        (Op::Masked(op, _), raw) => is_null_of(op, raw, scratch)?,
        (Op::Geometry(_) | Op::Point(_) | Op::Floats, raw) => {
            write_composite(&mut Vec::new(), op, raw, Format::Avro)?;
            false
        }
        (op, raw) => matches!(convert(op, raw, scratch)?, Leaf::Null),
    })
}

/// Text after so many UTF-16 units, without half a surrogate pair; bytes after so many bytes.
fn cut(leaf: Leaf<'_>, limit: Cut) -> Leaf<'_> {
    match (leaf, limit) {
        (Leaf::Text(value), Some(limit)) => {
            let mut units = 0;
            let end = value.char_indices().find(|(_, c)| {
                units += c.len_utf16();
                units > limit
            });
            Leaf::Text(end.and_then(|(at, _)| value.get(..at)).unwrap_or(value))
        }
        (Leaf::Bytes(value), Some(limit)) => Leaf::Bytes(value.get(..limit).unwrap_or(value)),
        (leaf, _) => leaf,
    }
}

fn convert<'r>(op: &'r Op, raw: &'r Raw<'_>, scratch: &'r mut Scratch) -> Converted<Leaf<'r>> {
    Ok(match (op, raw) {
        (Op::Mask(mask), Raw::Int(number)) => {
            let masked = u64::from_ne_bytes(number.to_ne_bytes()) & mask;
            Leaf::Int(i64::try_from(masked).map_err(|_| Stop)?)
        }
        (Op::UnsignedDecimal, Raw::Int(number)) => {
            let number = u64::from_ne_bytes(number.to_ne_bytes());
            Leaf::Decimal(scratch.decimal.insert(Decimal::from_u64(number)))
        }
        (Op::Single, Raw::Single(value)) => Leaf::Single(*value),
        (Op::Single, Raw::Double(value)) => Leaf::Single(narrowed(*value)),
        (Op::Double, Raw::Single(value)) => Leaf::Double(f64::from(*value)),
        (Op::Double, Raw::Double(value)) => Leaf::Double(*value),
        (Op::Decimal(scale), Raw::Decimal(value)) if value.scale == *scale => Leaf::Decimal(value),
        (Op::DecimalText, Raw::Decimal(value)) => {
            scratch.bytes.clear();
            value.write_plain(&mut scratch.bytes);
            scratch_text(&scratch.bytes)?
        }
        (Op::DecimalDouble, Raw::Decimal(value)) => {
            scratch.bytes.clear();
            value.write_plain(&mut scratch.bytes);
            let text = std::str::from_utf8(&scratch.bytes).map_err(|_| Stop)?;
            let number: f64 = text.parse().map_err(|_| Stop)?;
            Leaf::Double(if number == 0.0 { 0.0 } else { number })
        }
        (Op::Bool, Raw::Bits(bits)) => Leaf::Bool(*bits != 0),
        (Op::Bool, Raw::Int(number)) => Leaf::Bool(*number != 0),
        (Op::Bits(size), Raw::Bits(bits)) => {
            let bytes = bits.to_le_bytes();
            if bytes.get(*size..).is_some_and(|rest| rest.iter().any(|byte| *byte != 0)) {
                return Err(Stop);
            }
            scratch.bytes.clear();
            scratch.bytes.extend_from_slice(bytes.get(..*size).ok_or(Stop)?);
            Leaf::Bytes(&scratch.bytes)
        }
        (Op::Text(charset), Raw::Bytes(bytes)) => decoded(charset, bytes, scratch)?,
        (Op::JsonText(_), Raw::Json(document, origin)) => {
            scratch.bytes.clear();
            if !json::write(document, *origin, &mut scratch.bytes)? || scratch.bytes.is_empty() {
                return Ok(Leaf::Null);
            }
            scratch_text(&scratch.bytes)?
        }
        (Op::JsonText(_), Raw::Bytes(bytes)) if bytes.is_empty() => Leaf::Null,
        (Op::JsonText(charset), Raw::Bytes(bytes)) => decoded(charset, bytes, scratch)?,
        (Op::JsonText(_), Raw::Text(value)) if value.is_empty() => Leaf::Null,
        (Op::JsonText(_) | Op::Uuid | Op::Inet(_) | Op::Item(_) | Op::Items(_), Raw::Text(value)) => Leaf::Text(value),
        (Op::Uuid, Raw::Bytes(bytes)) => {
            let stored: [u8; 16] = padded(bytes)?;
            scratch.bytes.clear();
            scratch.bytes.extend_from_slice(crate::events::uuid_text(&stored).as_bytes());
            scratch_text(&scratch.bytes)?
        }
        (Op::Inet(size), Raw::Bytes(bytes)) => {
            scratch.bytes.clear();
            write_address(&mut scratch.bytes, bytes, *size)?;
            scratch_text(&scratch.bytes)?
        }
        (Op::Bytes { pad, form }, Raw::Bytes(bytes)) => shown_bytes(bytes, *pad, *form, scratch)?,
        (Op::Item(texts), Raw::Bits(index)) => {
            let index = usize::try_from(*index).map_err(|_| Stop)?;
            Leaf::Text(texts.get(index).ok_or(Stop)?)
        }
        (Op::Items(texts), Raw::Bits(bits)) => {
            scratch.bytes.clear();
            let mut first = true;
            for i in (0..64).filter(|i| bits >> i & 1 == 1) {
                if !first {
                    scratch.bytes.push(b',');
                }
                first = false;
                scratch.bytes.extend_from_slice(texts.get(i).map_or(&[], String::as_bytes));
            }
            scratch_text(&scratch.bytes)?
        }
        (Op::Year { zero, adjust }, Raw::Int(year)) => {
            let year = if *year == 0 { *zero } else { *year };
            Leaf::Int(adjusted(year, *adjust))
        }
        (Op::Date { iso, adjust }, Raw::Date(date)) => converted_date(*date, *iso, *adjust, scratch)?,
        (Op::DateTime { unit, adjust }, Raw::DateTime(value)) => converted_datetime(value, *unit, *adjust, scratch)?,
        (Op::Zoned { zero_is_null: true, .. }, Raw::Micros(0)) => Leaf::Null,
        (Op::Zoned { digits, .. }, Raw::Micros(micros)) => zoned(*micros, *digits, scratch)?,
        (Op::Time(unit), Raw::Micros(micros)) => time(*micros, *unit, scratch)?,
        _ => return Err(Stop),
    })
}

/// The nearest 32-bit float, infinite beyond its range.
fn narrowed(value: f64) -> f32 {
    #[allow(clippy::cast_possible_truncation)] // rounding is what is wanted
    let single = value as f32;
    single
}

fn scratch_text(bytes: &[u8]) -> Converted<Leaf<'_>> {
    std::str::from_utf8(bytes).map(Leaf::Text).map_err(|_| Stop)
}

fn decoded<'r>(charset: &Charset, bytes: &'r [u8], scratch: &'r mut Scratch) -> Converted<Leaf<'r>> {
    scratch.bytes.clear();
    match charset {
        Charset::Utf8 => {
            if let Ok(text) = std::str::from_utf8(bytes) {
                return Ok(Leaf::Text(text));
            }
            scratch.bytes.extend_from_slice(String::from_utf8_lossy(bytes).as_bytes());
        }
        Charset::Table(characters) => {
            if bytes.is_ascii() {
                if let Ok(text) = std::str::from_utf8(bytes) {
                    return Ok(Leaf::Text(text));
                }
            }
            for byte in bytes {
                let character = characters.get(usize::from(*byte)).ok_or(Stop)?;
                scratch.bytes.extend_from_slice(character.as_bytes());
            }
        }
        Charset::Utf16 { big } => {
            if bytes.len() % 2 != 0 {
                return Err(Stop);
            }
            let units = bytes.chunks_exact(2).filter_map(|pair| pair.try_into().ok());
            let units = units.map(|pair: [u8; 2]| if *big { u16::from_be_bytes(pair) } else { u16::from_le_bytes(pair) });
            for character in char::decode_utf16(units) {
                push_char(&mut scratch.bytes, character.map_err(|_| Stop)?);
            }
        }
        Charset::Utf32 => {
            if bytes.len() % 4 != 0 {
                return Err(Stop);
            }
            for code in bytes.chunks_exact(4).filter_map(|chunk| chunk.try_into().ok()).map(u32::from_be_bytes) {
                push_char(&mut scratch.bytes, char::from_u32(code).ok_or(Stop)?);
            }
        }
    }
    scratch_text(&scratch.bytes)
}

fn push_char(out: &mut Vec<u8>, character: char) {
    out.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
}

/// The bytes with the zeros behind them that the server cut.
fn padded<const N: usize>(bytes: &[u8]) -> Converted<[u8; N]> {
    let mut stored = [0; N];
    stored.get_mut(..bytes.len()).ok_or(Stop)?.copy_from_slice(bytes);
    Ok(stored)
}

fn write_address(out: &mut Vec<u8>, bytes: &[u8], size: usize) -> Converted<()> {
    use std::io::Write as _;
    if size == 4 {
        let address = std::net::Ipv4Addr::from(padded::<4>(bytes)?);
        return write!(out, "{address}").map_err(|_| Stop);
    }
    let stored: [u8; 16] = padded(bytes)?;
    let address = std::net::Ipv6Addr::from(stored);
    // How addresses with an embedded IPv4 address look depends on Python's version.
    if address.to_ipv4().is_some() && !address.is_loopback() && !address.is_unspecified() {
        return Err(Stop);
    }
    write!(out, "{address}").map_err(|_| Stop)
}

fn shown_bytes<'r>(bytes: &'r [u8], pad: usize, form: BytesForm, scratch: &'r mut Scratch) -> Converted<Leaf<'r>> {
    if form == BytesForm::Plain && bytes.len() >= pad {
        return Ok(Leaf::Bytes(bytes));
    }
    let mut whole = bytes.to_vec();
    whole.resize(whole.len().max(pad), 0);
    scratch.bytes.clear();
    match form {
        BytesForm::Plain => {
            scratch.bytes = whole;
            return Ok(Leaf::Bytes(&scratch.bytes));
        }
        BytesForm::Hex => text::write_hex(&mut scratch.bytes, &whole),
        BytesForm::Base64 => text::write_base64(&mut scratch.bytes, &whole, false),
        BytesForm::Base64Url => text::write_base64(&mut scratch.bytes, &whole, true),
    }
    scratch_text(&scratch.bytes)
}

/// The two-digit fix-up.
fn adjusted(year: i64, adjust: bool) -> i64 {
    if !adjust || year > 99 {
        return year;
    }
    if year <= 69 {
        year + 2000
    } else {
        year + 1900
    }
}

/// The day with its year fixed; `None` for zero dates. Stops for a day that the calendar does not have.
fn real_day(date: Date, adjust: bool) -> Converted<Option<(i64, Date)>> {
    if date.year == 0 || date.month == 0 || date.day == 0 {
        return Ok(None);
    }
    let year = u32::try_from(adjusted(i64::from(date.year), adjust)).map_err(|_| Stop)?;
    let date = Date { year, ..date };
    Ok(Some((epoch_day(date).ok_or(Stop)?, date)))
}

fn write_date(out: &mut Vec<u8>, date: Date) {
    text::write_padded(out, u64::from(date.year), 4);
    out.push(b'-');
    text::write_padded(out, u64::from(date.month), 2);
    out.push(b'-');
    text::write_padded(out, u64::from(date.day), 2);
}

fn write_clock(out: &mut Vec<u8>, seconds: u64) {
    text::write_padded(out, seconds / 3600, 2);
    out.push(b':');
    text::write_padded(out, seconds / 60 % 60, 2);
    out.push(b':');
    text::write_padded(out, seconds % 60, 2);
}

fn converted_date<'r>(date: Date, iso: bool, adjust: bool, scratch: &'r mut Scratch) -> Converted<Leaf<'r>> {
    let Some((day, date)) = real_day(date, adjust)? else {
        return Ok(Leaf::Null);
    };
    if !iso {
        return Ok(Leaf::Int(day));
    }
    scratch.bytes.clear();
    write_date(&mut scratch.bytes, date);
    scratch.bytes.push(b'Z');
    scratch_text(&scratch.bytes)
}

fn converted_datetime<'r>(
    value: &DateTime,
    unit: TimeUnit,
    adjust: bool,
    scratch: &'r mut Scratch,
) -> Converted<Leaf<'r>> {
    let Some((day, date)) = real_day(value.date, adjust)? else {
        return Ok(Leaf::Null);
    };
    let seconds = value.hour * 3600 + value.minute * 60 + value.second;
    let micros = (day * DAY_SECONDS + i64::from(seconds)) * 1_000_000 + i64::from(value.microsecond);
    Ok(match unit {
        TimeUnit::Microseconds => Leaf::Int(micros),
        TimeUnit::Milliseconds => Leaf::Int(micros.div_euclid(1000)),
        TimeUnit::Nanoseconds => {
            let fits = |number: Option<i64>| number.filter(|n| *n != i64::MIN).ok_or(Stop);
            fits(day.checked_mul(DAY_US * 1000))?;
            Leaf::Int(fits(micros.checked_mul(1000))?)
        }
        TimeUnit::Iso => {
            scratch.bytes.clear();
            write_date(&mut scratch.bytes, date);
            scratch.bytes.push(b'T');
            write_clock(&mut scratch.bytes, u64::from(seconds));
            text::write_fraction(&mut scratch.bytes, u64::from(value.microsecond));
            scratch.bytes.push(b'Z');
            scratch_text(&scratch.bytes)?
        }
    })
}

fn zoned(micros: i64, digits: Option<usize>, scratch: &mut Scratch) -> Converted<Leaf<'_>> {
    let (seconds, fraction) = (micros.div_euclid(1_000_000), micros.rem_euclid(1_000_000));
    let (year, month, day) = civil(seconds.div_euclid(DAY_SECONDS));
    let date = Date { year: u32::try_from(year).map_err(|_| Stop)?, month, day };
    let out = &mut scratch.bytes;
    out.clear();
    write_date(out, date);
    out.push(b'T');
    write_clock(out, u64::try_from(seconds.rem_euclid(DAY_SECONDS)).map_err(|_| Stop)?);
    let fraction = u64::try_from(fraction).map_err(|_| Stop)?;
    match digits {
        None => text::write_fraction(out, fraction),
        Some(digits) => {
            out.push(b'.');
            let unit = 10_u64.pow(u32::try_from(6_usize.saturating_sub(digits)).map_err(|_| Stop)?);
            text::write_padded(out, fraction / unit, digits);
        }
    }
    out.push(b'Z');
    scratch_text(&scratch.bytes)
}

fn time(micros: i64, unit: TimeUnit, scratch: &mut Scratch) -> Converted<Leaf<'_>> {
    let within_a_day = (0..=DAY_US).contains(&micros);
    Ok(match unit {
        TimeUnit::Microseconds => Leaf::Int(micros),
        TimeUnit::Nanoseconds => Leaf::Int(micros.checked_mul(1000).ok_or(Stop)?),
        _ if !within_a_day => return Err(Stop),
        TimeUnit::Milliseconds => Leaf::Int(micros / 1000),
        TimeUnit::Iso => {
            let micros = u64::try_from(micros % DAY_US).map_err(|_| Stop)?;
            scratch.bytes.clear();
            write_clock(&mut scratch.bytes, micros / 1_000_000);
            text::write_fraction(&mut scratch.bytes, micros % 1_000_000);
            scratch.bytes.push(b'Z');
            scratch_text(&scratch.bytes)?
        }
    })
}

/// Geometries: SRID (4, little-endian; 0 is none) and WKB; vectors.
fn write_composite(out: &mut Vec<u8>, op: &Op, raw: &Raw<'_>, format: Format) -> Converted<()> {
    let Raw::Bytes(data) = raw else {
        return Err(Stop);
    };
    match op {
        Op::Floats if data.len() % 4 == 0 => {
            format.write_floats(out, data);
            Ok(())
        }
        Op::Geometry(form) => {
            let (srid, wkb) = data.split_at_checked(SRID_BYTES).ok_or(Stop)?;
            write_geometry(out, form, None, wkb, srid, format)
        }
        Op::Point(form) => {
            let (srid, wkb) = data.split_at_checked(SRID_BYTES).ok_or(Stop)?;
            let coordinates = point(wkb).ok_or(Stop)?;
            write_geometry(out, form, Some(coordinates), wkb, srid, format)
        }
        _ => Err(Stop),
    }
}

/// The coordinates of a two-dimensional point: byte order (1), type (4), x (8), y (8).
fn point(wkb: &[u8]) -> Option<[f64; 2]> {
    if wkb.len() != POINT_BYTES {
        return None;
    }
    let little = *wkb.first()? != 0;
    let kind: [u8; 4] = wkb.get(1..5)?.try_into().ok()?;
    let kind = if little { u32::from_le_bytes(kind) } else { u32::from_be_bytes(kind) };
    let number = |at: usize| -> Option<f64> {
        let bytes: [u8; 8] = wkb.get(at..at + 8)?.try_into().ok()?;
        Some(if little { f64::from_le_bytes(bytes) } else { f64::from_be_bytes(bytes) })
    };
    if kind != 1 {
        return None;
    }
    Some([number(5)?, number(13)?])
}

fn write_geometry(
    out: &mut Vec<u8>,
    form: &GeometryForm,
    coordinates: Option<[f64; 2]>,
    wkb: &[u8],
    srid: &[u8],
    format: Format,
) -> Converted<()> {
    let srid = i32::from_le_bytes(srid.try_into().map_err(|_| Stop)?);
    let mut before = form.before.iter();
    let mut next = |out: &mut Vec<u8>| before.next().map(|piece| out.extend_from_slice(piece)).ok_or(Stop);
    for coordinate in coordinates.into_iter().flatten() {
        next(out)?;
        format.write(out, &Leaf::Double(coordinate));
    }
    next(out)?;
    format.write(out, &Leaf::Bytes(wkb));
    next(out)?;
    if srid == 0 {
        out.extend_from_slice(&form.srid_null);
    } else {
        out.extend_from_slice(&form.srid_some);
        format.write(out, &Leaf::Int(i64::from(srid)));
    }
    out.extend_from_slice(&form.end);
    Ok(())
}
