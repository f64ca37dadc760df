//! The rows of one event: counted, decoded, or their cells found, only when somebody asks.

use crate::compression::expand_event_part;
use crate::cursor::Cursor;
use crate::error::{Error, Result};
use crate::event_types::{column as t, event};
use crate::table::{low_bit, steps, Step, Table};
use crate::values::reader::Reader;
use crate::values::Raw;
use std::borrow::Cow;
use std::sync::Arc;

/// Which columns an image has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Present {
    bits: Vec<u8>,
    columns: usize,
    present: usize,
}

impl Present {
    pub fn new(bits: &[u8], columns: usize) -> Self {
        let present = (0..columns).filter(|i| low_bit(bits, *i)).count();
        Self { bits: bits.to_vec(), columns, present }
    }

    pub fn has(&self, column: usize) -> bool {
        low_bit(&self.bits, column)
    }

    pub fn complete(&self) -> bool {
        self.present == self.columns
    }

    pub fn flags(&self) -> Vec<bool> {
        (0..self.columns).map(|i| self.has(i)).collect()
    }
}

/// The undecoded rows of one event.
#[derive(Debug, Clone)]
pub struct RowBody {
    /// The row images as the event has them.
    pub data: Vec<u8>,
    /// Where they begin in the event.
    pub offset: usize,
    pub table: Arc<Table>,
    pub before: Option<Present>,
    pub after: Option<Present>,
    pub event_type: u8,
}

/// Where a cell begins in the data of its rows; `NULL_CELL` for NULL and for columns that are not there.
pub type Cell = usize;
pub const NULL_CELL: Cell = usize::MAX;

impl RowBody {
    pub fn partial(&self) -> bool {
        self.event_type == event::PARTIAL_UPDATE_ROWS
    }

    /// Whether the rows are of a form that is not read.
    pub fn refused(&self) -> bool {
        matches!(self.event_type, event::WRITE_ROWS_V0..=event::DELETE_ROWS_V0)
    }

    fn compressed(&self) -> bool {
        self.event_type >= event::MARIADB_WRITE_ROWS_COMPRESSED_V1
    }

    /// The images, expanded where they are compressed.
    pub fn open(&self) -> Result<Cow<'_, [u8]>> {
        if self.refused() {
            return Err(Error::at("it was written by a MySQL 5.1 before 5.1.18.", self.offset));
        }
        if self.compressed() {
            return expand_event_part(&mut Cursor::new(&self.data, self.offset)).map(Cow::Owned);
        }
        Ok(Cow::Borrowed(&self.data))
    }

    /// Rows take no bytes: an INSERT of defaults alone with a MINIMAL image. Such an event has one row.
    fn empty(&self) -> bool {
        !self.partial() && [&self.before, &self.after].iter().all(|image| image.as_ref().is_none_or(|i| i.present == 0))
    }

    /// Number of rows.
    pub fn count(&self) -> Result<usize> {
        self.counted().map_err(|error| self.wrong(error))
    }

    fn counted(&self) -> Result<usize> {
        let data = self.open()?;
        if self.empty() {
            return Ok(1);
        }
        let mut cursor = Cursor::new(&data, self.offset);
        let layouts = Layouts::new(self);
        let mut count = 0;
        while cursor.remaining() > 0 {
            layouts.skip(&mut cursor)?;
            count += 1;
        }
        Ok(count)
    }

    /// The error, with the table that the rows were read for.
    pub fn wrong(&self, error: Error) -> Error {
        Error {
            message: format!("A row of {}.{} cannot be read: {}", self.table.database, self.table.table, error.message),
            position: i64::try_from(self.table.first_position).unwrap_or(i64::MAX),
            ..error
        }
    }

    /// Rows of `data`, which `open` gave, one after another.
    pub fn reader<'a>(&'a self, data: &'a [u8]) -> RowReader<'a> {
        RowReader { layouts: Layouts::new(self), cursor: Cursor::new(data, self.offset), empty: self.empty(), done: false }
    }
}

