//! Errors of the engine as those of `rowtide.errors`.

use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict};
use rowtide_engine::Error;

/// The exception for an error of the engine.
pub fn raised(py: Python<'_>, error: &Error) -> PyErr {
    exception(py, error).unwrap_or_else(|failure| failure)
}

fn exception(py: Python<'_>, error: &Error) -> PyResult<PyErr> {
    if let Some(packet) = &error.server_packet {
        let made = py.import("rowtide.binlog.packets")?.call_method1("dump_error", (PyBytes::new(py, packet),))?;
        return Ok(PyErr::from_value(made));
    }
    let arguments = PyDict::new(py);
    arguments.set_item("offset", error.offset)?;
    arguments.set_item("position", error.position)?;
    let made =
        py.import("rowtide.errors")?.getattr("BinlogError")?.call((error.message.as_str(),), Some(&arguments))?;
    Ok(PyErr::from_value(made))
}

/// The engine's form of a BinlogError that Python raised; none for other exceptions.
pub fn binlog_error(py: Python<'_>, error: &PyErr) -> Option<Error> {
    let value = error.value(py);
    let class = py.import("rowtide.errors").and_then(|errors| errors.getattr("BinlogError")).ok()?;
    if !value.is_instance(&class).ok()? {
        return None;
    }
    let message: String = value.getattr("message").ok()?.extract().ok()?;
    let offset: i64 = value.getattr("offset").ok()?.extract().ok()?;
    Some(Error { offset, ..Error::new(message) })
}
