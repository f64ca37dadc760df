//! Connect's values in Python to what a converter writes (`rowtide.runtime.task.native_encoder`).
//!
//! What does not have exactly the type that its schema says is left to the converter, so that every error and every
//! oddity is the converter's own.

use crate::encoded_rows::{EncodedRows, Part};
use crate::plan::format as format_of;
use pyo3::exceptions::PyValueError;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyBytes, PyFloat, PyInt, PyList, PyString, PyTuple, PyType};
use rowtide_engine::plan::format::{write_zigzag, Leaf};
use rowtide_engine::plan::{Format, Stop};
use rowtide_engine::values::decimal::Decimal;

enum Kind {
    /// Of so many bits.
    Int(u32),
    Bool,
    Single,
    Double,
    Text,
    Bytes,
    Decimal(usize),
    Struct { schema: Py<PyAny>, fields: Vec<(Vec<u8>, Node)>, end: Vec<u8> },
    Array(Box<Node>),
}

/// How values of a schema are written: what comes before one that is not null, and what stands for null.
struct Node {
    some: Vec<u8>,
    null: Option<Vec<u8>>,
    kind: Kind,
}

/// What prevents writing; the converter is asked instead, but for errors of Python.
enum Refusal {
    Stopped,
    Python(PyErr),
}

impl From<Stop> for Refusal {
    fn from(_: Stop) -> Self {
        Self::Stopped
    }
}

impl From<PyErr> for Refusal {
    fn from(error: PyErr) -> Self {
        Self::Python(error)
    }
}

type Written = Result<(), Refusal>;

/// Writes values of one schema.
#[pyclass(frozen, module = "rowtide._native")]
pub struct ValueEncoder {
    root: Node,
    format: Format,
    lazy: Option<Py<PyType>>,
    decimal: Py<PyAny>,
}

#[pymethods]
impl ValueEncoder {
    /// `lazy`: the class of structs whose bytes may be copied, if any.
    #[new]
    fn new(py: Python<'_>, root: &Bound<'_, PyTuple>, format: &str, lazy: Option<Py<PyType>>) -> PyResult<Self> {
        let decimal = crate::rows::decimal_class(py)?.clone().unbind();
        Ok(Self { root: node(root)?, format: format_of(format)?, lazy, decimal })
    }
}

impl ValueEncoder {
    /// Appends a value that is not null; false where the converter is to be asked, when a part of it may be there.
    pub fn append(&self, out: &mut Vec<u8>, value: &Bound<'_, PyAny>) -> PyResult<bool> {
        match self.write(out, &self.root, value) {
            Ok(()) => Ok(true),
            Err(Refusal::Stopped) => Ok(false),
            Err(Refusal::Python(error)) => Err(error),
        }
    }

    fn write(&self, out: &mut Vec<u8>, node: &Node, value: &Bound<'_, PyAny>) -> Written {
        if value.is_none() {
            out.extend_from_slice(node.null.as_ref().ok_or(Stop)?);
            return Ok(());
        }
        match &node.kind {
            Kind::Struct { schema, fields, end } => {
                if self.copied(out, schema, value)? {
                    return Ok(());
                }
                out.extend_from_slice(&node.some);
                return self.write_struct(out, fields, end, value);
            }
            Kind::Array(item) => {
                out.extend_from_slice(&node.some);
                return self.write_array(out, item, value);
            }
            _ => out.extend_from_slice(&node.some),
        }
        self.write_leaf(out, &node.kind, value)
    }

    fn write_leaf(&self, out: &mut Vec<u8>, kind: &Kind, value: &Bound<'_, PyAny>) -> Written {
        match kind {
            Kind::Int(bits) => {
                let number: i64 = exactly::<PyInt>(value)?.extract().map_err(|_| Stop)?;
                let rest = number >> (bits - 1);
                if rest != 0 && rest != -1 {
                    return Err(Refusal::Stopped);
                }
                self.format.write(out, &Leaf::Int(number));
            }
            Kind::Bool => self.format.write(out, &Leaf::Bool(exactly::<PyBool>(value)?.is_true())),
            Kind::Single => {
                let number = exactly::<PyFloat>(value)?.value();
                #[allow(clippy::cast_possible_truncation)] // what is no 32-bit float is not written here
                let single = number as f32;
                if f64::from(single) != number && !number.is_nan() {
                    return Err(Refusal::Stopped);
                }
                self.format.write(out, &Leaf::Single(single));
            }
            Kind::Double => self.format.write(out, &Leaf::Double(exactly::<PyFloat>(value)?.value())),
            Kind::Text => {
                let text = exactly::<PyString>(value)?.to_str().map_err(|_| Stop)?;
                self.format.write(out, &Leaf::Text(text));
            }
            Kind::Bytes => self.format.write(out, &Leaf::Bytes(exactly::<PyBytes>(value)?.as_bytes())),
            Kind::Decimal(scale) => {
                if !value.get_type().is(&self.decimal) {
                    return Err(Refusal::Stopped);
                }
                let text = value.str()?;
                let number = decimal(text.to_str().map_err(|_| Stop)?, *scale)?;
                self.format.write(out, &Leaf::Decimal(&number));
            }
            Kind::Struct { .. } | Kind::Array(_) => return Err(Refusal::Stopped),
        }
        Ok(())
    }

