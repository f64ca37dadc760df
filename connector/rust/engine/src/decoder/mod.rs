//! Packets of a dump to events.

mod control;
mod payload;
mod statements;
mod transactions;

use crate::cursor::Cursor;
use crate::error::{Error, Result};
use crate::event_types::{event, IGNORABLE_FLAG};
use crate::events::{Content, Event, FormatDescription, Kind, Rows};
use crate::header::{body_of, read_header, Header};
use crate::packets::PacketReader;
use crate::rows::{Present, RowBody};
use crate::table::{read_table, read_table_id, Table};
use payload::Payload;
pub use payload::{Expand, Expander};
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

const OK: u8 = 0x00;
const EOF: u8 = 0xFE;
const ERR: u8 = 0xFF;
const EOF_BYTES_MAX: usize = 9;
/// How much of a compressed transaction one call gives; the rest is pending.
const EXPANDED_BYTES_A_FEED: usize = 16 << 20;
/// Tables kept; statements name theirs anew each time, and none names that many.
const TABLES_MAX: usize = 4096;

/// `rowtide.binlog.engine.Decoder`.
#[derive(Default)]
pub struct Decoder {
    expander: Option<Expander>,
    packets: PacketReader,
    state: State,
    inner: Option<Payload>,
    failure: Option<Error>,
    ended: bool,
    more: bool,
}

struct KnownTable {
    body: Vec<u8>,
    table: Arc<Table>,
    header: Header,
    used: u64,
    statements: u64,
}

impl std::fmt::Debug for KnownTable {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{}", self.table.database, self.table.table)
    }
}

/// What earlier events tell about how to read later ones.
#[derive(Debug, Default)]
struct State {
    format: Option<FormatDescription>,
    alpha: bool,
    /// Where the last event that is in a file ended, 0 when unknown.
    position: u64,
    tables: HashMap<u64, KnownTable>,
    uses: u64,
    /// Statements so far that may have changed tables.
    statements: u64,
    unknown_types: HashSet<u8>,
    new_unknown_types: Vec<u8>,
}

impl Decoder {
    /// `expander` reads compressed transactions, which are errors without one.
    pub fn new(expander: Option<Expander>) -> Self {
        Self { expander, ..Self::default() }
    }

    /// More events, or an error, can be had without more bytes.
    pub fn pending(&self) -> bool {
        self.more || self.failure.is_some()
    }

    /// The server said that nothing follows.
    pub fn ended(&self) -> bool {
        self.ended
    }

    /// Event types without a name that came since the last call, each once.
    pub fn take_unknown_types(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.state.new_unknown_types)
    }

    /// The events that `data` completes. An error that follows whole events is given by the next call.
    pub fn feed(&mut self, data: &[u8]) -> Result<Vec<Event>> {
        if let Some(failure) = &self.failure {
            return Err(failure.clone());
        }
        let mut events = Vec::new();
        self.packets.feed(data);
        if let Err(mut error) = self.decode(&mut events) {
            if error.server_packet.is_none() && error.position < 0 && self.state.position > 0 {
                error.position = i64::try_from(self.state.position).unwrap_or(i64::MAX);
            }
            self.failure = Some(error.clone());
            if events.is_empty() {
                return Err(error);
            }
        }
        Ok(events)
    }

    fn decode(&mut self, events: &mut Vec<Event>) -> Result<()> {
        let mut expanded = 0;
        self.more = false;
        while !self.ended {
            if let Some(payload) = &mut self.inner {
                if let Some(data) = payload.next_event()? {
                    events.push(self.state.inner_event(&payload.header, &data)?);
                    expanded += data.len();
                    if expanded >= EXPANDED_BYTES_A_FEED {
                        self.more = true;
                        return Ok(());
                    }
                    continue;
                }
                self.inner = None;
            }
            let Some(packet) = self.packets.next_packet()? else {
                return Ok(());
            };
            let bytes = packet.bytes();
            match bytes.first().copied() {
                Some(ERR) => {
                    let mut error = Error::new("The server ended the binlog stream.");
                    error.server_packet = Some(bytes.to_vec());
                    return Err(error);
                }
                Some(EOF) if bytes.len() < EOF_BYTES_MAX => self.ended = true,
                Some(OK) => {
                    let event = self.state.event(bytes.get(1..).unwrap_or(&[]), &mut self.inner, self.expander.as_ref())?;
                    events.push(event);
                }
                mark => {
                    return Err(Error::new(format!(
                        "A packet of {} bytes begins with 0x{:02x}, which is no event.",
                        bytes.len(),
                        mark.unwrap_or(OK)
                    )))
                }
            }
        }
        Ok(())
    }
}

impl State {
    fn checksum(&self) -> bool {
        self.format.as_ref().is_some_and(|format| format.checksum)
    }

    fn mariadb(&self) -> bool {
        self.format.as_ref().is_some_and(FormatDescription::mariadb)
    }

