//! Rows of an event to encoded records.

use crate::plan::convert::{is_null, write_field, Scratch};
use crate::plan::format::{Format, Leaf};
use crate::plan::notes::{Mark, Notes};
use crate::plan::rows::{EventRows, Image, ImageCells, RowSource};
use crate::plan::shape::FilledShape;
use crate::plan::template::{Filled, Piece, Slot};
use crate::plan::{Batch, Plan, Record, Stop, Struct};
use crate::rows::RowBody;

/// The facts of a source block that do not depend on table or row.
#[derive(Debug, Clone)]
pub struct Facts<'a> {
    pub time_us: i64,
    pub file: &'a str,
    pub pos: i64,
    pub server_id: i64,
    pub gtid: Option<&'a str>,
    pub thread: Option<i64>,
    pub query: Option<&'a str>,
    /// Number of the snapshot marker, 0 while streaming; `None` where each row has its own.
    pub marker: Option<usize>,
}

/// The counters of a running transaction before the rows.
#[derive(Debug, Clone)]
pub struct Transaction<'a> {
    pub id: &'a str,
    pub total: i64,
    pub order: i64,
}

/// Which rows to encode, as what.
#[derive(Debug, Clone)]
pub struct Rows<'a> {
    pub operation: u8,
    pub facts: Facts<'a>,
    pub transaction: Option<Transaction<'a>>,
    /// A null value follows each delete.
    pub tombstones: bool,
    /// What `source.row` shows for the first row.
    pub row: i64,
    /// At most so many.
    pub limit: usize,
    /// No further row once the batch has so many bytes.
    pub bytes: usize,
    /// Of updates, what each does; empty for other operations.
    pub kinds: &'a [RowKind],
}

/// How far encoding came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    pub rows: usize,
    /// Where the next row begins.
    pub pos: usize,
    /// Change events among the records.
    pub events: usize,
    /// The next row is for the record path.
    pub stopped: bool,
}

/// What an update does, which decides how many records it makes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RowKind {
    Unchanged,
    Changed,
    /// Its key is another one.
    Moved,
    /// Only the record path can tell.
    Unclear,
}

#[inline]
fn write_struct(
    out: &mut Vec<u8>,
    shape: &Struct,
    image: impl Image,
    format: Format,
    scratch: &mut Scratch,
) -> Result<(), Stop> {
    for field in &shape.fields {
        out.extend_from_slice(&field.prefix);
        write_field(out, field, &image.raw(field.column)?, format, scratch)?;
    }
    out.extend_from_slice(&shape.end);
    Ok(())
}

impl Plan {
    /// Appends the records of the rows, up to one that is for the record path; `clock` gives ns since the epoch.
    pub fn encode(
        &self,
        source: &mut impl RowSource,
        rows: &Rows<'_>,
        markers: &[u8],
        clock: &mut dyn FnMut() -> i64,
        batch: &mut Batch,
    ) -> Progress {
        self.encode_noted(source, rows, markers, clock, batch, &mut ())
    }

    /// As `encode`; `notes` are told where everything is.
    pub fn encode_noted(
        &self,
        source: &mut impl RowSource,
        rows: &Rows<'_>,
        markers: &[u8],
        clock: &mut dyn FnMut() -> i64,
        batch: &mut Batch,
        notes: &mut impl Notes,
    ) -> Progress {
        let mut progress = Progress { rows: 0, pos: source.pos(), events: 0, stopped: true };
        if source.width() < self.width {
            return progress;
        }
        let Ok(form) = self.form(rows) else {
            return progress;
        };
        let mut encoder = Encoder {
            plan: self,
            rows,
            markers,
            form,
            scratch: Scratch::default(),
            orders: rows.transaction.as_ref().map_or((0, 0), |t| (t.total, t.order)),
        };
        while progress.rows < rows.limit && batch.data.len() < rows.bytes {
            match source.more() {
                Ok(true) => {}
                Ok(false) => {
                    progress.stopped = false;
                    return progress;
                }
                Err(_) => return progress,
            }
            match rows.kinds.get(progress.rows) {
                None | Some(RowKind::Changed) => {}
                Some(RowKind::Unchanged) => {
                    if source.skip().is_err() {
                        return progress;
                    }
                    progress.rows += 1;
                    progress.pos = source.pos();
                    continue;
                }
                Some(_) => return progress,
            }
            let (length, records) = (batch.data.len(), batch.records.len());
            notes.begin(progress.pos, records);
            if encoder.row(source, progress.rows, clock, batch, notes).is_err() {
                notes.undo();
                batch.data.truncate(length);
                batch.records.truncate(records);
                return progress;
            }
            progress.rows += 1;
            progress.events += 1;
            progress.pos = source.pos();
        }
        progress.stopped = false;
        progress
    }

