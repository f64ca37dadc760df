//! Rows of the text protocol, shown to Python (`rowtide.snapshot.result_set`).

use crate::errors::raised;
use crate::rows::{Body, RowImages};
use pyo3::buffer::PyBuffer;
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyList, PyTuple};
use rowtide_engine::result_set::{BlockSize, CellKind, Layout, ResultSet as EngineResultSet, TextBlock};
use std::sync::Arc;

/// The answer to a statement, read as its bytes come.
#[pyclass(module = "rowtide._native")]
pub struct ResultSet {
    result: EngineResultSet,
    fed: Vec<u8>,
}

#[pymethods]
impl ResultSet {
    /// Blocks of rows are closed when they have so many rows, or so many bytes.
    #[new]
    fn new(deprecate_eof: bool, rows: usize, bytes: usize) -> Self {
        Self { result: EngineResultSet::new(deprecate_eof, BlockSize { rows, bytes }), fed: Vec::new() }
    }

    fn feed(&mut self, py: Python<'_>, data: PyBuffer<u8>) -> PyResult<()> {
        // Others could write into the buffer while the interpreter is free.
        self.fed.resize(data.item_count(), 0);
        data.copy_to_slice(py, &mut self.fed)?;
        let (result, fed) = (&mut self.result, &self.fed);
        py.detach(|| result.feed(fed)).map_err(|error| raised(py, &error))
    }

    #[getter]
    fn columns(&self) -> Option<Vec<String>> {
        self.result.columns().map(<[String]>::to_vec)
    }

    #[getter]
    fn done(&self) -> bool {
        self.result.done()
    }

    #[getter]
    fn refusal<'py>(&self, py: Python<'py>) -> Option<Bound<'py, PyBytes>> {
        self.result.refusal().map(|packet| PyBytes::new(py, packet))
    }

    /// The next block, and whether it is the last.
    fn take(&mut self, layout: PyRef<'_, TextLayout>) -> Option<(TextImages, bool)> {
        let (block, last) = self.result.take()?;
        let (layout, readers, rows) = (layout.layout.clone(), layout.readers.clone(), block.rows);
        Some((TextImages { block, layout, readers, start: 0, rows }, last))
    }
}

/// A column's place, recipe and reader.
type ColumnFields<'py> = (usize, Bound<'py, PyTuple>, Py<PyAny>);

/// Where the columns of a table are in the rows of an answer, and how they are read.
#[pyclass(frozen, module = "rowtide._native")]
pub struct TextLayout {
    layout: Arc<Layout>,
    readers: Arc<Vec<Option<Py<PyAny>>>>,
}

#[pymethods]
impl TextLayout {
    /// For each column its place in the rows, a recipe (`rowtide.types.text_recipes`) and the reader of the record path;
    /// none where it was not selected.
    #[new]
    fn new(columns: Vec<Option<ColumnFields<'_>>>) -> PyResult<Self> {
        let mut layout = Layout::default();
        let mut readers = Vec::new();
        for column in columns {
            let (place, reader) = match column {
                Some((place, recipe, reader)) => (Some((place, kind(&recipe)?)), Some(reader)),
                None => (None, None),
            };
            layout.columns.push(place);
            readers.push(reader);
        }
        Ok(Self { layout: Arc::new(layout), readers: Arc::new(readers) })
    }
}

fn kind(recipe: &Bound<'_, PyTuple>) -> PyResult<CellKind> {
    let name: String = recipe.get_item(0)?.extract()?;
    let numbers = || -> PyResult<_> {
        let pairs: Vec<(Vec<u8>, u64)> = recipe.get_item(1)?.extract()?;
        Ok(pairs.into_iter().collect())
    };
    Ok(match name.as_str() {
        "bytes" => CellKind::Bytes,
        "text" => CellKind::Text,
        "int" => CellKind::Int(recipe.get_item(1)?.extract()?),
        "unsigned" => CellKind::Unsigned(recipe.get_item(1)?.extract()?),
        "single" => CellKind::Single,
        "double" => CellKind::Double,
        "bits" => CellKind::Bits,
        "decimal" => CellKind::Decimal,
        "date" => CellKind::Date,
        "datetime" => CellKind::DateTime,
        "timestamp" => CellKind::Timestamp,
        "time" => CellKind::Time,
        "address" => CellKind::Address,
        "item" => CellKind::Item(numbers()?),
        "items" => CellKind::Items(numbers()?),
        _ => return Err(PyValueError::new_err(format!("{name} is no recipe of a cell"))),
    })
}