    /// Copies the bytes of a struct that nobody has changed.
    fn copied(&self, out: &mut Vec<u8>, schema: &Py<PyAny>, value: &Bound<'_, PyAny>) -> Result<bool, Refusal> {
        let py = value.py();
        if !self.lazy.as_ref().is_some_and(|lazy| value.get_type().is(lazy)) {
            return Ok(false);
        }
        let rows = value.getattr(intern!(py, "rows"))?;
        if !value.getattr(intern!(py, "schema"))?.is(schema) {
            return Ok(false);
        }
        let Ok(rows) = rows.cast::<EncodedRows>() else {
            return Ok(false);
        };
        let part = Part::of(value.getattr(intern!(py, "part"))?.extract()?)?;
        if matches!(part, Part::Key | Part::Value) {
            return Ok(false);
        }
        let index: usize = value.getattr(intern!(py, "index"))?.extract()?;
        out.extend_from_slice(rows.get().bytes(index, part)?);
        Ok(true)
    }

    fn write_struct(
        &self,
        out: &mut Vec<u8>,
        fields: &[(Vec<u8>, Node)],
        end: &[u8],
        value: &Bound<'_, PyAny>,
    ) -> Written {
        let values = value.getattr(intern!(value.py(), "values")).map_err(|_| Stop)?;
        if let Ok(values) = values.cast_exact::<PyTuple>() {
            if values.len() != fields.len() {
                return Err(Refusal::Stopped);
            }
            for ((prefix, node), value) in fields.iter().zip(values.iter_borrowed()) {
                out.extend_from_slice(prefix);
                self.write(out, node, &value)?;
            }
        } else {
            let values = exactly::<PyList>(&values)?;
            if values.len() != fields.len() {
                return Err(Refusal::Stopped);
            }
            for ((prefix, node), value) in fields.iter().zip(values.iter()) {
                out.extend_from_slice(prefix);
                self.write(out, node, &value)?;
            }
        }
        out.extend_from_slice(end);
        Ok(())
    }

    fn write_array(&self, out: &mut Vec<u8>, item: &Node, value: &Bound<'_, PyAny>) -> Written {
        let items = exactly::<PyList>(value)?;
        match self.format {
            Format::Json { .. } => {
                out.push(b'[');
                for (i, value) in items.iter().enumerate() {
                    if i > 0 {
                        out.push(b',');
                    }
                    self.write(out, item, &value)?;
                }
                out.push(b']');
            }
            Format::Avro => {
                if !items.is_empty() {
                    write_zigzag(out, i64::try_from(items.len()).map_err(|_| Stop)?);
                    for value in items.iter() {
                        self.write(out, item, &value)?;
                    }
                }
                out.push(0);
            }
        }
        Ok(())
    }
}

fn exactly<'a, 'py, T: pyo3::PyTypeInfo>(value: &'a Bound<'py, PyAny>) -> Result<&'a Bound<'py, T>, Refusal> {
    value.cast_exact::<T>().map_err(|_| Refusal::Stopped)
}

/// A number that is written plainly, with so many digits behind the point.
fn decimal(text: &str, scale: usize) -> Result<Decimal, Stop> {
    let (negative, digits) = text.strip_prefix('-').map_or((false, text), |digits| (true, digits));
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let plain = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || fraction.len() != scale || !plain(whole) || !plain(fraction) {
        return Err(Stop);
    }
    Decimal::new(negative, [whole, fraction].concat().as_bytes(), scale).ok_or(Stop)
}

/// Of `(kind, some, null, ...)`.
fn node(described: &Bound<'_, PyTuple>) -> PyResult<Node> {
    let name: String = described.get_item(0)?.extract()?;
    let kind = match name.as_str() {
        "int" => Kind::Int(described.get_item(3)?.extract::<u32>()?.clamp(1, 64)),
        "bool" => Kind::Bool,
        "single" => Kind::Single,
        "double" => Kind::Double,
        "text" => Kind::Text,
        "bytes" => Kind::Bytes,
        "decimal" => Kind::Decimal(described.get_item(3)?.extract()?),
        "array" => Kind::Array(Box::new(node(described.get_item(3)?.cast()?)?)),
        "struct" => {
            let fields: Vec<(Vec<u8>, Bound<'_, PyTuple>)> = described.get_item(4)?.extract()?;
            Kind::Struct {
                schema: described.get_item(3)?.unbind(),
                fields: fields
                    .into_iter()
                    .map(|(prefix, field)| Ok((prefix, node(&field)?)))
                    .collect::<PyResult<_>>()?,
                end: described.get_item(5)?.extract()?,
            }
        }
        _ => return Err(PyValueError::new_err(format!("{name} is no kind of values"))),
    };
    Ok(Node { some: described.get_item(1)?.extract()?, null: described.get_item(2)?.extract()?, kind })
}
