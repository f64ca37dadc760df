//! TABLE_MAP: the table that row events refer to, with the optional metadata of `binlog_row_metadata`.

use crate::cursor::Cursor;
use crate::error::Result;
use crate::event_types::column as t;
use crate::values::reader::{reader, string_type, Reader};

pub const COLUMNS_MAX: u64 = 4096;

/// One way of passing over an image without NULLs: neighbours of fixed size at once, others by their reader.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    Fixed(usize),
    Column(usize),
}

/// A table as one TABLE_MAP body names it.
#[derive(Debug, Clone, PartialEq)]
pub struct Table {
    pub table_id: u64,
    pub database: String,
    pub table: String,
    pub column_types: Vec<u8>,
    pub metadata: Vec<u32>,
    pub nullable: Vec<bool>,
    pub details: Details,
    /// Where the first such event starts in its file.
    pub first_position: u64,
    pub readers: Vec<Reader>,
    /// For images with all columns.
    pub steps: Vec<Step>,
}

/// What the optional metadata tell; items of ENUM and SET are in the bytes of their column's collation.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Details {
    pub unsigned: Option<Vec<Option<bool>>>,
    pub collations: Option<Vec<Option<u64>>>,
    pub names: Option<Vec<String>>,
    pub set_values: Option<Vec<Vec<Vec<u8>>>>,
    pub enum_values: Option<Vec<Vec<Vec<u8>>>>,
    pub geometry_types: Option<Vec<Option<u64>>>,
    pub primary_key: Option<Vec<(usize, u64)>>,
    pub visible: Option<Vec<bool>>,
    pub vector_dimensions: Option<Vec<Option<u64>>>,
}

fn metadata_bytes(column_type: u8) -> usize {
    match column_type {
        t::FLOAT | t::DOUBLE | t::TINY_BLOB | t::MEDIUM_BLOB | t::LONG_BLOB | t::BLOB | t::GEOMETRY | t::JSON
        | t::VECTOR | t::TIME2 | t::DATETIME2 | t::TIMESTAMP2 | t::MARIADB_BLOB_COMPRESSED => 1,
        t::BIT | t::VARCHAR | t::NEWDECIMAL | t::SET | t::ENUM | t::STRING | t::VAR_STRING
        | t::MARIADB_VARCHAR_COMPRESSED => 2,
        _ => 0,
    }
}

/// Table number (of `id_bytes`), flags (2).
pub fn read_table_id(cursor: &mut Cursor<'_>, id_bytes: usize) -> Result<u64> {
    let table_id = cursor.uint(id_bytes)?;
    cursor.skip(2)?;
    Ok(table_id)
}

/// Table (6), flags (2); database and table name, each behind its length and before a zero byte; count of columns, their
/// types (1 each), metadata behind its length, bits of nullable columns, optional metadata.
pub fn read_table(cursor: &mut Cursor<'_>, id_bytes: usize, mariadb: bool, position: u64) -> Result<Table> {
    let table_id = read_table_id(cursor, id_bytes)?;
    let database = name(cursor, "The database name")?;
    let table = name(cursor, "The table name")?;
    let count = cursor.lenenc()?;
    if count > COLUMNS_MAX {
        return Err(cursor.error_at(
            format!("A table has {count} columns, {COLUMNS_MAX} being the most"),
            cursor.offset().saturating_sub(1),
        ));
    }
    let count = usize::try_from(count).unwrap_or(0);
    let types = cursor.take(count)?.to_vec();
    // Before MySQL 5.1.18, whose rows are refused, there is no more.
    let mut metadata = vec![0; count];
    let mut nullable = vec![true; count];
    let mut details = Details::default();
    if cursor.remaining() > 0 {
        let size = cursor.lenenc_length()?;
        let start = cursor.pos;
        cursor.skip(size)?;
        metadata = read_metadata(&mut Cursor::within(cursor.data, start, cursor.pos, cursor.origin), &types)?;
        let bits = cursor.take(count.div_ceil(8))?;
        nullable = (0..count).map(|i| low_bit(bits, i)).collect();
        details = Columns::new(&types, &metadata, mariadb).read_details(cursor)?;
    }
    let readers: Vec<Reader> = types.iter().zip(&metadata).map(|(kind, data)| reader(*kind, *data)).collect();
    let steps = steps(&readers, |_| true);
    Ok(Table {
        table_id,
        database,
        table,
        column_types: types,
        metadata,
        nullable,
        details,
        first_position: position,
        readers,
        steps,
    })
}

