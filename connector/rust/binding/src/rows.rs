//! The rows of one event, shown to Python: undecoded, counted, or as raw values.

use crate::errors::{binlog_error, raised};
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyBytes, PyList, PyString, PyTuple};
use rowtide_engine::rows::RowBody as EngineBody;
use rowtide_engine::values::{json, Raw};
use rowtide_engine::{Error, Result};
use std::borrow::Cow;
use std::sync::{Arc, OnceLock};

static DECIMAL: PyOnceLock<Py<PyAny>> = PyOnceLock::new();

/// An event's rows, with what was found out about them.
pub struct Body {
    pub rows: Arc<EngineBody>,
    /// Applies changes to a JSON document.
    changed_json: Py<PyAny>,
    expanded: OnceLock<Result<Option<Vec<u8>>>>,
    count: OnceLock<Result<usize>>,
}

impl Body {
    /// The images; of compressed rows, the expanded ones, expanded once.
    pub fn data(&self) -> Result<&[u8]> {
        let expanded = self.expanded.get_or_init(|| {
            self.rows.open().map(|data| match data {
                Cow::Borrowed(_) => None,
                Cow::Owned(data) => Some(data),
            })
        });
        match expanded {
            Ok(Some(data)) => Ok(data),
            Ok(None) => Ok(&self.rows.data),
            Err(error) => Err(error.clone()),
        }
    }

    fn count(&self) -> Result<usize> {
        self.count.get_or_init(|| self.rows.count()).clone()
    }

    /// Where a row begins; the end where there is no such row.
    pub fn start_of(&self, row: usize) -> Result<usize> {
        let data = self.data()?;
        let mut reader = self.rows.reader(data);
        for _ in 0..row {
            if !reader.more()? {
                break;
            }
            reader.skip()?;
        }
        Ok(reader.pos())
    }
}

/// The undecoded rows of one event (`rowtide.binlog.events.RowBody`).
#[pyclass(frozen, module = "rowtide._native")]
pub struct RowBody {
    pub body: Arc<Body>,
}

impl RowBody {
    pub fn new(rows: Arc<EngineBody>, changed_json: Py<PyAny>) -> Self {
        let body = Body { rows, changed_json, expanded: OnceLock::new(), count: OnceLock::new() };
        Self { body: Arc::new(body) }
    }
}

#[pymethods]
impl RowBody {
    #[getter]
    fn data<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, &self.body.rows.data)
    }

    fn __len__(&self, py: Python<'_>) -> PyResult<usize> {
        self.body.count().map_err(|error| raised(py, &error))
    }

    fn images(&self, py: Python<'_>, first_row: usize) -> PyResult<RowImages> {
        if let Err(error) = self.body.data() {
            if self.body.rows.refused() {
                return Err(raised(py, &self.body.rows.wrong(error)));
            }
        }
        Ok(RowImages { body: self.body.clone(), first_row })
    }
}

/// The rows of an event from one on (`rowtide.binlog.events.RowImages`).
#[pyclass(frozen, module = "rowtide._native")]
pub struct RowImages {
    pub body: Arc<Body>,
    #[pyo3(get)]
    pub first_row: usize,
}

#[pymethods]
impl RowImages {
    fn __len__(&self, py: Python<'_>) -> PyResult<usize> {
        let count = self.body.count().map_err(|error| raised(py, &error))?;
        Ok(count.saturating_sub(self.first_row))
    }

    fn __iter__(&self) -> RowIterator {
        RowIterator { body: self.body.clone(), first_row: self.first_row, pos: None }
    }

    /// The row that begins at a place, and where the next one does.
    fn read<'py>(&self, py: Python<'py>, pos: usize) -> PyResult<(Bound<'py, PyAny>, Bound<'py, PyAny>, usize)> {
        let mut rows = RowIterator { body: self.body.clone(), first_row: 0, pos: Some(pos) };
        match rows.__next__(py)? {
            Some((before, after)) => Ok((before, after, rows.pos.unwrap_or(pos))),
            None => Ok((py.None().into_bound(py), py.None().into_bound(py), pos)),
        }
    }

    /// Where the first row begins in the images' bytes.
    fn start(&self, py: Python<'_>) -> PyResult<usize> {
        self.body.start_of(self.first_row).map_err(|error| raised(py, &error))
    }
}

#[pyclass(module = "rowtide._native")]
struct RowIterator {
    body: Arc<Body>,
    first_row: usize,
    pos: Option<usize>,
}

type Pair<'py> = (Bound<'py, PyAny>, Bound<'py, PyAny>);