    fn form(&self, rows: &Rows<'_>) -> Result<Form<'_>, Stop> {
        if let Some(shape) = &self.shape {
            return FilledShape::new(shape, self, rows).map(Form::Shaped);
        }
        Filled::new(&self.template, &rows.facts, rows.transaction.as_ref(), rows.operation, self.value_format)
            .map(Form::Plain)
    }

    /// What each update from `pos` on does. Ends early at a row that cannot be read.
    pub fn kinds(&self, body: &RowBody, data: &[u8], pos: usize, unchanged: bool) -> Vec<RowKind> {
        let mut kinds = Vec::new();
        let mut scratch = Scratch::default();
        let mut source = EventRows::new(body, data, pos);
        while let Ok(true) = source.more() {
            let kind = if source.width() < self.width {
                Err(Stop)
            } else {
                self.kind(&mut source, &mut scratch, unchanged)
            };
            match kind {
                Ok(kind) => kinds.push(kind),
                Err(Stop) => {
                    kinds.push(RowKind::Unclear);
                    break;
                }
            }
        }
        kinds
    }

    fn kind(&self, source: &mut EventRows<'_>, scratch: &mut Scratch, unchanged: bool) -> Result<RowKind, Stop> {
        source.step(|column| self.is_hidden(column))?;
        let (before, after) = (source.before(), source.after());
        if unchanged && same(&self.value, self.value_format, before, after, scratch).unwrap_or(None).ok_or(Stop)? {
            return Ok(RowKind::Unchanged);
        }
        let Some(key) = &self.key else {
            return Ok(RowKind::Changed);
        };
        match same(key, self.key_format, before, after, scratch) {
            Ok(Some(true)) => Ok(RowKind::Changed),
            Ok(Some(false)) => Ok(RowKind::Moved),
            Ok(None) | Err(Stop) => Ok(RowKind::Unclear),
        }
    }

    fn is_hidden(&self, column: usize) -> bool {
        self.hidden.get(column).copied().unwrap_or(true)
    }
}

/// Whether two images are the same in a key or value; none where they cannot be converted, or the record path decides.
fn same(
    shape: &Struct,
    format: Format,
    before: ImageCells<'_>,
    after: ImageCells<'_>,
    scratch: &mut Scratch,
) -> Result<Option<bool>, Stop> {
    let mut equal = true;
    for field in &shape.fields {
        equal = equal && before.stored(field.column)? == after.stored(field.column)?;
    }
    let (mut old, mut new) = (Vec::new(), Vec::new());
    if equal {
        // What cannot be converted is not equal to anything.
        return Ok(write_struct(&mut old, shape, before, format, scratch).ok().map(|()| true));
    }
    let written = write_struct(&mut old, shape, before, format, scratch)
        .and_then(|()| write_struct(&mut new, shape, after, format, scratch));
    if written.is_err() || old != new {
        return Ok(written.ok().map(|()| false));
    }
    // A default may stand for NULL; whether NULL itself is in the record, its own path has to tell.
    for field in &shape.fields {
        let (old, new) = (before.raw(field.column)?, after.raw(field.column)?);
        if is_null(field, &old, scratch)? != is_null(field, &new, scratch)? {
            return Ok(None);
        }
    }
    Ok(Some(true))
}

/// What the rows of an event become.
enum Form<'a> {
    Plain(Filled<'a>),
    Shaped(FilledShape<'a>),
}

struct Encoder<'a> {
    plan: &'a Plan,
    rows: &'a Rows<'a>,
    markers: &'a [u8],
    form: Form<'a>,
    scratch: Scratch,
    orders: (i64, i64),
}

/// What differs from row to row besides the columns.
pub struct Written<'a> {
    plan: &'a Plan,
    markers: &'a [u8],
    index: usize,
    row: i64,
    now: i64,
    orders: (i64, i64),
}

