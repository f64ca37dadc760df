//! What a chain of transforms makes of the records of one operation, where that is the same for all rows.

use crate::plan::convert::{is_null, Scratch};
use crate::plan::encode::{Rows, Written};
use crate::plan::rows::{Image, RowSource};
use crate::plan::template::{Filled, Part};
use crate::plan::{Batch, Field, Plan, Record, Stop};
use std::ops::Range;

/// One record that is left of a row.
#[derive(Debug, Clone, Default)]
pub struct ShapedRecord {
    /// Whole, with what surrounds the payload; `None` for null.
    pub key: Option<Vec<Part>>,
    pub value: Option<Vec<Part>>,
    /// Its key is that of the record before.
    pub same_key: bool,
}

/// The records of one row, in their order, and the columns that they lack.
#[derive(Debug, Clone, Default)]
pub struct Shape {
    pub records: Vec<ShapedRecord>,
    /// Columns of the image before (true) or after that nobody shows, but that have to be what they should.
    pub checked: Vec<(bool, Field)>,
}

/// A shape with everything filled in that the rows of an event have in common.
pub struct FilledShape<'p> {
    records: Vec<FilledRecord<'p>>,
    checked: &'p [(bool, Field)],
}

struct FilledRecord<'p> {
    key: Option<Filled<'p>>,
    value: Option<Filled<'p>>,
    same_key: bool,
}

impl<'p> FilledShape<'p> {
    pub fn new(shape: &'p Shape, plan: &Plan, rows: &Rows<'_>) -> Result<Self, Stop> {
        let filled = |parts: &'p Option<Vec<Part>>, format| {
            let filled = |parts| Filled::new(parts, &rows.facts, rows.transaction.as_ref(), rows.operation, format);
            parts.as_deref().map(filled).transpose()
        };
        let mut records = Vec::with_capacity(shape.records.len());
        for record in &shape.records {
            records.push(FilledRecord {
                key: filled(&record.key, plan.key_format)?,
                value: filled(&record.value, plan.value_format)?,
                same_key: record.same_key,
            });
        }
        Ok(Self { records, checked: &shape.checked })
    }

    /// Appends the records of one row.
    pub fn write(
        &self,
        source: &impl RowSource,
        written: &Written<'_>,
        plan: &Plan,
        scratch: &mut Scratch,
        batch: &mut Batch,
    ) -> Result<(), Stop> {
        let (before, after) = (source.before(), source.after());
        for (of_before, field) in self.checked {
            let raw = if *of_before { before.raw(field.column)? } else { after.raw(field.column)? };
            is_null(field, &raw, scratch)?;
        }
        let out = &mut batch.data;
        let mut last = None;
        for record in &self.records {
            let mut whole = |filled: &Option<Filled<'_>>, format| -> Result<Option<Range<usize>>, Stop> {
                let Some(filled) = filled else {
                    return Ok(None);
                };
                let start = out.len();
                written.pieces(out, filled, (before, after), format, scratch, &mut ())?;
                Ok(Some(start..out.len()))
            };
            let key = if record.same_key { last } else { whole(&record.key, plan.key_format)? };
            let value = whole(&record.value, plan.value_format)?;
            last = key.clone();
            batch.records.push(Record { key, value });
        }
        Ok(())
    }
}
