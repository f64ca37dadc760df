//! Packets of a query's answer to rows of the text protocol.

pub mod cells;
pub mod rows;

use crate::cursor::Cursor;
use crate::error::{Error, Result};
use crate::packets::{Packet, PacketReader};
pub use cells::{CellKind, Layout};
pub use rows::{TextBlock, TextRows};
use std::collections::VecDeque;
use std::sync::Arc;

const OK: u8 = 0x00;
const LOCAL_FILE: u8 = 0xFB;
const EOF: u8 = 0xFE;
const ERR: u8 = 0xFF;
const EOF_BYTES_MAX: usize = 9;
const FULL_FRAME: usize = 0xFF_FFFF;
const MORE_RESULTS: u64 = 8;
/// More than any server's tables or selects have.
const COLUMNS_MAX: u64 = 65_535;
/// A block begins with room for what the one before it had, as far as that is no more.
const ROOM_BYTES_MAX: usize = 1 << 20;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// The packet that tells what the answer is.
    Start,
    Columns(u64),
    EndOfColumns,
    Rows,
    Done,
}

/// How large a block of rows gets.
#[derive(Debug, Clone, Copy)]
pub struct BlockSize {
    pub rows: usize,
    /// Blocks are closed when they have so many bytes; one row may be longer.
    pub bytes: usize,
}

/// Reads the answer to one statement. Of several results the rows of the first are kept.
#[derive(Debug)]
pub struct ResultSet {
    packets: PacketReader,
    state: State,
    /// The connection's capability CLIENT_DEPRECATE_EOF.
    deprecate_eof: bool,
    size: BlockSize,
    columns: Vec<String>,
    described: bool,
    /// A later result of the same statement, which nobody wants.
    further: bool,
    open: TextBlock,
    usual: usize,
    ready: VecDeque<TextBlock>,
    refusal: Option<Vec<u8>>,
    failure: Option<Error>,
}

impl ResultSet {
    pub fn new(deprecate_eof: bool, size: BlockSize) -> Self {
        Self {
            packets: PacketReader::default(),
            state: State::Start,
            deprecate_eof,
            size,
            columns: Vec::new(),
            described: false,
            further: false,
            open: TextBlock::default(),
            usual: 0,
            ready: VecDeque::new(),
            refusal: None,
            failure: None,
        }
    }

    /// Names of the columns once they are known; none for an answer without rows.
    pub fn columns(&self) -> Option<&[String]> {
        self.described.then_some(&self.columns)
    }

    /// The whole answer was read.
    pub fn done(&self) -> bool {
        self.state == State::Done
    }

    /// The packet with which the server ended its answer instead.
    pub fn refusal(&self) -> Option<&[u8]> {
        self.refusal.as_deref()
    }

    /// The next block of rows, and whether it is the last: a full one, or at the end of the rows what is left. Not before
    /// that is known, which needs no more than the beginning of what follows.
    pub fn take(&mut self) -> Option<(Arc<TextBlock>, bool)> {
        let ended = self.further || self.state == State::Done;
        let follows = self.ready.len() > 1 || self.open.rows > 0 || (self.state == State::Rows && self.row_begins());
        if !ended && !follows {
            return None;
        }
        let block = self.ready.pop_front()?;
        Some((Arc::new(block), ended && self.ready.is_empty()))
    }

    /// Whether what comes next is a row, or an error that ends the rows all the same.
    fn row_begins(&self) -> bool {
        self.packets.continued() || self.packets.peek().is_some_and(|(mark, size)| !(mark == EOF && size < self.end_size()))
    }

    /// A packet with the mark of an end is a row when it has so many bytes.
    fn end_size(&self) -> usize {
        if self.deprecate_eof {
            FULL_FRAME
        } else {
            EOF_BYTES_MAX
        }
    }

    pub fn feed(&mut self, data: &[u8]) -> Result<()> {
        if let Some(failure) = &self.failure {
            return Err(failure.clone());
        }
        self.packets.feed(data);
        let read = self.read();
        if let Err(failure) = &read {
            self.failure = Some(failure.clone());
        }
        read
    }

    fn read(&mut self) -> Result<()> {
        // Moved out, so that packets may lie in its buffer while the rest changes.
        let mut packets = std::mem::take(&mut self.packets);
        let read = loop {
            match packets.next_packet() {
                Ok(Some(packet)) => {
                    if let Err(error) = self.packet(packet) {
                        break Err(error);
                    }
                }
                Ok(None) => break Ok(()),
                Err(error) => break Err(error),
            }
        };
        self.packets = packets;
        read
    }

