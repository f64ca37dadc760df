//! The decoder, shown to Python: bytes in, `rowtide.binlog.events` out.

use crate::errors::raised;
use crate::events::Events;
use crate::lane::Lane;
use pyo3::prelude::*;
use pyo3::types::PyList;
use pyo3::types::PyBytes;
use rowtide_engine::decoder::{Decoder as EngineDecoder, Expand, Expander};
use rowtide_engine::lane::Item;

/// `rowtide.binlog.engine.Decoder`; the interpreter is free while bytes are decoded.
#[pyclass(module = "rowtide._native")]
pub struct Decoder {
    decoder: EngineDecoder,
    events: Events,
    lane: Option<Py<Lane>>,
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
    /// `expand_zstd` answers a stream with a `read` for some compressed bytes; `lane` takes events that are for it.
    #[new]
    fn new(
        events: Py<PyAny>,
        codec_of: Py<PyAny>,
        gtid_set: Py<PyAny>,
        changed_json: Py<PyAny>,
        expand_zstd: Py<PyAny>,
        lane: Option<Py<Lane>>,
    ) -> Self {
        let expander: Expander = Box::new(move |data| {
            Python::attach(|py| {
                let stream = expand_zstd.call1(py, (PyBytes::new(py, &data),)).map_err(|error| error.to_string())?;
                Ok(Box::new(ZstdStream { stream }) as Box<dyn Expand>)
            })
        });
        let events = Events::new(events, codec_of, gtid_set, changed_json);
        Self { decoder: EngineDecoder::new(Some(expander)), events, lane }
    }

    fn feed<'py>(&mut self, py: Python<'py>, data: &[u8]) -> PyResult<Bound<'py, PyList>> {
        let decoder = &mut self.decoder;
        let lane = self.lane.as_ref().map(Py::get);
        let items = py.detach(|| {
            decoder.feed(data).map(|events| match lane {
                Some(lane) => lane.collect(events),
                None => events.into_iter().map(Item::Event).collect(),
            })
        });
        let events = PyList::empty(py);
        for item in items.map_err(|error| raised(py, &error))? {
            match item {
                Item::Event(event) => events.append(self.events.shown(py, event)?)?,
                Item::Run(run) => events.append(self.events.run(py, *run)?)?,
            }
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