struct Image<'a> {
    present: &'a Present,
    steps: Cow<'a, [Step]>,
    /// For the image after of a PARTIAL_UPDATE_ROWS event: the JSON columns.
    json: Option<Vec<usize>>,
}

struct Layouts<'a> {
    table: &'a Table,
    before: Option<Image<'a>>,
    after: Option<Image<'a>>,
}

impl<'a> Layouts<'a> {
    fn new(body: &'a RowBody) -> Self {
        let table = &*body.table;
        let image = |present: &'a Present, json| Image {
            present,
            steps: if present.complete() {
                Cow::Borrowed(table.steps.as_slice())
            } else {
                Cow::Owned(steps(&table.readers, |i| present.has(i)))
            },
            json,
        };
        let json = || table.column_types.iter().enumerate().filter(|(_, kind)| **kind == t::JSON).map(|(i, _)| i).collect();
        let partial = body.partial().then(json);
        Self {
            table,
            before: body.before.as_ref().map(|present| image(present, None)),
            after: body.after.as_ref().map(|present| image(present, partial)),
        }
    }

    fn skip(&self, cursor: &mut Cursor<'_>) -> Result<()> {
        for image in [&self.before, &self.after].into_iter().flatten() {
            image.skip(self.table, cursor)?;
        }
        Ok(())
    }
}

impl Image<'_> {
    /// Which JSON columns are lists of changes, by their place among the JSON columns.
    fn partial_bits<'c>(&self, cursor: &mut Cursor<'c>) -> Result<&'c [u8]> {
        match &self.json {
            Some(columns) if cursor.lenenc()? & 1 == 1 => cursor.take(columns.len().div_ceil(8)),
            _ => Ok(&[]),
        }
    }

    fn is_partial(&self, column: usize, bits: &[u8]) -> bool {
        !bits.is_empty()
            && self.json.as_ref().and_then(|json| json.iter().position(|i| *i == column)).is_some_and(|n| low_bit(bits, n))
    }

    fn skip(&self, table: &Table, cursor: &mut Cursor<'_>) -> Result<()> {
        let partial = self.partial_bits(cursor)?;
        let nulls = cursor.take(self.present.present.div_ceil(8))?;
        if self.json.is_none() && nulls.iter().all(|byte| *byte == 0) {
            for step in self.steps.iter() {
                match step {
                    Step::Fixed(size) => cursor.skip(*size)?,
                    Step::Column(i) => {
                        if let Some(reader) = table.readers.get(*i) {
                            reader.skip(cursor)?;
                        }
                    }
                }
            }
            return Ok(());
        }
        self.each(table, nulls, |i, reader, null| {
            if null {
                return Ok(());
            }
            if self.is_partial(i, partial) {
                let size = cursor.length(4)?;
                return cursor.skip(size);
            }
            reader.skip(cursor)
        })
    }

    /// Calls `visit` with each column that is there, in order, and whether it is NULL.
    #[inline]
    fn each(
        &self,
        table: &Table,
        nulls: &[u8],
        mut visit: impl FnMut(usize, &Reader, bool) -> Result<()>,
    ) -> Result<()> {
        let mut n = 0;
        let complete = self.present.complete();
        for (i, reader) in table.readers.iter().enumerate() {
            if complete || self.present.has(i) {
                visit(i, reader, low_bit(nulls, n))?;
                n += 1;
            }
        }
        Ok(())
    }

    fn read<'c, T, E: From<Error>>(
        &self,
        table: &Table,
        cursor: &mut Cursor<'c>,
        convert: &mut impl FnMut(Raw<'c>) -> std::result::Result<T, E>,
    ) -> std::result::Result<Vec<T>, E> {
        let partial = self.partial_bits(cursor)?;
        let nulls = cursor.take(self.present.present.div_ceil(8))?;
        let complete = self.present.complete();
        let mut values = Vec::with_capacity(table.readers.len());
        let mut n = 0;
        for (i, reader) in table.readers.iter().enumerate() {
            let there = complete || self.present.has(i);
            if !there || low_bit(nulls, n) {
                values.push(convert(Raw::Null)?);
            } else if self.is_partial(i, partial) {
                let size = cursor.length(4)?;
                let origin = cursor.offset();
                values.push(convert(Raw::JsonChanges(cursor.take(size)?, origin))?);
            } else {
                values.push(convert(reader.read(cursor)?)?);
            }
            n += usize::from(there);
        }
        Ok(values)
    }

    /// Finds the cells; those for which `checked` holds are read too, as nobody else does.
    #[inline]
    fn find(
        &self,
        table: &Table,
        cursor: &mut Cursor<'_>,
        cells: &mut Vec<Cell>,
        checked: impl Fn(usize) -> bool,
    ) -> Result<()> {
        cells.clear();
        let partial = self.partial_bits(cursor)?;
        let nulls = cursor.take(self.present.present.div_ceil(8))?;
        let complete = self.present.complete();
        let mut n = 0;
        for (i, reader) in table.readers.iter().enumerate() {
            let there = complete || self.present.has(i);
            if !there || low_bit(nulls, n) {
                cells.push(NULL_CELL);
            } else {
                if self.is_partial(i, partial) {
                    return Err(cursor.error("Changes to a JSON document are for the record path"));
                }
                cells.push(cursor.pos);
                if checked(i) {
                    reader.read(cursor)?;
                } else {
                    reader.skip(cursor)?;
                }
            }
            n += usize::from(there);
        }
        Ok(())
    }
}

