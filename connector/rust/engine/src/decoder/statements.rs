//! Events of statements: QUERY and the session settings in it, annotations, XA.

use crate::compression::expand_event_part;
use crate::cursor::Cursor;
use crate::error::Result;
use crate::event_types::event;
use crate::events::{Content, Query, QueryContext};
use crate::header::Header;

pub const QUERY_POST_HEADER: u8 = 13;
const XID_DATA_MAX: u64 = 128;
const DATABASE_NAMES_OVERFLOW: u8 = 254;
const ALTER_ENDS: u16 = 0x04 | 0x08;

/// Thread (4), seconds taken (4), length of the database name (1), error (2), length of the status variables (2); then
/// these, the name, a zero byte, the statement in the client's character set.
pub fn query(header: &Header, cursor: &mut Cursor<'_>, fixed_length: u8) -> Result<Content> {
    let thread_id = cursor.u32()?;
    cursor.skip(4)?;
    let database_length = usize::from(cursor.u8()?);
    let error_code = cursor.u16()?;
    let variables = if fixed_length >= QUERY_POST_HEADER { usize::from(cursor.u16()?) } else { 0 };
    let start = cursor.pos;
    cursor.skip(variables)?;
    let context = status_variables(&mut Cursor::within(cursor.data, start, cursor.pos, cursor.origin))?;
    let database = cursor.text(database_length)?;
    cursor.skip_nul("The database name")?;
    let sql = if header.event_type == event::MARIADB_QUERY_COMPRESSED {
        expand_event_part(cursor)?
    } else {
        cursor.rest().to_vec()
    };
    Ok(Content::Query(Query { thread_id, database, sql, error_code, context }))
}

/// What the settings tell. Each is a number (1) and content of a size that only the number tells, so that reading ends,
/// as the servers' own does, at the first number that is not known.
fn status_variables(cursor: &mut Cursor<'_>) -> Result<QueryContext> {
    let mut context = QueryContext::default();
    while cursor.remaining() > 0 {
        match cursor.u8()? {
            1 => context.sql_mode = Some(cursor.u64()?),
            4 => {
                context.client_collation = Some(cursor.uint(2)?);
                context.connection_collation = Some(cursor.uint(2)?);
                context.server_collation = Some(cursor.uint(2)?);
            }
            8 => context.database_collation = Some(cursor.uint(2)?),
            18 => context.utf8mb4_collation = Some(cursor.uint(2)?),
            0 | 3 | 10 => cursor.skip(4)?,     // flags2, auto_increment, master data written
            7 => cursor.skip(2)?,              // lc_time_names
            9 | 17 | 129 => cursor.skip(8)?,   // tables for update, XID of a DDL statement, MariaDB's
            13 | 128 => cursor.skip(3)?,       // microseconds
            16 | 19 | 20 => cursor.skip(1)?,   // flags of a byte
            2 => skip_counted(cursor, 1)?,     // catalog with a zero byte, before MySQL 5.0.4
            5 | 6 => skip_counted(cursor, 0)?, // time zone, catalog
            11 => {
                skip_counted(cursor, 0)?; // invoker: user, host
                skip_counted(cursor, 0)?;
            }
            12 => skip_database_names(cursor)?,
            130 => {
                if cursor.u16()? & ALTER_ENDS != 0 {
                    cursor.skip(8)?;
                }
            }
            131 => {
                let pairs = usize::from(cursor.u8()?);
                cursor.skip(pairs * 4)?;
            }
            _ => break,
        }
    }
    Ok(context)
}

fn skip_counted(cursor: &mut Cursor<'_>, extra: usize) -> Result<()> {
    let size = usize::from(cursor.u8()?);
    cursor.skip(size + extra)
}

fn skip_database_names(cursor: &mut Cursor<'_>) -> Result<()> {
    let count = cursor.u8()?;
    if count == DATABASE_NAMES_OVERFLOW {
        return Ok(());
    }
    for _ in 0..count {
        while cursor.u8()? != 0 {}
    }
    Ok(())
}

pub fn rest_text(cursor: &mut Cursor<'_>) -> String {
    String::from_utf8_lossy(cursor.rest()).into_owned()
}

/// A length (1) that is too small to be believed, then the statement.
pub fn rows_query(cursor: &mut Cursor<'_>) -> Result<Content> {
    cursor.skip(1)?;
    Ok(Content::RowsQuery(rest_text(cursor)))
}

/// One phase (1), format (4), lengths of gtrid and bqual (4 each), then these.
pub fn xa_prepare(cursor: &mut Cursor<'_>) -> Result<Content> {
    let one_phase = cursor.u8()? != 0;
    let format_id = cursor.sint(4)?;
    let (gtrid, bqual) = (cursor.uint(4)?, cursor.uint(4)?);
    if gtrid + bqual > XID_DATA_MAX {
        let place = cursor.offset().saturating_sub(8);
        return Err(cursor.error_at(
            format!("An XA identifier has {} bytes, {XID_DATA_MAX} being the most", gtrid + bqual),
            place,
        ));
    }
    let mut take = |size: u64| Ok(cursor.take(usize::try_from(size).unwrap_or(usize::MAX))?.to_vec());
    Ok(Content::XaPrepare { one_phase, format_id, gtrid: take(gtrid)?, bqual: take(bqual)? })
}
