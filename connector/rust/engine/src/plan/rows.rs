//! Rows as plans read them: of an event, or of a snapshot's query.

use crate::cursor::Cursor;
use crate::plan::Stop;
use crate::rows::{Cell, RowBody, RowReader, NULL_CELL};
use crate::values::reader::Reader;
use crate::values::Raw;

/// The values of one row image.
pub trait Image: Copy {
    fn raw(&self, column: usize) -> Result<Raw<'_>, Stop>;
}

/// Rows, one after another.
pub trait RowSource {
    type Image<'i>: Image
    where
        Self: 'i;

    /// Columns that the images have.
    fn width(&self) -> usize;

    /// Where the next row begins.
    fn pos(&self) -> usize;

    fn more(&self) -> Result<bool, Stop>;

    fn skip(&mut self) -> Result<(), Stop>;

    /// Goes to the next row. Columns for which `checked` holds are read, as nobody else does.
    fn step(&mut self, checked: impl Fn(usize) -> bool + Copy) -> Result<(), Stop>;

    /// Which images there are is known from the operation.
    fn before(&self) -> Self::Image<'_>;

    fn after(&self) -> Self::Image<'_>;
}

/// The rows of an event.
pub struct EventRows<'a> {
    reader: RowReader<'a>,
    data: &'a [u8],
    origin: usize,
    readers: &'a [Reader],
    before: Vec<Cell>,
    after: Vec<Cell>,
}

impl<'a> EventRows<'a> {
    /// From the row on that begins at `pos` of the opened data.
    pub fn new(body: &'a RowBody, data: &'a [u8], pos: usize) -> Self {
        let mut reader = body.reader(data);
        reader.seek(pos);
        let readers = &body.table.readers;
        Self { reader, data, origin: body.offset, readers, before: Vec::new(), after: Vec::new() }
    }

    fn image<'i>(&'i self, cells: &'i [Cell]) -> ImageCells<'i> {
        ImageCells { data: self.data, origin: self.origin, cells, readers: self.readers }
    }
}

impl RowSource for EventRows<'_> {
    type Image<'i>
        = ImageCells<'i>
    where
        Self: 'i;

    fn width(&self) -> usize {
        self.readers.len()
    }

    fn pos(&self) -> usize {
        self.reader.pos()
    }

    fn more(&self) -> Result<bool, Stop> {
        Ok(self.reader.more()?)
    }

    fn skip(&mut self) -> Result<(), Stop> {
        Ok(self.reader.skip()?)
    }

    #[inline]
    fn step(&mut self, checked: impl Fn(usize) -> bool + Copy) -> Result<(), Stop> {
        Ok(self.reader.find(&mut self.before, &mut self.after, checked)?)
    }

    fn before(&self) -> ImageCells<'_> {
        self.image(&self.before)
    }

    fn after(&self) -> ImageCells<'_> {
        self.image(&self.after)
    }
}

/// The image's cells with the readers for them.
#[derive(Clone, Copy)]
pub struct ImageCells<'a> {
    data: &'a [u8],
    origin: usize,
    cells: &'a [Cell],
    readers: &'a [Reader],
}

impl<'a> ImageCells<'a> {
    /// The stored bytes of a value; none for NULL.
    pub fn stored(&self, column: usize) -> Result<Option<&'a [u8]>, Stop> {
        let cell = *self.cells.get(column).ok_or(Stop)?;
        if cell == NULL_CELL {
            return Ok(None);
        }
        let reader = self.readers.get(column).ok_or(Stop)?;
        let mut cursor = Cursor::within(self.data, cell, self.data.len(), self.origin);
        reader.skip(&mut cursor)?;
        self.data.get(cell..cursor.pos).map(Some).ok_or(Stop)
    }
}

impl Image for ImageCells<'_> {
    #[inline]
    fn raw(&self, column: usize) -> Result<Raw<'_>, Stop> {
        let cell = *self.cells.get(column).ok_or(Stop)?;
        if cell == NULL_CELL {
            return Ok(Raw::Null);
        }
        let reader = self.readers.get(column).ok_or(Stop)?;
        Ok(reader.read(&mut Cursor::within(self.data, cell, self.data.len(), self.origin))?)
    }
}