/// Rows of a block (`rowtide.changes.RowImages`).
#[pyclass(frozen, module = "rowtide._native")]
pub struct TextImages {
    block: Arc<TextBlock>,
    layout: Arc<Layout>,
    readers: Arc<Vec<Option<Py<PyAny>>>>,
    start: usize,
    rows: usize,
}

type Row<'py> = (Bound<'py, PyAny>, Bound<'py, PyList>, usize);

impl TextImages {
    fn part(&self, start: usize, rows: usize) -> Self {
        let (block, layout, readers) = (self.block.clone(), self.layout.clone(), self.readers.clone());
        Self { block, layout, readers, start, rows }
    }
}

#[pymethods]
impl TextImages {
    fn __len__(&self) -> usize {
        self.rows
    }

    fn __iter__(slf: Py<Self>, py: Python<'_>) -> TextIterator {
        let (pos, left) = (slf.borrow(py).start, slf.borrow(py).rows);
        TextIterator { images: slf, pos, left }
    }

    /// Where the first row begins in the bytes of the block.
    fn start(&self) -> usize {
        self.start
    }

    /// The row that begins at a place as images before and after, and where the next one does.
    fn read<'py>(&self, py: Python<'py>, pos: usize) -> PyResult<Row<'py>> {
        let (cells, end) = self.block.cells(pos).map_err(|error| raised(py, &error))?;
        let values = PyList::empty(py);
        for (column, reader) in self.layout.columns.iter().zip(self.readers.iter()) {
            let (Some((place, _)), Some(reader)) = (column, reader) else {
                values.append(py.None())?;
                continue;
            };
            let cell = cells.get(*place).copied().flatten().map(|cell| PyBytes::new(py, cell));
            values.append(reader.call1(py, (cell,))?)?;
        }
        Ok((py.None().into_bound(py), values, end))
    }

    /// All rows but the last, and the last.
    fn split_last(&self, py: Python<'_>) -> PyResult<(Self, Self)> {
        let mut pos = self.start;
        for _ in 1..self.rows {
            pos = self.block.cells(pos).map_err(|error| raised(py, &error))?.1;
        }
        Ok((self.part(self.start, self.rows.saturating_sub(1)), self.part(pos, self.rows.min(1))))
    }
}

#[pyclass(module = "rowtide._native")]
struct TextIterator {
    images: Py<TextImages>,
    pos: usize,
    left: usize,
}

#[pymethods]
impl TextIterator {
    fn __iter__(slf: PyRef<'_, Self>) -> PyRef<'_, Self> {
        slf
    }

    fn __next__<'py>(&mut self, py: Python<'py>) -> PyResult<Option<(Bound<'py, PyAny>, Bound<'py, PyList>)>> {
        if self.left == 0 {
            return Ok(None);
        }
        let (before, after, end) = self.images.get().read(py, self.pos)?;
        self.pos = end;
        self.left -= 1;
        Ok(Some((before, after)))
    }
}

/// What a plan can encode.
pub enum AnyRows {
    Event(Arc<Body>),
    Text(Arc<TextBlock>, Arc<Layout>),
}

impl AnyRows {
    pub fn of(images: &Bound<'_, PyAny>) -> PyResult<Self> {
        if let Ok(images) = images.cast::<RowImages>() {
            return Ok(Self::Event(images.get().body.clone()));
        }
        if let Ok(images) = images.cast::<TextImages>() {
            return Ok(Self::Text(images.get().block.clone(), images.get().layout.clone()));
        }
        Err(PyTypeError::new_err("not row images of the native engine"))
    }
}
