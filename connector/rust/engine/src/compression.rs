//! Expanding zlib data of a known length, as MariaDB has it in compressed columns, statements and rows.

use crate::cursor::Cursor;
use crate::error::Result;
use miniz_oxide::inflate::core::inflate_flags::{
    TINFL_FLAG_COMPUTE_ADLER32, TINFL_FLAG_PARSE_ZLIB_HEADER, TINFL_FLAG_USING_NON_WRAPPING_OUTPUT_BUF,
};
use miniz_oxide::inflate::core::{decompress, DecompressorOxide};
use miniz_oxide::inflate::TINFLStatus;

const FIRST_BYTES: usize = 1 << 20;

/// Expands to exactly `length` bytes; otherwise says what was found instead.
pub fn inflate(data: &[u8], length: usize, raw: bool) -> std::result::Result<Vec<u8>, String> {
    let flags = if raw { 0 } else { TINFL_FLAG_PARSE_ZLIB_HEADER | TINFL_FLAG_COMPUTE_ADLER32 };
    let flags = flags | TINFL_FLAG_USING_NON_WRAPPING_OUTPUT_BUF;
    let mut state = Box::<DecompressorOxide>::default();
    // Allocated as it fills, so that a length that lies costs nothing.
    let mut out = vec![0_u8; length.saturating_add(1).min(FIRST_BYTES)];
    let (mut read, mut written) = (0, 0);
    loop {
        let (status, more_read, more_written) =
            decompress(&mut state, data.get(read..).unwrap_or(&[]), &mut out, written, flags);
        read += more_read;
        written += more_written;
        match status {
            TINFLStatus::Done => break,
            TINFLStatus::HasMoreOutput if out.len() <= length => {
                let wanted = out.len().saturating_mul(2).min(length.saturating_add(1));
                out.resize(wanted, 0);
            }
            TINFLStatus::HasMoreOutput => break,
            TINFLStatus::FailedCannotMakeProgress | TINFLStatus::NeedsMoreInput => break,
            _ => return Err("the data are damaged".to_string()),
        }
    }
    if written != length {
        let found = if written > length { "more".to_string() } else { written.to_string() };
        return Err(format!("{length} bytes announced, {found} found"));
    }
    out.truncate(length);
    Ok(out)
}

/// The rest of a MariaDB compressed event: a mark (highest bit, method, size of the length), the length, a zlib stream.
pub fn expand_event_part(cursor: &mut Cursor<'_>) -> Result<Vec<u8>> {
    let offset = cursor.offset();
    let mark = cursor.u8()?;
    if mark & 0xF0 != 0x80 {
        return Err(cursor.error_at(format!("0x{mark:02x} does not begin a compressed part"), offset));
    }
    let length = usize::try_from(cursor.uint_be(usize::from(mark & 7))?).unwrap_or(usize::MAX);
    inflate(cursor.rest(), length, false)
        .map_err(|why| cursor.error_at(format!("A compressed part does not expand: {why}"), offset))
}