impl Written<'_> {
    /// Writes a key or value. `images`: before and after.
    #[inline]
    pub fn pieces<I: Image>(
        &self,
        out: &mut Vec<u8>,
        filled: &Filled<'_>,
        (before, after): (I, I),
        format: Format,
        scratch: &mut Scratch,
        notes: &mut impl Notes,
    ) -> Result<(), Stop> {
        for piece in &filled.pieces {
            match piece {
                Piece::Bytes(range) => out.extend_from_slice(filled.bytes(range)),
                Piece::Columns(of_before, columns) => {
                    write_struct(out, columns, if *of_before { before } else { after }, format, scratch)?;
                }
                Piece::Marker(texts) => {
                    let marker = usize::from(*self.markers.get(self.index).ok_or(Stop)?);
                    out.extend_from_slice(texts.get(marker).ok_or(Stop)?);
                }
                Piece::Mark(mark) => notes.mark(*mark, out.len()),
                Piece::Dynamic(slot, some) => {
                    let begin = out.len();
                    out.extend_from_slice(some);
                    let number = match slot {
                        Slot::Before => {
                            write_struct(out, &self.plan.value, before, format, scratch)?;
                            notes.mark(Mark::Before(begin), out.len());
                            continue;
                        }
                        Slot::After => {
                            write_struct(out, &self.plan.value, after, format, scratch)?;
                            notes.mark(Mark::After(begin), out.len());
                            continue;
                        }
                        Slot::Row => self.row,
                        Slot::NowMs => self.now.div_euclid(1_000_000),
                        Slot::NowUs => self.now.div_euclid(1000),
                        Slot::NowNs => self.now,
                        Slot::TotalOrder => self.orders.0,
                        Slot::TableOrder => self.orders.1,
                        _ => return Err(Stop),
                    };
                    format.write(out, &Leaf::Int(number));
                }
            }
        }
        Ok(())
    }
}

impl Encoder<'_> {
    fn row(
        &mut self,
        source: &mut impl RowSource,
        index: usize,
        clock: &mut dyn FnMut() -> i64,
        batch: &mut Batch,
        notes: &mut impl Notes,
    ) -> Result<(), Stop> {
        let plan = self.plan;
        source.step(|column| plan.is_hidden(column))?;
        let written = Written {
            plan,
            markers: self.markers,
            index,
            row: if self.rows.operation == b'r' { 0 } else { self.rows.row + i64::try_from(index).unwrap_or(0) },
            now: clock(),
            orders: (self.orders.0 + 1, self.orders.1 + 1),
        };
        notes.built(written.now, written.row, written.orders);
        let filled = match &self.form {
            Form::Plain(filled) => filled,
            Form::Shaped(shape) => {
                shape.write(source, &written, plan, &mut self.scratch, batch)?;
                self.orders = written.orders;
                return Ok(());
            }
        };
        let (before, after) = (source.before(), source.after());
        let keyed = if self.rows.operation == b'd' { before } else { after };
        let out = &mut batch.data;
        let key = match &plan.key {
            Some(key) => {
                let start = out.len();
                out.extend_from_slice(&plan.key_frame.0);
                write_struct(out, key, keyed, plan.key_format, &mut self.scratch)?;
                out.extend_from_slice(&plan.key_frame.1);
                Some(start..out.len())
            }
            None => None,
        };
        let start = out.len();
        written.pieces(out, filled, (before, after), plan.value_format, &mut self.scratch, notes)?;
        let value = Some(start..out.len());
        self.orders = written.orders;
        if self.rows.operation == b'd' && self.rows.tombstones {
            batch.records.push(Record { key: key.clone(), value });
            batch.records.push(Record { key, value: None });
        } else {
            batch.records.push(Record { key, value });
        }
        Ok(())
    }
}
