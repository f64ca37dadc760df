//! What a binlog stream says (`rowtide.binlog.events`).

use crate::header::Header;
use crate::rows::RowBody;
use crate::table::Table;
use std::sync::Arc;

#[derive(Debug, Clone)]
pub struct Event {
    pub header: Header,
    pub content: Content,
}

#[derive(Debug, Clone)]
pub enum Content {
    FormatDescription(FormatDescription),
    /// File and position at which the stream goes on.
    Rotate(String, u64),
    Query(Query),
    Xid(u64),
    XaPrepare { one_phase: bool, format_id: i64, gtrid: Vec<u8>, bqual: Vec<u8> },
    TableMap(Arc<Table>),
    Rows(Rows),
    MysqlGtid(MysqlGtid),
    /// Commit times, original and immediate.
    AnonymousGtid(Option<u64>, Option<u64>),
    MariadbGtid { domain: u32, sequence: u64, flags: u8 },
    GtidList(Vec<(u32, u32, u64)>),
    PreviousGtids(Vec<GtidIntervals>),
    RowsQuery(String),
    Heartbeat(String, u64),
    TransactionPayload { zstd: bool, size: u64 },
    Incident(u64, String),
    Stop,
    Ignored,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FormatDescription {
    pub server_version: String,
    pub checksum: bool,
    pub post_header_lengths: Vec<u8>,
}

impl FormatDescription {
    pub fn mariadb(&self) -> bool {
        self.server_version.to_lowercase().contains("mariadb")
    }
}

/// Session settings that a statement needs. Collations are by number.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct QueryContext {
    pub sql_mode: Option<u64>,
    pub client_collation: Option<u64>,
    pub connection_collation: Option<u64>,
    pub server_collation: Option<u64>,
    pub database_collation: Option<u64>,
    pub utf8mb4_collation: Option<u64>,
}

/// A statement, in the client's character set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Query {
    pub thread_id: u32,
    pub database: String,
    pub sql: Vec<u8>,
    pub error_code: u16,
    pub context: QueryContext,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MysqlGtid {
    pub sid: [u8; 16],
    /// Signed in tables of the protocol, never negative in an honest log.
    pub gno: i128,
    pub tag: Option<String>,
    pub original_commit_us: Option<u64>,
    pub immediate_commit_us: Option<u64>,
}

/// The intervals (first, last) of one UUID and tag.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GtidIntervals {
    pub sid: [u8; 16],
    pub tag: String,
    pub intervals: Vec<(u64, u64)>,
}

/// What a row event does with its rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Create,
    Update,
    Delete,
}

#[derive(Debug, Clone)]
pub struct Rows {
    pub kind: Kind,
    pub table: Arc<Table>,
    /// Of the TABLE_MAP that named the table last.
    pub table_header: Header,
    pub body: Arc<RowBody>,
    pub last_of_statement: bool,
}

/// A UUID as text, lower case.
pub fn uuid_text(bytes: &[u8; 16]) -> String {
    let mut text = String::with_capacity(36);
    for (i, byte) in bytes.iter().enumerate() {
        if matches!(i, 4 | 6 | 8 | 10) {
            text.push('-');
        }
        text.push(char::from_digit(u32::from(byte >> 4), 16).unwrap_or('0'));
        text.push(char::from_digit(u32::from(byte & 15), 16).unwrap_or('0'));
    }
    text
}
