//! Records that transforms have made, gathered for one call of the producer (`rowtide.runtime.task.outgoing`).

use crate::batch::Batch;
use crate::part_encoder::{same_text, PartEncoder, Written};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList};
use std::time::{Duration, Instant};

/// How often the time is looked at, in records.
const LOOK_EVERY: usize = 8;

/// How much is gathered at most: records, bytes, time.
struct Bounds {
    records: usize,
    bytes: usize,
    age: Duration,
}

/// Records for one topic, one after another.
#[pyclass(module = "rowtide._native")]
pub struct Gathered {
    encoders: Option<(Py<PartEncoder>, Py<PartEncoder>)>,
    bounds: Bounds,
    topic: Option<Py<PyAny>>,
    records: Py<Batch>,
    /// Of most of them.
    headers: Py<PyList>,
    /// By record, of the others.
    own: Py<PyDict>,
    /// For each of the records, which one of the batch it was.
    indexes: Vec<usize>,
    since: Instant,
}

#[pymethods]
impl Gathered {
    /// Args: encoders: of keys and values; none where every record is encoded by converters. bounds: records, bytes, ms.
    #[new]
    fn new(
        py: Python<'_>,
        encoders: Option<(Py<PartEncoder>, Py<PartEncoder>)>,
        bounds: (usize, usize, u64),
    ) -> PyResult<Self> {
        let (records, bytes, age) = bounds;
        Ok(Self {
            encoders,
            bounds: Bounds { records, bytes, age: Duration::from_millis(age) },
            topic: None,
            records: Py::new(py, Batch::default())?,
            headers: PyList::empty(py).unbind(),
            own: PyDict::new(py).unbind(),
            indexes: Vec::new(),
            since: Instant::now(),
        })
    }

    fn __len__(&self) -> usize {
        self.indexes.len()
    }

    #[getter]
    fn topic<'py>(&self, py: Python<'py>) -> Option<Bound<'py, PyAny>> {
        self.topic.as_ref().map(|topic| topic.bind(py).clone())
    }

    #[getter]
    fn records<'py>(&self, py: Python<'py>) -> Bound<'py, Batch> {
        self.records.bind(py).clone()
    }

    #[getter]
    fn headers<'py>(&self, py: Python<'py>) -> Bound<'py, PyList> {
        self.headers.bind(py).clone()
    }

    #[getter]
    fn own_headers<'py>(&self, py: Python<'py>) -> Bound<'py, PyDict> {
        self.own.bind(py).clone()
    }

    /// Which one of the batch a gathered record was.
    fn index(&self, record: usize) -> Option<usize> {
        self.indexes.get(record).copied()
    }

    /// Encodes a record and keeps it; answers whether all should go now, or none if the record is for another topic, has
    /// a partition or time of its own, or takes converters to encode.
    fn add(&mut self, index: usize, record: &Bound<'_, PyAny>, headers: &Bound<'_, PyList>) -> PyResult<Option<bool>> {
        let py = record.py();
        let topic = record.getattr(intern!(py, "topic"))?;
        let fits = self.topic.as_ref().is_some_and(|known| same_text(known.bind(py), &topic))
            && record.getattr(intern!(py, "partition"))?.is_none()
            && record.getattr(intern!(py, "timestamp"))?.is_none();
        let Some((key, value)) = self.encoders.as_ref().filter(|_| fits) else {
            return Ok(None);
        };
        let (mut key, mut value) = (key.bind(py).borrow_mut(), value.bind(py).borrow_mut());
        let (key_schema, value_schema) =
            (record.getattr(intern!(py, "key_schema"))?, record.getattr(intern!(py, "value_schema"))?);
        let (key_value, value_value) = (record.getattr(intern!(py, "key"))?, record.getattr(intern!(py, "value"))?);
        let mut records = self.records.bind(py).borrow_mut();
        let written = records.batch.push_written(|out| {
            let key = present(key.write(out, &topic, &key_schema, &key_value)?);
            let start = out.len();
            let value = match key {
                Some(_) => present(value.write(out, &topic, &value_schema, &value_value)?),
                None => None,
            };
            Ok::<_, PyErr>(key.zip(value).map(|(key, value)| (key, start, value)))
        })?;
        drop(records);
        if !written {
            return Ok(None);
        }
        self.note(index, headers).map(Some)
    }

    /// Keeps a record that converters have encoded; one for another topic must be the first. Answers whether all should go now.
    fn push(
        &mut self,
        index: usize,
        topic: &Bound<'_, PyAny>,
        key: Option<&[u8]>,
        value: Option<&[u8]>,
        headers: &Bound<'_, PyList>,
    ) -> PyResult<bool> {
        self.topic = Some(topic.clone().unbind());
        self.records.bind(topic.py()).borrow_mut().batch.push(key, value);
        self.note(index, headers)
    }

    /// Forgets the records, but not where they go.
    fn clear(&mut self, py: Python<'_>) {
        self.records.bind(py).borrow_mut().batch.clear();
        self.indexes.clear();
        if !self.own.bind(py).is_empty() {
            self.own = PyDict::new(py).unbind();
        }
    }
}

impl Gathered {
    /// Takes in what else there is about the newest record; whether all should go.
    fn note(&mut self, index: usize, headers: &Bound<'_, PyList>) -> PyResult<bool> {
        let py = headers.py();
        let record = self.indexes.len();
        if !headers.is(&self.headers) {
            if record == 0 {
                self.headers = headers.clone().unbind();
            } else if !headers.eq(self.headers.bind(py))? {
                self.own.bind(py).set_item(record, headers)?;
            }
        }
        if record == 0 {
            self.since = Instant::now();
        }
        self.indexes.push(index);
        let count = self.indexes.len();
        let old = || count % LOOK_EVERY == 0 && self.since.elapsed() > self.bounds.age;
        let bytes = self.records.bind(py).borrow().batch.data.len();
        let full = count >= self.bounds.records || bytes >= self.bounds.bytes || old();
        Ok(full)
    }
}

/// Whether there are bytes; none for what was refused.
fn present(written: Written) -> Option<bool> {
    match written {
        Written::Bytes => Some(true),
        Written::Nothing => Some(false),
        Written::Refused => None,
    }
}