    fn post_header_length(&self, event_type: u8, default: u8) -> u8 {
        let lengths = self.format.as_ref().map_or(&[][..], |format| &format.post_header_lengths);
        usize::from(event_type).checked_sub(1).and_then(|i| lengths.get(i)).copied().unwrap_or(default)
    }

    fn event(
        &mut self,
        data: &[u8],
        inner: &mut Option<Payload>,
        expander: Option<&Expander>,
    ) -> Result<Event> {
        let mut header = read_header(data, self.position)?;
        if self.alpha {
            header.event_type = control::final_type(header.event_type);
        }
        let content = match header.event_type {
            event::FORMAT_DESCRIPTION => {
                let (description, alpha) = control::format_description(data)?;
                self.format = Some(description.clone());
                self.alpha = alpha;
                self.tables.clear();
                Content::FormatDescription(description)
            }
            event::ROTATE => control::rotate(&header, data, self.format.as_ref())?,
            event::TRANSACTION_PAYLOAD => {
                let mut cursor = body_of(data, self.checksum())?;
                let (content, payload) = payload::transaction_payload(&header, &mut cursor, expander)?;
                *inner = Some(payload);
                content
            }
            _ => self.body(&header, body_of(data, self.checksum())?)?,
        };
        match &content {
            Content::Rotate(_, next) => self.position = *next,
            Content::Heartbeat(_, position) => self.position = *position,
            _ if header.next_position > 0 => self.position = header.next_position,
            _ => {}
        }
        Ok(Event { header, content })
    }

    /// An event out of a compressed transaction; it carries the place of that.
    fn inner_event(&mut self, outer: &Header, data: &[u8]) -> Result<Event> {
        let inner = read_header(data, 0)?;
        let header = Header { length: outer.length, next_position: outer.next_position, ..inner };
        if matches!(inner.event_type, event::TRANSACTION_PAYLOAD | event::FORMAT_DESCRIPTION | event::ROTATE) {
            return Err(Error::new(format!(
                "A compressed transaction has an event of type {} in it.",
                inner.event_type
            )));
        }
        let content = self.body(&header, body_of(data, false)?)?;
        Ok(Event { header, content })
    }

    fn body(&mut self, header: &Header, mut cursor: Cursor<'_>) -> Result<Content> {
        match header.event_type {
            event::TABLE_MAP => self.table_map(header, cursor),
            event::WRITE_ROWS_V0..=event::DELETE_ROWS_V1
            | event::WRITE_ROWS_V2..=event::DELETE_ROWS_V2
            | event::PARTIAL_UPDATE_ROWS
            | event::MARIADB_WRITE_ROWS_COMPRESSED_V1..=event::MARIADB_DELETE_ROWS_COMPRESSED => {
                self.rows(header, &mut cursor)
            }
            event::QUERY | event::MARIADB_QUERY_COMPRESSED => {
                let fixed = self.post_header_length(event::QUERY, statements::QUERY_POST_HEADER);
                let content = statements::query(header, &mut cursor, fixed)?;
                if let Content::Query(query) = &content {
                    self.statements += u64::from(!matches!(query.sql.as_slice(), b"BEGIN" | b"COMMIT"));
                }
                Ok(content)
            }
            event::STOP => Ok(Content::Stop),
            event::INCIDENT => control::incident(&mut cursor),
            event::HEARTBEAT => Ok(control::heartbeat(header, &mut cursor)),
            event::HEARTBEAT_V2 => control::heartbeat_v2(header, &mut cursor),
            event::XID => Ok(Content::Xid(cursor.u64()?)),
            event::XA_PREPARE => statements::xa_prepare(&mut cursor),
            event::ROWS_QUERY => statements::rows_query(&mut cursor),
            event::MARIADB_ANNOTATE_ROWS => Ok(Content::RowsQuery(statements::rest_text(&mut cursor))),
            event::GTID => transactions::gtid(&mut cursor),
            event::ANONYMOUS_GTID => transactions::anonymous_gtid(&mut cursor),
            event::GTID_TAGGED => transactions::tagged_gtid(&mut cursor),
            event::PREVIOUS_GTIDS => transactions::previous_gtids(&mut cursor),
            event::MARIADB_GTID => transactions::mariadb_gtid(&mut cursor),
            event::MARIADB_GTID_LIST => transactions::gtid_list(&mut cursor),
            _ => {
                self.note_unknown(header);
                Ok(Content::Ignored)
            }
        }
    }

    fn note_unknown(&mut self, header: &Header) {
        let known = event::known(header.event_type) || header.flags & IGNORABLE_FLAG != 0;
        if !known && self.unknown_types.insert(header.event_type) {
            self.new_unknown_types.push(header.event_type);
        }
    }

    /// A table's number has 4 bytes where the event's fixed part is 6 long (before MySQL 5.1.4), else 6.
    fn table_id_bytes(&self, event_type: u8, default: u8) -> usize {
        if self.post_header_length(event_type, default) == 6 {
            4
        } else {
            6
        }
    }