/// How to pass over the columns of an image without NULLs.
pub fn steps(readers: &[Reader], present: impl Fn(usize) -> bool) -> Vec<Step> {
    let mut steps = Vec::new();
    for (i, reader) in readers.iter().enumerate().filter(|(i, _)| present(*i)) {
        match (reader.size(), steps.last_mut()) {
            (Some(size), Some(Step::Fixed(total))) => *total += size,
            (Some(size), _) => steps.push(Step::Fixed(size)),
            (None, _) => steps.push(Step::Column(i)),
        }
    }
    steps
}

/// Bit `i`, the lowest of the first byte being the first.
pub fn low_bit(bits: &[u8], i: usize) -> bool {
    bits.get(i / 8).is_some_and(|byte| byte >> (i % 8) & 1 == 1)
}

fn name(cursor: &mut Cursor<'_>, what: &str) -> Result<String> {
    let size = cursor.lenenc_length()?;
    let name = cursor.text(size)?;
    cursor.skip_nul(what)?;
    Ok(name)
}

fn read_metadata(cursor: &mut Cursor<'_>, types: &[u8]) -> Result<Vec<u32>> {
    let mut metadata = Vec::with_capacity(types.len());
    for column_type in types {
        let value = if *column_type == t::TYPED_ARRAY {
            // The items' type, then their metadata; a string's length has three bytes here.
            let item_type = cursor.u8()?;
            let size = if item_type == t::VARCHAR { 3 } else { metadata_bytes(item_type) };
            u64::from(item_type) | cursor.uint(size)? << 8
        } else {
            cursor.uint(metadata_bytes(*column_type))?
        };
        metadata.push(u32::try_from(value).unwrap_or(u32::MAX));
    }
    cursor.expect_end("the columns' metadata")?;
    Ok(metadata)
}

/// Which columns a field of the metadata is about.
struct Columns {
    types: Vec<u8>,
    mariadb: bool,
}

type Indexes = Vec<usize>;

impl Columns {
    fn new(types: &[u8], metadata: &[u32], mariadb: bool) -> Self {
        let types = types
            .iter()
            .zip(metadata)
            .map(|(kind, data)| if *kind == t::STRING { string_type(*data).0 } else { *kind })
            .collect();
        Self { types, mariadb }
    }

    fn of(&self, wanted: impl Fn(u8) -> bool) -> Indexes {
        self.types.iter().enumerate().filter(|(_, kind)| wanted(**kind)).map(|(i, _)| i).collect()
    }

    fn numbers(&self) -> Indexes {
        self.of(|kind| {
            matches!(
                kind,
                t::TINY | t::SHORT | t::INT24 | t::LONG | t::LONGLONG | t::NEWDECIMAL | t::FLOAT | t::DOUBLE | t::YEAR
            )
        })
    }

    fn texts(&self) -> Indexes {
        self.of(|kind| {
            matches!(
                kind,
                t::STRING | t::VAR_STRING | t::VARCHAR | t::TINY_BLOB..=t::BLOB | t::VECTOR
                    | t::MARIADB_BLOB_COMPRESSED | t::MARIADB_VARCHAR_COMPRESSED
            ) || (self.mariadb && kind == t::GEOMETRY) // which has a collation there, the binary one
        })
    }

    fn choices(&self) -> Indexes {
        self.of(|kind| matches!(kind, t::ENUM | t::SET))
    }

    /// Fields of a type (1), a length (length-encoded) and content.
    fn read_details(&self, cursor: &mut Cursor<'_>) -> Result<Details> {
        let mut details = Details::default();
        while cursor.remaining() > 0 {
            let field = cursor.u8()?;
            let start = cursor.offset();
            let content = cursor.lenenc_bytes()?;
            let mut inner = Cursor::new(content, cursor.offset().saturating_sub(content.len()));
            if field == 0 {
                return Err(cursor.error_at("A field of a table's metadata has no type", start.saturating_sub(1)));
            }
            self.read_field(field, &mut inner, &mut details)?;
        }
        Ok(details)
    }

