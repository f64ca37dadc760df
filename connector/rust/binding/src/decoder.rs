//! The decoder, shown to Python: bytes in, `rowtide.binlog.events` out.

use crate::errors::raised;
use crate::events::Events;
use pyo3::prelude::*;
use pyo3::types::PyList;
use pyo3::types::PyBytes;
use rowtide_engine::decoder::{Decoder as EngineDecoder, Expand, Expander};

/// `rowtide.binlog.engine.Decoder`; the interpreter is free while bytes are decoded.
#[pyclass(module = "rowtide._native")]
pub struct Decoder {
    decoder: EngineDecoder,
    events: Events,
}

struct ZstdStream {
    stream: Py<PyAny>,
}

impl Expand for ZstdStream {
    fn read(&mut self, bytes_max: usize) -> Result<Vec<u8>, String> {
        Python::attach(|py| {
            let data = self.stream.call_method1(py, "read", (bytes_max,)).map_err(|error| error.to_string())?;
            data.extract(py).map_err(|error: PyErr| error.to_string())
        })
    }
}

#[pymethods]
impl Decoder {
    /// `expand_zstd` answers a stream with a `read` for some compressed bytes.
    #[new]
    fn new(
        events: Py<PyAny>,
        codec_of: Py<PyAny>,
        gtid_set: Py<PyAny>,
        changed_json: Py<PyAny>,
        expand_zstd: Py<PyAny>,
    ) -> Self {
        let expander: Expander = Box::new(move |data| {
            Python::attach(|py| {
                let stream = expand_zstd.call1(py, (PyBytes::new(py, &data),)).map_err(|error| error.to_string())?;
                Ok(Box::new(ZstdStream { stream }) as Box<dyn Expand>)
            })
        });
        Self { decoder: EngineDecoder::new(Some(expander)), events: Events::new(events, codec_of, gtid_set, changed_json) }
    }

    fn feed<'py>(&mut self, py: Python<'py>, data: &[u8]) -> PyResult<Bound<'py, PyList>> {
        let decoder = &mut self.decoder;
        let decoded = py.detach(|| decoder.feed(data)).map_err(|error| raised(py, &error))?;
        let events = PyList::empty(py);
        for event in decoded {
            events.append(self.events.to_python(py, event)?)?;
        }
        Ok(events)
    }

    #[getter]
    fn pending(&self) -> bool {
        self.decoder.pending()
    }

    #[getter]
    fn ended(&self) -> bool {
        self.decoder.ended()
    }

    /// Event types without a name that came since the last call, each once.
    fn take_unknown_types(&mut self) -> Vec<u32> {
        self.decoder.take_unknown_types().into_iter().map(u32::from).collect()
    }
}