    /// The same table is named again for each statement, mostly in the same bytes: these are read once. After DDL it is
    /// another table even so, for those who know tables by what was read.
    fn table_map(&mut self, header: &Header, mut cursor: Cursor<'_>) -> Result<Content> {
        let id_bytes = self.table_id_bytes(event::TABLE_MAP, 8);
        let body = cursor.data.get(cursor.pos..cursor.end).unwrap_or(&[]);
        let table_id = read_table_id(&mut Cursor::new(body, cursor.offset()), id_bytes)?;
        self.uses += 1;
        if let Some(known) = self.tables.get_mut(&table_id) {
            if known.body == body && known.statements == self.statements {
                known.header = *header;
                known.used = self.uses;
                return Ok(Content::TableMap(known.table.clone()));
            }
        }
        let table = Arc::new(read_table(&mut cursor, id_bytes, self.mariadb(), header.position())?);
        let known = KnownTable { body: body.to_vec(), table: table.clone(), header: *header, used: self.uses, statements: self.statements };
        self.tables.insert(table_id, known);
        if self.tables.len() > TABLES_MAX {
            let oldest = self.tables.iter().min_by_key(|(_, known)| known.used).map(|(id, _)| *id);
            if let Some(id) = oldest {
                self.tables.remove(&id);
            }
        }
        Ok(Content::TableMap(table))
    }

    /// Table, flags (2), in version 2 the length of extra data including itself (2) and these; count of columns, a bit
    /// for each that is in the first image, for updates the same for the second; rows.
    fn rows(&mut self, header: &Header, cursor: &mut Cursor<'_>) -> Result<Content> {
        let version_2 = matches!(
            header.event_type,
            event::WRITE_ROWS_V2..=event::DELETE_ROWS_V2
                | event::PARTIAL_UPDATE_ROWS
                | event::MARIADB_WRITE_ROWS_COMPRESSED..=event::MARIADB_DELETE_ROWS_COMPRESSED
        );
        let table_id = cursor.uint(self.table_id_bytes(header.event_type, if version_2 { 10 } else { 8 }))?;
        let flags = cursor.u16()?;
        if version_2 {
            let size = cursor.u16()?;
            match size.checked_sub(2) {
                Some(extra) => cursor.skip(usize::from(extra))?,
                None => {
                    let left = cursor.remaining();
                    let extra = i64::from(size) - 2;
                    let missing = extra - i64::try_from(left).unwrap_or(i64::MAX);
                    return Err(cursor.error(format!(
                        "The event ends {missing} bytes too early: {extra} wanted, {left} left"
                    )));
                }
            }
        }
        let Some(known) = self.tables.get(&table_id) else {
            // Numbers of events without rows that only end a statement.
            if matches!(table_id, 0xFF_FFFF | 0xFFFF_FFFF | 0xFFFF_FFFF_FFFF) {
                return Ok(Content::Ignored);
            }
            return Err(cursor.error(format!(
                "A row event refers to table {table_id}, which no TABLE_MAP before it named"
            )));
        };
        let table = &known.table;
        let count = cursor.lenenc()?;
        if usize::try_from(count).ok() != Some(table.column_types.len()) {
            return Err(cursor
                .error(format!("A row event has {count} columns, its table {}", table.column_types.len())));
        }
        let count = table.column_types.len();
        let kind = row_kind(header.event_type);
        let first = Present::new(cursor.take(count.div_ceil(8))?, count);
        let (before, after) = match kind {
            Kind::Update => (Some(first), Some(Present::new(cursor.take(count.div_ceil(8))?, count))),
            Kind::Create => (None, Some(first)),
            Kind::Delete => (Some(first), None),
        };
        let offset = cursor.offset();
        let body = RowBody {
            data: cursor.rest().to_vec(),
            offset,
            table: table.clone(),
            before,
            after,
            event_type: header.event_type,
        };
        Ok(Content::Rows(Rows {
            kind,
            table: table.clone(),
            table_header: known.header,
            body: Arc::new(body),
            last_of_statement: flags & 1 == 1,
        }))
    }
}

fn row_kind(event_type: u8) -> Kind {
    match event_type {
        event::WRITE_ROWS_V0 | event::WRITE_ROWS_V1 | event::WRITE_ROWS_V2
        | event::MARIADB_WRITE_ROWS_COMPRESSED_V1 | event::MARIADB_WRITE_ROWS_COMPRESSED => Kind::Create,
        event::DELETE_ROWS_V0 | event::DELETE_ROWS_V1 | event::DELETE_ROWS_V2
        | event::MARIADB_DELETE_ROWS_COMPRESSED_V1 | event::MARIADB_DELETE_ROWS_COMPRESSED => Kind::Delete,
        _ => Kind::Update,
    }
}
