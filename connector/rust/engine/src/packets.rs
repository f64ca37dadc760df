//! Frames of the MySQL protocol out of arbitrarily cut bytes.

use crate::error::{Error, Result};

const FULL_FRAME: usize = 0xFF_FFFF;
const FRAME_HEADER: usize = 4;
const ERR: u8 = 0xFF;

/// Longest packet that is put together: the server's largest event (1 GiB) and room for headers.
pub const PACKET_BYTES_MAX: usize = (1 << 30) + (1 << 24);

/// Holds at most one unfinished packet and what was fed since.
#[derive(Debug, Default)]
pub struct PacketReader {
    buffer: Vec<u8>,
    pos: usize,
    parts: Vec<u8>,
    continued: bool,
    sequence: Option<u8>,
}

impl PacketReader {
    pub fn feed(&mut self, data: &[u8]) {
        if self.pos > 0 {
            self.buffer.drain(..self.pos.min(self.buffer.len()));
            self.pos = 0;
        }
        self.buffer.extend_from_slice(data);
    }

    /// First byte and size of the frame that comes next, once it began to come.
    pub fn peek(&self) -> Option<(u8, usize)> {
        match self.buffer.get(self.pos..)? {
            [low, middle, high, _, first, ..] => {
                Some((*first, usize::from(*low) | usize::from(*middle) << 8 | usize::from(*high) << 16))
            }
            _ => None,
        }
    }

    /// Part of a packet of several frames was read.
    pub fn continued(&self) -> bool {
        self.continued
    }

    /// The next whole packet without frame headers, or `None` until more is fed.
    pub fn next_packet(&mut self) -> Result<Option<Packet<'_>>> {
        loop {
            let header = self.buffer.get(self.pos..self.pos.saturating_add(FRAME_HEADER));
            let Some([low, middle, high, sequence]) = header else {
                return Ok(None);
            };
            let size = usize::from(*low) | usize::from(*middle) << 8 | usize::from(*high) << 16;
            let sequence = *sequence;
            let start = self.pos + FRAME_HEADER;
            let stop = start + size;
            let Some(frame) = self.buffer.get(start..stop) else {
                return Ok(None);
            };
            let expected = self.sequence.map_or(sequence, |last| last.wrapping_add(1));
            // MariaDB counts anew for the error that it sends when it shuts down.
            if sequence != expected && !(sequence == 0 && frame.first() == Some(&ERR)) {
                return Err(Error::new(format!(
                    "Packets are out of order: number {sequence} came where {expected} was due."
                )));
            }
            self.sequence = Some(sequence);
            self.pos = stop;
            if self.parts.len() + size > PACKET_BYTES_MAX {
                return Err(Error::new(format!(
                    "A packet is longer than {PACKET_BYTES_MAX} bytes, which no server sends."
                )));
            }
            if size == FULL_FRAME {
                self.parts.extend_from_slice(frame);
                self.continued = true;
                continue;
            }
            if self.continued {
                self.parts.extend_from_slice(frame);
                self.continued = false;
                return Ok(Some(Packet::Joined(std::mem::take(&mut self.parts))));
            }
            return Ok(self.buffer.get(start..stop).map(Packet::Whole));
        }
    }
}

/// A packet's bytes: within the buffer, or put together from several frames.
#[derive(Debug)]
pub enum Packet<'a> {
    Whole(&'a [u8]),
    Joined(Vec<u8>),
}

impl Packet<'_> {
    pub fn bytes(&self) -> &[u8] {
        match self {
            Self::Whole(bytes) => bytes,
            Self::Joined(bytes) => bytes,
        }
    }
}
