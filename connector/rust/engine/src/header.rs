//! Event headers, the place of an event in its file, and checksums.

use crate::cursor::Cursor;
use crate::error::{Error, Result};
use crate::event_types::{event, ARTIFICIAL_FLAG};

pub const HEADER_BYTES: usize = 19;
pub const CHECKSUM_BYTES: usize = 4;
const IN_USE_FLAG: u8 = 0x01;
const FLAGS_OFFSET: usize = 17;

/// What every event begins with: timestamp (4), type (1), server id (4), length (4), next position (4), flags (2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Header {
    pub timestamp: u32,
    pub event_type: u8,
    pub server_id: u32,
    pub length: u32,
    /// May be filled in beyond 32 bits.
    pub next_position: u64,
    pub flags: u16,
}

impl Header {
    pub fn position(&self) -> u64 {
        self.next_position.saturating_sub(u64::from(self.length))
    }

    pub fn artificial(&self) -> bool {
        self.flags & ARTIFICIAL_FLAG != 0 || self.next_position == 0
    }
}

/// The header of a whole event; `position` is where the event before it ended, 0 when unknown.
pub fn read_header(data: &[u8], position: u64) -> Result<Header> {
    if data.len() < HEADER_BYTES {
        return Err(Error::new(format!(
            "An event of {} bytes is shorter than its header of {HEADER_BYTES}.",
            data.len()
        )));
    }
    let mut cursor = Cursor::new(data, 0);
    let mut header = Header {
        timestamp: cursor.u32()?,
        event_type: cursor.u8()?,
        server_id: cursor.u32()?,
        length: cursor.u32()?,
        next_position: u64::from(cursor.u32()?),
        flags: cursor.u16()?,
    };
    if usize::try_from(header.length).ok() != Some(data.len()) {
        return Err(Error::at(
            format!("An event says that it has {} bytes, but {} came.", header.length, data.len()),
            9,
        ));
    }
    let outside_files = matches!(
        header.event_type,
        event::FORMAT_DESCRIPTION | event::ROTATE | event::HEARTBEAT | event::HEARTBEAT_V2
    );
    let in_file = header.flags & ARTIFICIAL_FLAG == 0 && !outside_files;
    if header.next_position == 0 && position > 0 && in_file {
        header.next_position = position.saturating_add(u64::from(header.length));
    }
    Ok(header)
}

/// A cursor over what is between header and checksum.
pub fn body_of(data: &[u8], checksum: bool) -> Result<Cursor<'_>> {
    if !checksum {
        return Ok(Cursor::within(data, HEADER_BYTES, data.len(), 0));
    }
    let Some(end) = data.len().checked_sub(CHECKSUM_BYTES).filter(|end| *end >= HEADER_BYTES) else {
        return Err(Error::at(
            format!("An event of {} bytes has no room for its checksum.", data.len()),
            data.len(),
        ));
    };
    let (stored, computed) = checksums(data, end);
    if stored != computed {
        let event_type = data.get(4).copied().unwrap_or(0);
        return Err(Error::at(
            format!(
                "The checksum of an event of type {event_type} is 0x{stored:08x}, its bytes give 0x{computed:08x} \
                 (byte {end} of the event)."
            ),
            end,
        ));
    }
    Ok(Cursor::within(data, HEADER_BYTES, end, 0))
}

fn checksums(data: &[u8], end: usize) -> (u32, u32) {
    let stored = data.get(end..).and_then(|tail| tail.try_into().ok()).map_or(0, u32::from_le_bytes);
    (stored, crc32fast::hash(data.get(..end).unwrap_or(&[])))
}

/// Whether the last four bytes are the CRC32 of the rest.
pub fn checksum_matches(data: &[u8]) -> bool {
    data.len().checked_sub(CHECKSUM_BYTES).filter(|end| *end >= HEADER_BYTES).is_some_and(|end| {
        let (stored, computed) = checksums(data, end);
        stored == computed
    })
}

/// As `checksum_matches`, for a FORMAT_DESCRIPTION: of a file that is being written it is computed without the in-use
/// flag.
pub fn description_checksum_matches(data: &[u8]) -> bool {
    let mut closed = data.to_vec();
    if let Some(flags) = closed.get_mut(FLAGS_OFFSET) {
        *flags &= !IN_USE_FLAG;
    }
    checksum_matches(&closed)
}