    fn packet(&mut self, packet: Packet<'_>) -> Result<()> {
        let bytes = packet.bytes();
        if bytes.first() == Some(&ERR) && self.state != State::Done {
            self.refusal = Some(bytes.to_vec());
            self.finish();
            return Ok(());
        }
        match self.state {
            State::Start => self.start(bytes),
            State::Columns(left) => self.column(bytes, left),
            State::EndOfColumns => {
                if !ends(bytes, EOF_BYTES_MAX) {
                    return Err(Error::new("The descriptions of the columns do not end."));
                }
                self.state = State::Rows;
                Ok(())
            }
            State::Rows => self.row(packet),
            State::Done => Err(Error::new("A packet follows the end of the answer.")),
        }
    }

    fn start(&mut self, bytes: &[u8]) -> Result<()> {
        match bytes.first() {
            Some(&OK) => {
                self.described = true;
                self.end_of_result(ok_status(bytes)?);
                Ok(())
            }
            Some(&LOCAL_FILE) => Err(Error::new("The server asks for a local file, which it is not given.")),
            _ => {
                let count = Cursor::new(bytes, 0).lenenc()?;
                if count == 0 || count > COLUMNS_MAX {
                    return Err(Error::new(format!("An answer cannot have {count} columns.")));
                }
                self.state = State::Columns(count);
                Ok(())
            }
        }
    }

    /// Catalog, database, table twice, name; what follows is not needed.
    fn column(&mut self, bytes: &[u8], left: u64) -> Result<()> {
        if !self.further {
            let mut cursor = Cursor::new(bytes, 0);
            for _ in 0..4 {
                cursor.lenenc_bytes()?;
            }
            self.columns.push(String::from_utf8_lossy(cursor.lenenc_bytes()?).into_owned());
        }
        self.state = match left {
            0 | 1 if self.deprecate_eof => State::Rows,
            0 | 1 => State::EndOfColumns,
            _ => State::Columns(left - 1),
        };
        self.described |= left <= 1;
        Ok(())
    }

    fn row(&mut self, packet: Packet<'_>) -> Result<()> {
        let bytes = packet.bytes();
        if ends(bytes, self.end_size()) {
            let status = if self.deprecate_eof { ok_status(bytes)? } else { eof_status(bytes)? };
            self.end_of_result(status);
            return Ok(());
        }
        if self.further {
            return Ok(());
        }
        rows::check(bytes, self.columns.len())?;
        match packet {
            // A long row keeps its memory; it closes the block.
            Packet::Joined(bytes) if self.open.rows == 0 => self.open.data = bytes,
            _ if self.open.rows == 0 => {
                self.open.data.reserve(self.usual.max(bytes.len()));
                self.open.data.extend_from_slice(bytes);
            }
            _ => self.open.data.extend_from_slice(bytes),
        }
        self.open.rows += 1;
        self.open.columns = self.columns.len();
        if self.open.rows >= self.size.rows || self.open.data.len() >= self.size.bytes {
            self.close_block();
        }
        Ok(())
    }

    fn close_block(&mut self) {
        if self.open.rows > 0 {
            self.usual = (self.open.data.len() + self.open.data.len() / 8).min(ROOM_BYTES_MAX);
            self.ready.push_back(std::mem::take(&mut self.open));
        }
    }

    fn end_of_result(&mut self, status: u64) {
        if status & MORE_RESULTS == 0 {
            self.finish();
            return;
        }
        self.close_block();
        self.further = true;
        self.state = State::Start;
    }

    fn finish(&mut self) {
        self.close_block();
        self.state = State::Done;
    }
}

/// Whether a packet in the place of a row ends the rows: a row that begins so is longer.
fn ends(bytes: &[u8], length: usize) -> bool {
    bytes.first() == Some(&EOF) && bytes.len() < length
}

/// Mark, number of warnings, status. Servers of old send the mark alone.
fn eof_status(bytes: &[u8]) -> Result<u64> {
    let mut cursor = Cursor::new(bytes, 0);
    cursor.skip(1)?;
    if cursor.remaining() == 0 {
        return Ok(0);
    }
    cursor.uint(2)?;
    cursor.uint(2)
}

/// Mark, number of rows, last id, status.
fn ok_status(bytes: &[u8]) -> Result<u64> {
    let mut cursor = Cursor::new(bytes, 0);
    cursor.skip(1)?;
    cursor.lenenc()?;
    cursor.lenenc()?;
    cursor.uint(2)
}
