//! Encoding plans: how the rows of one table version become the bytes of record keys and values.
//!
//! A plan is prepared once, by Python, from the schemas and converters that the record path uses. What a plan can't do
//! it says ([`Stop`]), and the record path does it instead: so every error and every oddity is the record path's own.

pub mod batch;
pub mod convert;
pub mod encode;
pub mod format;
pub mod notes;
pub mod op;
pub mod rows;
pub mod shape;
pub mod template;

pub use batch::{Batch, Record};
pub use encode::{Facts, Progress, RowKind, Rows, Transaction};
pub use format::Format;
pub use notes::{Mark, Noted, Notes};
pub use op::{BytesForm, Charset, Cut, Op, TimeUnit};
pub use rows::EventRows;
pub use shape::{Shape, ShapedRecord};
pub use template::{Part, Slot};

/// The row is for the record path: it cannot be converted, or has something that plans don't know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stop;

impl From<crate::error::Error> for Stop {
    fn from(_: crate::error::Error) -> Self {
        Self
    }
}

/// One column in a key or value.
#[derive(Debug, Clone)]
pub struct Field {
    /// Its place in the row image.
    pub column: usize,
    /// What comes before the value: the name of a JSON member.
    pub prefix: Vec<u8>,
    /// What comes before a value that is not NULL: the branch of an Avro union.
    pub some: Vec<u8>,
    /// What stands for NULL, prefix excluded; `None` where that is an error.
    pub null: Option<Vec<u8>>,
    pub op: Op,
    pub cut: Cut,
}

/// A key, or the row of a value.
#[derive(Debug, Clone, Default)]
pub struct Struct {
    pub fields: Vec<Field>,
    pub end: Vec<u8>,
}

/// How the rows of one table version are encoded with one pair of converters.
#[derive(Debug, Clone)]
pub struct Plan {
    pub key: Option<Struct>,
    pub key_format: Format,
    /// What surrounds the key's payload.
    pub key_frame: (Vec<u8>, Vec<u8>),
    pub value: Struct,
    pub value_format: Format,
    /// The whole value.
    pub template: Vec<Part>,
    /// Columns of the table; a row image has at least as many.
    pub width: usize,
    /// What transforms make of the records of one operation; `None` where there are none.
    pub shape: Option<Shape>,
    /// For each column whether neither key nor value shows it, so that reading it is only a check.
    pub hidden: Vec<bool>,
}

impl Plan {
    pub fn new(
        key: Option<Struct>,
        value: Struct,
        formats: (Format, Format),
        key_frame: (Vec<u8>, Vec<u8>),
        template: Vec<Part>,
        width: usize,
    ) -> Self {
        let mut hidden = vec![true; width];
        for field in value.fields.iter() {
            if let Some(place) = hidden.get_mut(field.column) {
                *place = false;
            }
        }
        let (key_format, value_format) = formats;
        Self { key, key_format, key_frame, value, value_format, template, width, shape: None, hidden }
    }
}