/// A row's values before and after, where the event has them.
type Images<T> = (Option<Vec<T>>, Option<Vec<T>>);

/// Goes through rows.
pub struct RowReader<'a> {
    layouts: Layouts<'a>,
    cursor: Cursor<'a>,
    empty: bool,
    done: bool,
}

impl<'a> RowReader<'a> {
    /// Where the next row begins in the data.
    pub fn pos(&self) -> usize {
        self.cursor.pos
    }

    /// Goes on at a place that `pos` told.
    pub fn seek(&mut self, pos: usize) {
        self.cursor.pos = pos;
    }

    /// Rows before this one were read.
    pub fn mark_begun(&mut self) {
        self.done = true;
    }

    /// Whether another row follows.
    pub fn more(&self) -> Result<bool> {
        if self.empty {
            if !self.done {
                self.cursor.expect_end("a row without columns")?;
            }
            return Ok(!self.done);
        }
        Ok(self.cursor.remaining() > 0)
    }

    pub fn skip(&mut self) -> Result<()> {
        self.done = true;
        self.layouts.skip(&mut self.cursor)
    }

    /// The next row's images, before and after, as `convert` makes them of their values.
    pub fn read<T, E: From<Error>>(
        &mut self,
        mut convert: impl FnMut(Raw<'a>) -> std::result::Result<T, E>,
    ) -> std::result::Result<Images<T>, E> {
        self.done = true;
        let before = match &self.layouts.before {
            Some(image) => Some(image.read(self.layouts.table, &mut self.cursor, &mut convert)?),
            None => None,
        };
        let after = match &self.layouts.after {
            Some(image) => Some(image.read(self.layouts.table, &mut self.cursor, &mut convert)?),
            None => None,
        };
        Ok((before, after))
    }

    /// Finds the cells of the next row's images; which images there are is known from the event.
    #[inline]
    pub fn find(
        &mut self,
        before: &mut Vec<Cell>,
        after: &mut Vec<Cell>,
        checked: impl Fn(usize) -> bool + Copy,
    ) -> Result<()> {
        self.done = true;
        if let Some(image) = &self.layouts.before {
            image.find(self.layouts.table, &mut self.cursor, before, checked)?;
        }
        if let Some(image) = &self.layouts.after {
            image.find(self.layouts.table, &mut self.cursor, after, checked)?;
        }
        Ok(())
    }
}