    fn read_field(&self, field: u8, cursor: &mut Cursor<'_>, details: &mut Details) -> Result<()> {
        let count = self.types.len();
        match field {
            1 => {
                let indexes = self.numbers();
                let bits = high_bits(cursor, indexes.len())?;
                details.unsigned = Some(self.spread(&indexes, bits));
            }
            2 => self.default_collation(cursor, details, self.texts())?,
            3 => self.each_collation(cursor, details, self.texts())?,
            4 => {
                let mut names = Vec::with_capacity(count);
                for _ in 0..count {
                    let size = cursor.lenenc_length()?;
                    names.push(cursor.text(size)?);
                }
                cursor.expect_end("the names of the table's columns")?;
                details.names = Some(names);
            }
            5 => details.set_values = Some(self.items(cursor, t::SET)?),
            6 => details.enum_values = Some(self.items(cursor, t::ENUM)?),
            7 => details.geometry_types = Some(self.numbers_of(cursor, t::GEOMETRY)?),
            8 | 9 => {
                let mut key = Vec::new();
                while cursor.remaining() > 0 {
                    let index = cursor.lenenc_length()?;
                    if index >= count {
                        return Err(cursor.error(format!("A key has column {index} of {count}")));
                    }
                    key.push((index, if field == 9 { cursor.lenenc()? } else { 0 }));
                }
                details.primary_key = Some(key);
            }
            10 => self.default_collation(cursor, details, self.choices())?,
            11 => self.each_collation(cursor, details, self.choices())?,
            12 => details.visible = Some(high_bits(cursor, count)?),
            13 => details.vector_dimensions = Some(self.numbers_of(cursor, t::VECTOR)?),
            _ => {}
        }
        Ok(())
    }

    /// One value a column, `None` for columns that are not meant.
    fn spread<T: Clone>(&self, indexes: &[usize], values: Vec<T>) -> Vec<Option<T>> {
        let mut spread = vec![None; self.types.len()];
        for (index, value) in indexes.iter().zip(values) {
            if let Some(place) = spread.get_mut(*index) {
                *place = Some(value);
            }
        }
        spread
    }

    fn numbers_of(&self, cursor: &mut Cursor<'_>, column_type: u8) -> Result<Vec<Option<u64>>> {
        let indexes = self.of(|kind| kind == column_type);
        let mut values = Vec::with_capacity(indexes.len());
        for _ in &indexes {
            values.push(cursor.lenenc()?);
        }
        Ok(self.spread(&indexes, values))
    }

    /// The collation of most, then pairs of position among these columns and collation.
    fn default_collation(&self, cursor: &mut Cursor<'_>, details: &mut Details, indexes: Indexes) -> Result<()> {
        let default = cursor.lenenc()?;
        let mut found = vec![default; indexes.len()];
        while cursor.remaining() > 0 {
            let (position, collation) = (cursor.lenenc_length()?, cursor.lenenc()?);
            match found.get_mut(position) {
                Some(place) => *place = collation,
                None => {
                    return Err(cursor
                        .error(format!("A collation is for text column {position} of {}", indexes.len())))
                }
            }
        }
        self.add_collations(details, &indexes, found);
        Ok(())
    }

    fn each_collation(&self, cursor: &mut Cursor<'_>, details: &mut Details, indexes: Indexes) -> Result<()> {
        let mut found = Vec::with_capacity(indexes.len());
        for _ in &indexes {
            found.push(cursor.lenenc()?);
        }
        cursor.expect_end("the collations of the table's columns")?;
        self.add_collations(details, &indexes, found);
        Ok(())
    }

    fn add_collations(&self, details: &mut Details, indexes: &[usize], found: Vec<u64>) {
        let collations = details.collations.get_or_insert_with(|| vec![None; self.types.len()]);
        for (index, collation) in indexes.iter().zip(found) {
            if let Some(place) = collations.get_mut(*index) {
                *place = Some(collation);
            }
        }
    }

    fn items(&self, cursor: &mut Cursor<'_>, column_type: u8) -> Result<Vec<Vec<Vec<u8>>>> {
        let mut items = vec![Vec::new(); self.types.len()];
        for index in self.of(|kind| kind == column_type) {
            let count = cursor.lenenc_length()?;
            if count > cursor.remaining() {
                return Err(cursor.error(format!("{count} items of an ENUM or SET don't fit the event")));
            }
            let mut of_column = Vec::with_capacity(count);
            for _ in 0..count {
                of_column.push(cursor.lenenc_bytes()?.to_vec());
            }
            if let Some(place) = items.get_mut(index) {
                *place = of_column;
            }
        }
        Ok(items)
    }
}

/// So many bits, the highest of the first byte first.
fn high_bits(cursor: &mut Cursor<'_>, count: usize) -> Result<Vec<bool>> {
    let packed = cursor.take(count.div_ceil(8))?;
    Ok((0..count).map(|i| packed.get(i / 8).is_some_and(|byte| byte >> (7 - i % 8) & 1 == 1)).collect())
}
