//! Rows of the text protocol: cells one after another, each its length and its text, or a mark for NULL.

use crate::cursor::Cursor;
use crate::error::{Error, Result};
use crate::plan::rows::{Image, RowSource};
use crate::plan::Stop;
use crate::result_set::cells::Layout;
use crate::values::Raw;

const NULL: u8 = 0xFB;

/// Rows as the server sent them, checked: each has its number of cells, and nothing else.
#[derive(Debug, Default)]
pub struct TextBlock {
    pub data: Vec<u8>,
    pub rows: usize,
    pub columns: usize,
}

impl TextBlock {
    /// The cells of the row that begins at `pos`, and where the next one does.
    pub fn cells(&self, pos: usize) -> Result<(Vec<Option<&[u8]>>, usize)> {
        let mut cursor = Cursor::within(&self.data, pos, self.data.len(), 0);
        let cells = (0..self.columns).map(|_| cell(&mut cursor)).collect::<Result<_>>()?;
        Ok((cells, cursor.pos))
    }
}

#[inline]
fn cell<'a>(cursor: &mut Cursor<'a>) -> Result<Option<&'a [u8]>> {
    if cursor.data.get(cursor.pos) == Some(&NULL) {
        cursor.skip(1)?;
        return Ok(None);
    }
    cursor.lenenc_bytes().map(Some)
}

/// Whether a packet is a row of so many cells.
pub fn check(row: &[u8], columns: usize) -> Result<()> {
    let mut cursor = Cursor::new(row, 0);
    for _ in 0..columns {
        if cell(&mut cursor).is_err() {
            return Err(Error::new("A row has less than its columns."));
        }
    }
    if cursor.remaining() > 0 {
        return Err(Error::new("A row has more than its columns."));
    }
    Ok(())
}

/// Goes through rows for a plan.
pub struct TextRows<'a> {
    cursor: Cursor<'a>,
    columns: usize,
    layout: &'a Layout,
    cells: Vec<Option<&'a [u8]>>,
}

impl<'a> TextRows<'a> {
    /// From the row on that begins at `pos`.
    pub fn new(block: &'a TextBlock, layout: &'a Layout, pos: usize) -> Self {
        let cursor = Cursor::within(&block.data, pos, block.data.len(), 0);
        Self { cursor, columns: block.columns, layout, cells: Vec::with_capacity(block.columns) }
    }

    fn find(&mut self) -> Result<()> {
        self.cells.clear();
        for _ in 0..self.columns {
            let found = cell(&mut self.cursor)?;
            self.cells.push(found);
        }
        Ok(())
    }
}

#[derive(Clone, Copy)]
pub struct TextImage<'i> {
    cells: &'i [Option<&'i [u8]>],
    layout: &'i Layout,
}

impl Image for TextImage<'_> {
    #[inline]
    fn raw(&self, column: usize) -> std::result::Result<Raw<'_>, Stop> {
        let Some((place, kind)) = self.layout.columns.get(column).ok_or(Stop)? else {
            return Ok(Raw::Null);
        };
        match self.cells.get(*place).ok_or(Stop)? {
            Some(cell) => kind.read(cell),
            None => Ok(Raw::Null),
        }
    }
}

impl RowSource for TextRows<'_> {
    type Image<'i> = TextImage<'i> where Self: 'i;

    fn width(&self) -> usize {
        self.layout.columns.len()
    }

    fn pos(&self) -> usize {
        self.cursor.pos
    }

    fn more(&self) -> std::result::Result<bool, Stop> {
        Ok(self.cursor.remaining() > 0)
    }

    fn skip(&mut self) -> std::result::Result<(), Stop> {
        Ok(self.find()?)
    }

    #[inline]
    fn step(&mut self, checked: impl Fn(usize) -> bool + Copy) -> std::result::Result<(), Stop> {
        self.find()?;
        let image = self.after();
        for column in (0..self.layout.columns.len()).filter(|column| checked(*column)) {
            image.raw(column)?;
        }
        Ok(())
    }

    fn before(&self) -> TextImage<'_> {
        self.after()
    }

    fn after(&self) -> TextImage<'_> {
        TextImage { cells: &self.cells, layout: self.layout }
    }
}
