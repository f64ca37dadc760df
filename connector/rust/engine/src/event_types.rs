//! Numbers of event types and column types on the wire.

pub const ARTIFICIAL_FLAG: u16 = 0x20;
pub const IGNORABLE_FLAG: u16 = 0x80;

macro_rules! numbers {
    ($($name:ident = $number:expr;)*) => { $(pub const $name: u8 = $number;)* };
}

/// Event types.
pub mod event {
    numbers! {
        QUERY = 2; STOP = 3; ROTATE = 4; FORMAT_DESCRIPTION = 15; XID = 16; BEGIN_LOAD_QUERY = 17;
        EXECUTE_LOAD_QUERY = 18; TABLE_MAP = 19; WRITE_ROWS_V0 = 20; UPDATE_ROWS_V0 = 21; DELETE_ROWS_V0 = 22;
        WRITE_ROWS_V1 = 23; UPDATE_ROWS_V1 = 24; DELETE_ROWS_V1 = 25; INCIDENT = 26; HEARTBEAT = 27; ROWS_QUERY = 29;
        WRITE_ROWS_V2 = 30; UPDATE_ROWS_V2 = 31; DELETE_ROWS_V2 = 32; GTID = 33; ANONYMOUS_GTID = 34;
        PREVIOUS_GTIDS = 35; XA_PREPARE = 38; PARTIAL_UPDATE_ROWS = 39; TRANSACTION_PAYLOAD = 40; HEARTBEAT_V2 = 41;
        GTID_TAGGED = 42; MARIADB_ANNOTATE_ROWS = 160; MARIADB_GTID = 162; MARIADB_GTID_LIST = 163;
        MARIADB_QUERY_COMPRESSED = 165; MARIADB_WRITE_ROWS_COMPRESSED_V1 = 166;
        MARIADB_UPDATE_ROWS_COMPRESSED_V1 = 167; MARIADB_DELETE_ROWS_COMPRESSED_V1 = 168;
        MARIADB_WRITE_ROWS_COMPRESSED = 169; MARIADB_UPDATE_ROWS_COMPRESSED = 170; MARIADB_DELETE_ROWS_COMPRESSED = 171;
    }

    /// Whether the type has a name in the servers' sources.
    pub fn known(event_type: u8) -> bool {
        matches!(event_type, 1..=42 | 160..=171)
    }
}

/// Column types.
pub mod column {
    numbers! {
        DECIMAL = 0; TINY = 1; SHORT = 2; LONG = 3; FLOAT = 4; DOUBLE = 5; TIMESTAMP = 7; LONGLONG = 8; INT24 = 9;
        DATE = 10; TIME = 11; DATETIME = 12; YEAR = 13; NEWDATE = 14; VARCHAR = 15; BIT = 16; TIMESTAMP2 = 17;
        DATETIME2 = 18; TIME2 = 19; TYPED_ARRAY = 20; MARIADB_BLOB_COMPRESSED = 140; MARIADB_VARCHAR_COMPRESSED = 141;
        VECTOR = 242; JSON = 245; NEWDECIMAL = 246; ENUM = 247; SET = 248; TINY_BLOB = 249; MEDIUM_BLOB = 250;
        LONG_BLOB = 251; BLOB = 252; VAR_STRING = 253; STRING = 254; GEOMETRY = 255;
    }
}
