//! Encoded records that can be looked into, shown to Python (`rowtide.envelope.lazy_rows`).

use crate::rows::decimal_class;
use crate::text_rows::AnyRows;
use pyo3::exceptions::{PyIndexError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyFloat, PyString, PyTuple};
use rowtide_engine::plan::convert::{read_field, Scratch};
use rowtide_engine::plan::format::Leaf;
use rowtide_engine::plan::rows::{Image, RowSource};
use rowtide_engine::plan::{Batch, EventRows, Field, Noted, Plan, Stop, Struct};
use rowtide_engine::result_set::TextRows;
use std::sync::Arc;

/// The structs of a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    Key,
    Value,
    Before,
    After,
    Source,
}

impl Part {
    pub fn of(number: u8) -> PyResult<Self> {
        Ok(match number {
            0 => Self::Key,
            1 => Self::Value,
            2 => Self::Before,
            3 => Self::After,
            4 => Self::Source,
            _ => return Err(PyValueError::new_err("not a part of a record")),
        })
    }
}

/// Rows of one event as records: their bytes, and where in the images they come from.
#[pyclass(frozen, module = "rowtide._native")]
pub struct EncodedRows {
    pub plan: Arc<Plan>,
    pub images: AnyRows,
    pub batch: Batch,
    pub noted: Vec<Noted>,
    pub deletes: bool,
}

/// Why a struct's values are not given.
enum Failure {
    Stopped,
    Python(PyErr),
}

impl From<Stop> for Failure {
    fn from(_: Stop) -> Self {
        Self::Stopped
    }
}

impl From<PyErr> for Failure {
    fn from(error: PyErr) -> Self {
        Self::Python(error)
    }
}

impl EncodedRows {
    fn noted(&self, index: usize) -> PyResult<&Noted> {
        self.noted.get(index).ok_or_else(|| PyIndexError::new_err("no such row"))
    }

    /// The bytes of a struct as they stand in a record, without a frame.
    pub fn bytes(&self, index: usize, part: Part) -> PyResult<&[u8]> {
        let noted = self.noted(index)?;
        let range = match part {
            Part::Key => {
                let framed = self.batch.key(noted.record).unwrap_or(&[]);
                let (start, end) = (self.plan.key_frame.0.len(), self.plan.key_frame.1.len());
                return Ok(framed.get(start..framed.len().saturating_sub(end)).unwrap_or(&[]));
            }
            Part::Value => &noted.payload,
            Part::Before => &noted.before,
            Part::After => &noted.after,
            Part::Source => &noted.source,
        };
        Ok(self.batch.bytes(range))
    }

    /// A record's key or value as its converter writes it.
    pub fn whole(&self, index: usize, part: Part) -> PyResult<&[u8]> {
        let record = self.noted(index)?.record;
        let bytes = if part == Part::Key { self.batch.key(record) } else { self.batch.value(record) };
        Ok(bytes.unwrap_or(&[]))
    }

    /// Calls `read` with the struct's description and its row image.
    fn with_row<'py>(
        &self,
        index: usize,
        part: Part,
        read: &mut impl FnMut(&Struct, &mut dyn FnMut(&Field, &mut Receive<'py, '_>) -> Result<(), Failure>) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        let pos = self.noted(index)?.pos;
        match &self.images {
            AnyRows::Event(body) => {
                let data = body.data().map_err(|_| Failure::Stopped)?;
                self.of_image(&mut EventRows::new(&body.rows, data, pos), part, read)
            }
            AnyRows::Text(block, layout) => self.of_image(&mut TextRows::new(block, layout, pos), part, read),
        }
    }

    fn of_image<'py>(
        &self,
        source: &mut impl RowSource,
        part: Part,
        read: &mut impl FnMut(&Struct, &mut dyn FnMut(&Field, &mut Receive<'py, '_>) -> Result<(), Failure>) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        source.step(|_| false)?;
        let (shape, before) = match part {
            Part::Key => (self.plan.key.as_ref().ok_or(Stop)?, self.deletes),
            Part::Before => (&self.plan.value, true),
            Part::After => (&self.plan.value, false),
            Part::Value | Part::Source => return Err(Failure::Stopped),
        };
        let mut scratch = Scratch::default();
        if before {
            let image = source.before();
            read(shape, &mut |field, receive| receive(&read_field(field, &image.raw(field.column)?, &mut scratch)?))
        } else {
            let image = source.after();
            read(shape, &mut |field, receive| receive(&read_field(field, &image.raw(field.column)?, &mut scratch)?))
        }
    }
}