#[pymethods]
impl RowIterator {
    fn __iter__(slf: PyRef<'_, Self>) -> PyRef<'_, Self> {
        slf
    }

    fn __next__<'py>(&mut self, py: Python<'py>) -> PyResult<Option<Pair<'py>>> {
        self.step(py).map_err(|failure| match failure {
            Failure::Engine(error) => raised(py, &self.body.rows.wrong(error)),
            Failure::Python(error) => match binlog_error(py, &error) {
                Some(error) => raised(py, &self.body.rows.wrong(error)),
                None => error,
            },
        })
    }
}

enum Failure {
    Engine(Error),
    Python(PyErr),
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Engine(error)
    }
}

impl From<PyErr> for Failure {
    fn from(error: PyErr) -> Self {
        Self::Python(error)
    }
}

impl RowIterator {
    fn step<'py>(&mut self, py: Python<'py>) -> std::result::Result<Option<Pair<'py>>, Failure> {
        let body = self.body.clone();
        let data = body.data()?;
        let pos = match self.pos {
            Some(pos) => pos,
            None => body.start_of(self.first_row)?,
        };
        let mut reader = body.rows.reader(data);
        reader.seek(pos);
        if self.pos.is_some() || self.first_row > 0 {
            reader.mark_begun();
        }
        if !reader.more()? {
            return Ok(None);
        }
        let mut seen: Vec<Bound<'py, PyAny>> = Vec::new();
        let width = body.rows.table.column_types.len();
        let (before, after) = reader.read(|raw| {
            let value = match raw {
                Raw::JsonChanges(changes, origin) => {
                    // The image before was read first, so its value stands a row's width ahead.
                    let before = seen.len().checked_sub(width).and_then(|i| seen.get(i)).cloned();
                    body.changed_json.bind(py).call1((before, PyBytes::new(py, changes), origin))?
                }
                raw => to_python(py, raw)?,
            };
            if body.rows.partial() {
                seen.push(value.clone());
            }
            Ok::<_, Failure>(value)
        })?;
        self.pos = Some(reader.pos());
        let list = |image: Option<Vec<Bound<'py, PyAny>>>| -> PyResult<Bound<'py, PyAny>> {
            match image {
                Some(values) => Ok(PyList::new(py, values)?.into_any()),
                None => Ok(py.None().into_bound(py)),
            }
        };
        Ok(Some((list(before)?, list(after)?)))
    }
}

fn to_python<'py>(py: Python<'py>, raw: Raw<'_>) -> std::result::Result<Bound<'py, PyAny>, Failure> {
    Ok(match raw {
        Raw::JsonChanges(changes, _) => PyBytes::new(py, changes).into_any(),
        Raw::Null => py.None().into_bound(py),
        Raw::Int(value) | Raw::Micros(value) => value.into_pyobject(py).map_err(PyErr::from)?.into_any(),
        Raw::Bits(value) => value.into_pyobject(py).map_err(PyErr::from)?.into_any(),
        Raw::Single(value) => f64::from(value).into_pyobject(py).map_err(PyErr::from)?.into_any(),
        Raw::Double(value) => value.into_pyobject(py).map_err(PyErr::from)?.into_any(),
        Raw::Decimal(value) => {
            let mut text = Vec::new();
            value.write_plain(&mut text);
            decimal_class(py)?.call1((String::from_utf8_lossy(&text),))?
        }
        Raw::Bytes(value) => PyBytes::new(py, &value).into_any(),
        Raw::Date(date) => PyTuple::new(py, [date.year, date.month, date.day])?.into_any(),
        Raw::DateTime(value) => {
            let date = value.date;
            let parts =
                [date.year, date.month, date.day, value.hour, value.minute, value.second, value.microsecond];
            PyTuple::new(py, parts)?.into_any()
        }
        Raw::Json(document, origin) => {
            let mut text = Vec::new();
            if !json::write(document, origin, &mut text)? {
                return Ok(py.None().into_bound(py));
            }
            PyString::new(py, &String::from_utf8_lossy(&text)).into_any()
        }
        Raw::Text(value) => PyString::new(py, &value).into_any(),
    })
}

pub fn decimal_class(py: Python<'_>) -> PyResult<&Bound<'_, PyAny>> {
    let class = DECIMAL.get_or_try_init(py, || {
        Ok::<_, PyErr>(py.import("decimal")?.getattr("Decimal")?.unbind())
    })?;
    Ok(class.bind(py))
}

/// The rows of what is or holds native row images.
pub fn images_of<'a, 'py>(images: &'a Bound<'py, PyAny>) -> PyResult<PyRef<'py, RowImages>>
where
    'py: 'a,
{
    images
        .cast::<RowImages>()
        .map(|images| images.borrow())
        .map_err(|_| PyTypeError::new_err("not row images of the native engine"))
}
