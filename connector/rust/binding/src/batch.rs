//! Encoded records, shown to Python as two lists.

use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyList};
use rowtide_engine::plan::Batch as EngineBatch;

/// Keys and values of records that are to be sent in their order.
#[pyclass(module = "rowtide._native")]
#[derive(Default)]
pub struct Batch {
    pub batch: EngineBatch,
}

#[pymethods]
impl Batch {
    #[new]
    fn new() -> Self {
        Self::default()
    }

    fn __len__(&self) -> usize {
        self.batch.records.len()
    }

    /// Bytes of all keys and values.
    #[getter]
    fn size(&self) -> usize {
        self.batch.data.len()
    }

    fn clear(&mut self) {
        self.batch.clear();
    }

    /// Adds a record that somebody else encoded.
    fn push(&mut self, key: Option<&[u8]>, value: Option<&[u8]>) {
        self.batch.push(key, value);
    }

    fn keys<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        let keys = (0..self.batch.records.len()).map(|i| self.batch.key(i).map(|key| PyBytes::new(py, key)));
        PyList::new(py, keys.collect::<Vec<_>>())
    }

    fn values<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        let values = (0..self.batch.records.len()).map(|i| self.batch.value(i).map(|value| PyBytes::new(py, value)));
        PyList::new(py, values.collect::<Vec<_>>())
    }
}