/// Takes a field's value.
type Receive<'py, 'f> = dyn FnMut(&Leaf<'_>) -> Result<(), Failure> + 'f;

#[pymethods]
impl EncodedRows {
    /// Rows that have a record.
    fn __len__(&self) -> usize {
        self.noted.len()
    }

    /// Bytes of all keys and values.
    #[getter]
    fn size(&self) -> usize {
        self.batch.data.len()
    }

    /// Whether there are images before and after; time, number in the event, numbers in the transaction.
    fn facts(&self, index: usize) -> PyResult<(bool, bool, i64, i64, i64, i64)> {
        let noted = self.noted(index)?;
        let (total, order) = noted.orders;
        Ok((!noted.before.is_empty(), !noted.after.is_empty(), noted.now_ns, noted.row, total, order))
    }

    /// Where the row begins in its images.
    fn pos(&self, index: usize) -> PyResult<usize> {
        Ok(self.noted(index)?.pos)
    }

    /// The values of a key or row; none where only its codecs can tell. `nulls`: what stands for NULL in each field.
    fn values<'py>(
        &self,
        py: Python<'py>,
        index: usize,
        part: u8,
        nulls: &Bound<'py, PyTuple>,
    ) -> PyResult<Option<Bound<'py, PyTuple>>> {
        let mut values: Vec<Bound<'py, PyAny>> = Vec::with_capacity(nulls.len());
        let done = self.with_row(index, Part::of(part)?, &mut |shape, field_value| {
            for (place, field) in shape.fields.iter().enumerate() {
                field_value(field, &mut |leaf| {
                    values.push(object(py, leaf, nulls, place)?);
                    Ok(())
                })?;
            }
            Ok(())
        });
        match done {
            Ok(()) => Ok(Some(PyTuple::new(py, values)?)),
            Err(Failure::Stopped) => Ok(None),
            Err(Failure::Python(error)) => Err(error),
        }
    }

    /// One of them in a tuple of its own.
    fn cell<'py>(
        &self,
        py: Python<'py>,
        index: usize,
        part: u8,
        place: usize,
        nulls: &Bound<'py, PyTuple>,
    ) -> PyResult<Option<(Bound<'py, PyAny>,)>> {
        let mut value = None;
        let done = self.with_row(index, Part::of(part)?, &mut |shape, field_value| {
            let field = shape.fields.get(place).ok_or(Stop)?;
            field_value(field, &mut |leaf| {
                value = Some(object(py, leaf, nulls, place)?);
                Ok(())
            })
        });
        match done {
            Ok(()) => Ok(value.map(|value| (value,))),
            Err(Failure::Stopped) => Ok(None),
            Err(Failure::Python(error)) => Err(error),
        }
    }
}

/// A value of Connect in Python (`rowtide.connect.schema`).
fn object<'py>(
    py: Python<'py>,
    leaf: &Leaf<'_>,
    nulls: &Bound<'py, PyTuple>,
    place: usize,
) -> Result<Bound<'py, PyAny>, Failure> {
    Ok(match leaf {
        Leaf::Null => nulls.get_item(place)?,
        Leaf::Bool(value) => value.into_pyobject(py).map_err(PyErr::from)?.to_owned().into_any(),
        Leaf::Int(value) => value.into_pyobject(py).map_err(PyErr::from)?.into_any(),
        Leaf::Single(value) => PyFloat::new(py, f64::from(*value)).into_any(),
        Leaf::Double(value) => PyFloat::new(py, *value).into_any(),
        Leaf::Text(value) => PyString::new(py, value).into_any(),
        Leaf::Bytes(value) => PyBytes::new(py, value).into_any(),
        Leaf::Decimal(value) => {
            let mut text = Vec::with_capacity(32);
            value.write_plain(&mut text);
            let text = std::str::from_utf8(&text).map_err(|_| Stop)?;
            decimal_class(py)?.call1((text,))?
        }
    })
}
