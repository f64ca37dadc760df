//! Events about the stream itself: file formats, file ends, heartbeats, incidents.

use crate::cursor::Cursor;
use crate::error::Result;
use crate::event_types::event;
use crate::events::{Content, FormatDescription};
use crate::header::{
    body_of, checksum_matches, description_checksum_matches, Header, CHECKSUM_BYTES, HEADER_BYTES,
};

const VERSION_BYTES: usize = 50;
const CRC32: u8 = 1;

/// Binlog version (2), server version (50), creation time (4), header length (1), post-header lengths; from MySQL 5.6.1
/// and MariaDB 5.3 on the checksum algorithm (1) and always a checksum (4), which is void without algorithm. Also tells
/// whether the server is one of those in which seven types had other numbers.
pub fn format_description(data: &[u8]) -> Result<(FormatDescription, bool)> {
    let mut cursor = Cursor::within(data, HEADER_BYTES, data.len(), 0);
    let version = cursor.u16()?;
    if version != 4 {
        return Err(cursor.error_at(
            format!("Binlog version {version} is not supported, only 4 (MySQL 5.0 and later)"),
            HEADER_BYTES,
        ));
    }
    let stored = cursor.take(VERSION_BYTES)?;
    let length = stored.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
    let server_version: String = stored
        .iter()
        .take(length)
        .map(|byte| if byte.is_ascii() { char::from(*byte) } else { char::REPLACEMENT_CHARACTER })
        .collect();
    cursor.skip(4)?;
    let header_length = cursor.u8()?;
    if usize::from(header_length) != HEADER_BYTES {
        let place = cursor.offset().saturating_sub(1);
        return Err(
            cursor.error_at(format!("Events with headers of {header_length} bytes are not supported"), place)
        );
    }
    let lengths = cursor.rest();
    let alpha = is_alpha(&server_version);
    if alpha || !knows_checksums(&server_version) {
        let post_header_lengths = if alpha { in_final_order(lengths) } else { lengths.to_vec() };
        return Ok((FormatDescription { server_version, checksum: false, post_header_lengths }, alpha));
    }
    let tail = CHECKSUM_BYTES + 1;
    let Some((algorithm, kept)) = lengths
        .len()
        .checked_sub(tail)
        .and_then(|kept| Some((*lengths.get(kept)?, lengths.get(..kept)?.to_vec())))
    else {
        return Err(cursor.error("The format description has no checksum algorithm"));
    };
    if !matches!(algorithm, 0 | CRC32 | 255) {
        return Err(
            cursor.error_at(format!("Checksum algorithm {algorithm} is unknown"), data.len().saturating_sub(tail))
        );
    }
    if algorithm == CRC32 && !description_checksum_matches(data) {
        return Err(cursor.error_at(
            "The checksum of the format description is wrong",
            data.len().saturating_sub(CHECKSUM_BYTES),
        ));
    }
    let checksum = algorithm == CRC32;
    Ok((FormatDescription { server_version, checksum, post_header_lengths: kept }, false))
}

/// Builds of MySQL 5.1 and 5.2: `5.[12].<digits>-a_drop`.
fn is_alpha(version: &str) -> bool {
    let Some(rest) = version.strip_prefix("5.1.").or_else(|| version.strip_prefix("5.2.")) else {
        return false;
    };
    let tail = rest.trim_start_matches(|c: char| c.is_ascii_digit());
    tail.len() < rest.len() && tail.starts_with("-a_drop")
}

/// The number that the type has in all released servers.
pub fn final_type(event_type: u8) -> u8 {
    match event_type {
        16 => event::TABLE_MAP,
        17 => event::WRITE_ROWS_V0,
        18 => event::UPDATE_ROWS_V0,
        19 => event::DELETE_ROWS_V0,
        20 => event::XID,
        21 => event::BEGIN_LOAD_QUERY,
        22 => event::EXECUTE_LOAD_QUERY,
        other => other,
    }
}

fn in_final_order(lengths: &[u8]) -> Vec<u8> {
    let mut by_type: Vec<(u8, u8)> =
        (1..=u8::MAX).zip(lengths).map(|(event_type, length)| (final_type(event_type), *length)).collect();
    by_type.sort_by_key(|(event_type, _)| *event_type);
    by_type.into_iter().map(|(_, length)| length).collect()
}

fn knows_checksums(server_version: &str) -> bool {
    let mariadb = server_version.to_lowercase().contains("mariadb");
    let text = if mariadb { server_version.strip_prefix("5.5.5-").unwrap_or(server_version) } else { server_version };
    let mut numbers = text.split('.').map(|part| {
        let digits: String = part.chars().take_while(char::is_ascii_digit).collect();
        (digits.len() == part.len(), digits.parse::<u64>().ok())
    });
    let (Some((true, Some(major))), Some((true, Some(minor))), Some((_, Some(patch)))) =
        (numbers.next(), numbers.next(), numbers.next())
    else {
        return false;
    };
    (major, minor, patch) >= if mariadb { (5, 3, 0) } else { (5, 6, 1) }
}

/// Position (8) and file name. One that the server makes up before a file may come with or without a checksum, whatever
/// the description last seen says, so it counts as one where it fits.
pub fn rotate(header: &Header, data: &[u8], format: Option<&FormatDescription>) -> Result<Content> {
    let mut cursor = match format {
        Some(format) if !header.artificial() => body_of(data, format.checksum)?,
        _ => {
            let checksum = if checksum_matches(data) { CHECKSUM_BYTES } else { 0 };
            Cursor::within(data, HEADER_BYTES, data.len().saturating_sub(checksum), 0)
        }
    };
    let position = cursor.u64()?;
    let start = cursor.offset();
    let stored = cursor.rest();
    let name = String::from_utf8_lossy(stored);
    let printable = name.chars().all(|c| c == ' ' || !(c.is_control() || c.is_whitespace()));
    if stored.is_empty() || !printable || stored.contains(&0xFF) {
        return Err(cursor.error_at("The name of the next file is not printable", start));
    }
    Ok(Content::Rotate(name.into_owned(), position))
}

/// The file's name; the position is the header's.
pub fn heartbeat(header: &Header, cursor: &mut Cursor<'_>) -> Content {
    Content::Heartbeat(String::from_utf8_lossy(cursor.rest()).into_owned(), header.next_position)
}

/// Fields of number, length and content (length-encoded each), ended by number 0: 1 the file's name, 2 the position.
pub fn heartbeat_v2(header: &Header, cursor: &mut Cursor<'_>) -> Result<Content> {
    let (mut file, mut position) = (String::new(), header.next_position);
    while cursor.remaining() > 0 {
        let number = cursor.lenenc()?;
        if number == 0 {
            break;
        }
        let content = cursor.lenenc_bytes()?;
        match number {
            1 => file = String::from_utf8_lossy(content).into_owned(),
            2 => position = Cursor::new(content, cursor.offset()).lenenc()?,
            _ => {}
        }
    }
    Ok(Content::Heartbeat(file, position))
}

/// Number (2), then the message behind its length (1).
pub fn incident(cursor: &mut Cursor<'_>) -> Result<Content> {
    let number = cursor.uint(2)?;
    if cursor.remaining() == 0 {
        return Ok(Content::Incident(number, String::new()));
    }
    let size = usize::from(cursor.u8()?);
    Ok(Content::Incident(number, cursor.text(size)?))
}
