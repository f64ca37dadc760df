//! rowtide-engine as the Python module `rowtide._native`: conversions between Python's and Rust's values, nothing else.

mod batch;
mod decoder;
mod encoded_rows;
mod errors;
mod events;
mod gathered;
mod lane;
mod part_encoder;
mod plan;
mod producer;
mod record_writer;
mod rows;
mod text_rows;
mod value_encoder;

use pyo3::prelude::*;

/// Changed whenever the Python side must change with it.
const ABI: u32 = 8;

#[pymodule]
mod _native {
    #[pymodule_export]
    use crate::batch::Batch;
    #[pymodule_export]
    use crate::decoder::Decoder;
    #[pymodule_export]
    use crate::encoded_rows::EncodedRows;
    #[pymodule_export]
    use crate::gathered::Gathered;
    #[pymodule_export]
    use crate::lane::{Lane, Transactions};
    #[pymodule_export]
    use crate::part_encoder::PartEncoder;
    #[pymodule_export]
    use crate::plan::Plan;
    #[pymodule_export]
    use crate::producer::KafkaClient;
    #[pymodule_export]
    use crate::record_writer::RecordWriter;
    #[pymodule_export]
    use crate::rows::{RowBody, RowImages};
    #[pymodule_export]
    use crate::text_rows::{ResultSet, TextImages, TextLayout};
    #[pymodule_export]
    use crate::value_encoder::ValueEncoder;
    use super::*;

    #[pymodule_init]
    fn init(module: &Bound<'_, PyModule>) -> PyResult<()> {
        module.add("ABI", ABI)?;
        module.add("__version__", env!("CARGO_PKG_VERSION"))
    }
}
