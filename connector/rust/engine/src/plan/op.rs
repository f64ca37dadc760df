//! What a column's conversion does, as data (`rowtide.types.recipes`).

/// The unit, or form, of a point in time or a time of the day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TimeUnit {
    Milliseconds,
    Microseconds,
    Nanoseconds,
    Iso,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BytesForm {
    Plain,
    Hex,
    Base64,
    Base64Url,
}

/// How bytes become text.
#[derive(Debug, Clone)]
pub enum Charset {
    Utf8,
    /// One character for each byte.
    Table(Vec<String>),
    /// Big-endian or little-endian.
    Utf16 { big: bool },
    Utf32,
}

/// How long a value may be: UTF-16 units of text, bytes otherwise.
pub type Cut = Option<usize>;

/// Pieces of JSON or Avro around the fields of a geometry: before each field that is not null, and at the end.
#[derive(Debug, Clone)]
pub struct GeometryForm {
    pub before: Vec<Vec<u8>>,
    pub srid_some: Vec<u8>,
    pub srid_null: Vec<u8>,
    pub end: Vec<u8>,
}

#[derive(Debug, Clone)]
pub enum Op {
    Int,
    /// Of an unsigned integer: its bits.
    Mask(u64),
    UnsignedDecimal,
    Single,
    Double,
    /// Of the schema's scale.
    Decimal(usize),
    DecimalText,
    DecimalDouble,
    Bool,
    Bits(usize),
    Text(Charset),
    /// The document's text; where it is stored as text, in a character set.
    JsonText(Charset),
    Uuid,
    Inet(usize),
    Bytes { pad: usize, form: BytesForm },
    /// ENUM: texts by index.
    Item(Vec<String>),
    /// SET: texts by bit.
    Items(Vec<String>),
    Year { zero: i64, adjust: bool },
    Date { iso: bool, adjust: bool },
    DateTime { unit: TimeUnit, adjust: bool },
    /// TIMESTAMP as text, with so many digits of a fraction or as many as it needs; the zero one may be NULL.
    Zoned { digits: Option<usize>, zero_is_null: bool },
    Time(TimeUnit),
    Geometry(GeometryForm),
    Point(GeometryForm),
    Floats,
    Const(String),
    /// These bytes for what is not NULL.
    Masked(Box<Op>, Vec<u8>),
}
