//! TRANSACTION_PAYLOAD: the events of a compressed transaction, expanded one after another as they are asked for.

use crate::cursor::Cursor;
use crate::error::{Error, Result};
use crate::events::Content;
use crate::header::{Header, HEADER_BYTES};
use crate::packets::PACKET_BYTES_MAX;

const SIZE: u64 = 1;
const COMPRESSION: u64 = 2;
const UNCOMPRESSED_SIZE: u64 = 3;
const ZSTD: u64 = 0;
const NONE: u64 = 255;
const READ_BYTES: usize = 1 << 20;

/// The rest of a compressed transaction.
pub struct Payload {
    /// Of the event that it came in.
    pub header: Header,
    announced: u64,
    left: u64,
    source: Source,
    buffer: Vec<u8>,
    taken: usize,
}

enum Source {
    Plain(Vec<u8>, usize),
    Zstd(Box<dyn Expand>),
}

/// A zstd stream that is being expanded. This crate has no implementation: whoever makes a decoder brings one.
pub trait Expand: Send + Sync {
    /// At most so many more bytes, none at the end; the reason when they cannot be had.
    fn read(&mut self, bytes_max: usize) -> std::result::Result<Vec<u8>, String>;
}

/// Begins to expand a zstd stream.
pub type Expander = Box<dyn Fn(Vec<u8>) -> std::result::Result<Box<dyn Expand>, String> + Send + Sync>;

impl std::fmt::Debug for Payload {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} of {} bytes", self.left, self.announced)
    }
}

/// Fields of number, length and value (length-encoded each), ended by number 0: 1 bytes of the payload, 2 compression (0
/// zstd, 255 none), 3 bytes when expanded; then the payload.
pub fn transaction_payload(
    header: &Header,
    cursor: &mut Cursor<'_>,
    expander: Option<&Expander>,
) -> Result<(Content, Payload)> {
    let (mut size, mut compression, mut uncompressed) = (None, NONE, None);
    loop {
        let number = cursor.lenenc()?;
        if number == 0 {
            break;
        }
        let content = cursor.lenenc_bytes()?;
        if (SIZE..=UNCOMPRESSED_SIZE).contains(&number) {
            let value = Cursor::new(content, cursor.offset()).lenenc()?;
            match number {
                SIZE => size = Some(value),
                COMPRESSION => compression = value,
                _ => uncompressed = Some(value),
            }
        }
    }
    if compression != ZSTD && compression != NONE {
        return Err(cursor.error(format!("Compression {compression} of a transaction is unknown")));
    }
    let length = size.map_or(cursor.remaining(), |size| usize::try_from(size).unwrap_or(usize::MAX));
    let data = cursor.take(length)?.to_vec();
    let announced = uncompressed.unwrap_or(u64::try_from(data.len()).unwrap_or(u64::MAX));
    let zstd = compression == ZSTD;
    let source = match expander {
        _ if !zstd => Source::Plain(data, 0),
        Some(expander) => Source::Zstd(expander(data).map_err(cannot_expand)?),
        None => return Err(cannot_expand("nothing here expands zstd".to_string())),
    };
    let payload = Payload { header: *header, announced, left: announced, source, buffer: Vec::new(), taken: 0 };
    Ok((Content::TransactionPayload { zstd, size: announced }, payload))
}

impl Payload {
    /// The next whole event, without checksum; `None` after the last.
    pub fn next_event(&mut self) -> Result<Option<Vec<u8>>> {
        if self.left == 0 {
            if self.fill(1)? > 0 {
                return Err(Error::new(format!(
                    "A compressed transaction is longer than the {} bytes that it announces.",
                    self.announced
                )));
            }
            return Ok(None);
        }
        let mut event = self.read(u64::try_from(HEADER_BYTES).unwrap_or(0).min(self.left))?;
        let length = event.get(9..13).and_then(|bytes| bytes.try_into().ok()).map_or(0, u32::from_le_bytes);
        let wanted = usize::try_from(length).unwrap_or(usize::MAX);
        let bound = u64::try_from(PACKET_BYTES_MAX).unwrap_or(u64::MAX).min(self.left);
        if event.len() < HEADER_BYTES || wanted < HEADER_BYTES || u64::from(length) > bound {
            return Err(Error::new(format!(
                "A compressed transaction has an event of {length} bytes where {} are left.",
                self.left
            )));
        }
        event.extend_from_slice(&self.read(u64::from(length) - u64::try_from(HEADER_BYTES).unwrap_or(0))?);
        self.left -= u64::from(length);
        Ok(Some(event))
    }

    /// Exactly so many bytes, allocated only as they come.
    fn read(&mut self, size: u64) -> Result<Vec<u8>> {
        let mut size = usize::try_from(size).unwrap_or(usize::MAX);
        let mut bytes = Vec::with_capacity(size.min(READ_BYTES));
        while size > 0 {
            let available = self.fill(size)?.min(size);
            if available == 0 {
                return Err(Error::new(format!(
                    "A compressed transaction ends before the {} bytes that it announces.",
                    self.announced
                )));
            }
            bytes.extend_from_slice(self.buffer.get(self.taken..self.taken + available).unwrap_or(&[]));
            self.taken += available;
            size -= available;
        }
        Ok(bytes)
    }

    /// Expanded bytes that wait in the buffer; none at the end.
    fn fill(&mut self, wanted: usize) -> Result<usize> {
        if self.taken < self.buffer.len() {
            return Ok(self.buffer.len() - self.taken);
        }
        self.taken = 0;
        self.buffer.clear();
        match &mut self.source {
            Source::Plain(data, at) => {
                let stop = at.saturating_add(wanted.min(READ_BYTES)).min(data.len());
                self.buffer.extend_from_slice(data.get(*at..stop).unwrap_or(&[]));
                *at = stop;
            }
            Source::Zstd(stream) => self.buffer = stream.read(wanted.min(READ_BYTES)).map_err(cannot_expand)?,
        }
        Ok(self.buffer.len())
    }
}

fn cannot_expand(why: impl std::fmt::Display) -> Error {
    Error::new(format!("A compressed transaction cannot be expanded: {why}."))
}
