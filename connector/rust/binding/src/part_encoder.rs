//! Keys and values of single records to bytes (`rowtide.runtime.task.native_encoder`): those of a record that nobody has
//! changed are known, others are written from Python's values.

use crate::encoded_rows::{EncodedRows, Part};
use crate::value_encoder::ValueEncoder;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyString, PyType};

/// What came of a key or value.
pub enum Written {
    Bytes,
    /// Neither schema nor value: no bytes.
    Nothing,
    /// The converter is to be asked.
    Refused,
}

type Frame = (Vec<u8>, Vec<u8>);

/// How values of a schema are written for a topic.
struct Prepared {
    topic: Py<PyAny>,
    schema: Py<PyAny>,
    frame: Option<Frame>,
    encoder: Option<Py<ValueEncoder>>,
}

/// Writes keys, or values.
#[pyclass(module = "rowtide._native")]
pub struct PartEncoder {
    is_key: bool,
    lazy: Py<PyType>,
    prepare: Py<PyAny>,
    last: Option<Prepared>,
}

/// A struct that still says what its bytes do.
struct Unchanged<'py> {
    rows: Bound<'py, EncodedRows>,
    part: Part,
    index: usize,
}

#[pymethods]
impl PartEncoder {
    /// Args:
    ///     lazy: the class of structs that know their bytes (`rowtide.connect.encoded`).
    ///     prepare: called with topic and schema for frame and ValueEncoder, each none where the converter is to be asked;
    ///         none instead of both where it is to be called again for the next record.
    #[new]
    fn new(is_key: bool, lazy: Py<PyType>, prepare: Py<PyAny>) -> Self {
        Self { is_key, lazy, prepare, last: None }
    }

    /// The bytes; none where the converter is to be asked, also for what cannot be encoded.
    fn encode<'py>(
        &mut self,
        topic: &Bound<'py, PyAny>,
        schema: &Bound<'py, PyAny>,
        value: &Bound<'py, PyAny>,
    ) -> PyResult<Option<Bound<'py, PyBytes>>> {
        let mut out = Vec::new();
        Ok(match self.write(&mut out, topic, schema, value)? {
            Written::Bytes => Some(PyBytes::new(topic.py(), &out)),
            Written::Nothing | Written::Refused => None,
        })
    }
}

impl PartEncoder {
    /// Appends the bytes; what was refused may have left some.
    pub fn write(
        &mut self,
        out: &mut Vec<u8>,
        topic: &Bound<'_, PyAny>,
        schema: &Bound<'_, PyAny>,
        value: &Bound<'_, PyAny>,
    ) -> PyResult<Written> {
        if schema.is_none() || value.is_none() {
            return Ok(if schema.is_none() && value.is_none() { Written::Nothing } else { Written::Refused });
        }
        if let Some(known) = self.unchanged(schema, value)? {
            if self.copied(out, topic, schema, value, &known)? {
                return Ok(Written::Bytes);
            }
        }
        let py = value.py();
        let Some(Prepared { frame: Some((start, end)), encoder: Some(encoder), .. }) = self.prepared(topic, schema)? else {
            return Ok(Written::Refused);
        };
        out.extend_from_slice(start);
        if !encoder.bind(py).get().append(out, value)? {
            return Ok(Written::Refused);
        }
        out.extend_from_slice(end);
        Ok(Written::Bytes)
    }

    fn unchanged<'py>(
        &self,
        schema: &Bound<'py, PyAny>,
        value: &Bound<'py, PyAny>,
    ) -> PyResult<Option<Unchanged<'py>>> {
        let py = value.py();
        if !value.get_type().is(&self.lazy) || !value.getattr(intern!(py, "schema"))?.is(schema) {
            return Ok(None);
        }
        let Ok(rows) = value.getattr(intern!(py, "rows"))?.cast_into::<EncodedRows>() else {
            return Ok(None);
        };
        let part = Part::of(value.getattr(intern!(py, "part"))?.extract()?)?;
        if (part == Part::Key) != self.is_key || (part == Part::Value && self.changed_within(value)?) {
            return Ok(None);
        }
        Ok(Some(Unchanged { rows, part, index: value.getattr(intern!(py, "index"))?.extract()? }))
    }

    /// Whether one of an envelope's structs was changed in place: before, after or source.
    fn changed_within(&self, value: &Bound<'_, PyAny>) -> PyResult<bool> {
        let py = value.py();
        let known = value.getattr(intern!(py, "known"))?;
        if known.is_none() {
            return Ok(false);
        }
        for place in 0..3 {
            let part = known.get_item(place)?;
            if part.get_type().is(&self.lazy) && part.getattr(intern!(py, "rows"))?.is_none() {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn copied(
        &mut self,
        out: &mut Vec<u8>,
        topic: &Bound<'_, PyAny>,
        schema: &Bound<'_, PyAny>,
        value: &Bound<'_, PyAny>,
        known: &Unchanged<'_>,
    ) -> PyResult<bool> {
        let py = value.py();
        let rows = known.rows.get();
        if matches!(known.part, Part::Key | Part::Value) {
            let written_for = value.getattr(intern!(py, "reading"))?.getattr(intern!(py, "topic"))?;
            if same_text(&written_for, topic) {
                out.extend_from_slice(rows.whole(known.index, known.part)?);
                return Ok(true);
            }
        }
        let Some(Prepared { frame: Some((start, end)), .. }) = self.prepared(topic, schema)? else {
            return Ok(false);
        };
        out.extend_from_slice(start);
        out.extend_from_slice(rows.bytes(known.index, known.part)?);
        out.extend_from_slice(end);
        Ok(true)
    }

    fn prepared(&mut self, topic: &Bound<'_, PyAny>, schema: &Bound<'_, PyAny>) -> PyResult<Option<&Prepared>> {
        let py = topic.py();
        let known =
            self.last.as_ref().is_some_and(|last| schema.is(&last.schema) && same_text(last.topic.bind(py), topic));
        if !known {
            let answer: Option<(Option<Frame>, Option<Py<ValueEncoder>>)> =
                self.prepare.bind(py).call1((topic, schema))?.extract()?;
            self.last = answer.map(|(frame, encoder)| Prepared {
                topic: topic.clone().unbind(),
                schema: schema.clone().unbind(),
                frame,
                encoder,
            });
        }
        Ok(self.last.as_ref())
    }
}

/// Whether both are the same text.
pub fn same_text(one: &Bound<'_, PyAny>, other: &Bound<'_, PyAny>) -> bool {
    if one.is(other) {
        return true;
    }
    let text = |object| Bound::cast_exact::<PyString>(object).ok().and_then(|text| text.to_str().ok());
    matches!((text(one), text(other)), (Some(one), Some(other)) if one == other)
}
