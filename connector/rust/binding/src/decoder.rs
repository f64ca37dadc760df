//! The decoder, shown to Python: bytes in, `rowtide.binlog.events` out.

use crate::errors::raised;
use crate::events::Events;
use pyo3::prelude::*;
use pyo3::types::PyList;
use rowtide_engine::decoder::Decoder as EngineDecoder;

/// `rowtide.binlog.engine.Decoder`; the interpreter is free while bytes are decoded.
#[pyclass(module = "rowtide._native")]
pub struct Decoder {
    decoder: EngineDecoder,
    events: Events,
}

#[pymethods]
impl Decoder {
    #[new]
    fn new(events: Py<PyAny>, codec_of: Py<PyAny>, gtid_set: Py<PyAny>) -> Self {
        Self { decoder: EngineDecoder::new(), events: Events::new(events, codec_of, gtid_set) }
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
