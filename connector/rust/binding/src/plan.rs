//! Plans, made of what `rowtide.envelope.plan` describes.

use crate::batch::Batch;
use crate::encoded_rows::EncodedRows;
use crate::rows::images_of;
use crate::text_rows::AnyRows;
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyTuple};
use rowtide_engine::plan::op::GeometryForm;
use rowtide_engine::plan::{
    Batch as EngineBatch, BytesForm, Charset, EventRows, Facts, Field, Format, Mark, Notes, Op, Part, Plan as EnginePlan, RowKind,
    Rows, Shape, ShapedRecord, Slot, Struct, TimeUnit, Transaction,
};
use rowtide_engine::result_set::TextRows;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

/// How the rows of one table version become records.
#[pyclass(frozen, module = "rowtide._native")]
pub struct Plan {
    pub plan: Arc<EnginePlan>,
}

type FieldArguments<'py> = (usize, Vec<u8>, Vec<u8>, Option<Vec<u8>>, Bound<'py, PyTuple>, Option<usize>);
type ShapedArguments<'py> = (Option<Vec<Bound<'py, PyTuple>>>, Option<Vec<Bound<'py, PyTuple>>>, bool);
type StructArguments<'py> = (Vec<FieldArguments<'py>>, Vec<u8>);
type FactsArguments<'a> =
    (i64, &'a str, i64, i64, Option<&'a str>, Option<i64>, Option<&'a str>, Option<usize>);

#[pymethods]
impl Plan {
    #[new]
    fn new<'py>(
        key: Option<StructArguments<'py>>,
        value: StructArguments<'py>,
        formats: (&str, &str),
        key_frame: (Vec<u8>, Vec<u8>),
        template: Vec<Bound<'py, PyTuple>>,
        width: usize,
    ) -> PyResult<Self> {
        let key = key.map(structure).transpose()?;
        let formats = (format(formats.0)?, format(formats.1)?);
        let template = template.iter().map(part).collect::<PyResult<_>>()?;
        Ok(Self { plan: Arc::new(EnginePlan::new(key, structure(value)?, formats, key_frame, template, width)) })
    }

    /// The same for the records of one operation that transforms change: of each what key and value are made of, and
    /// whether the key is that of the one before; and the columns, of the image before or not, that are only checked.
    fn shaped<'py>(
        &self,
        records: Vec<ShapedArguments<'py>>,
        checked: Vec<(bool, FieldArguments<'py>)>,
    ) -> PyResult<Self> {
        let parts = |described: Option<Vec<Bound<'py, PyTuple>>>| {
            described.map(|parts| parts.iter().map(part).collect::<PyResult<Vec<_>>>()).transpose()
        };
        let made = |(key, value, same_key): ShapedArguments<'py>| {
            Ok(ShapedRecord { key: parts(key)?, value: parts(value)?, same_key })
        };
        let shape = Shape {
            records: records.into_iter().map(made).collect::<PyResult<_>>()?,
            checked: checked
                .into_iter()
                .map(|(before, described)| Ok((before, field(described)?)))
                .collect::<PyResult<_>>()?,
        };
        let plan = EnginePlan { shape: Some(shape), ..(*self.plan).clone() };
        Ok(Self { plan: Arc::new(plan) })
    }

    /// Appends records to `batch`; answers rows done, where the next row begins, events among the records, and whether
    /// the next row is for the record path. `place`: where the first row begins, its number, how many rows at most, and
    /// at how many bytes of the batch no further row is begun.
    #[pyo3(signature = (batch, images, operation, facts, transaction, tombstones, place, markers, kinds, clock_ns))]
    #[allow(clippy::too_many_arguments)] // one call an event, with all that differs between events
    fn encode<'py>(
        &self,
        py: Python<'py>,
        mut batch: PyRefMut<'py, Batch>,
        images: &Bound<'py, PyAny>,
        operation: char,
        facts: FactsArguments<'_>,
        transaction: Option<(&str, i64, i64)>,
        tombstones: bool,
        place: (usize, i64, usize, usize),
        markers: &[u8],
        kinds: &[u8],
        clock_ns: Option<i64>,
    ) -> PyResult<(usize, usize, usize, bool)> {
        let images = AnyRows::of(images)?;
        let call = Call { operation, facts, transaction, tombstones, place, markers, kinds, clock_ns };
        Ok(call.run(py, &self.plan, &images, &mut batch.batch, &mut ()))
    }

    /// As `encode`, into records of their own that can be looked into; they come first in the answer.
    #[pyo3(signature = (images, operation, facts, transaction, tombstones, place, markers, kinds, clock_ns))]
    #[allow(clippy::too_many_arguments, clippy::type_complexity)] // as above
    fn open<'py>(
        &self,
        py: Python<'py>,
        images: &Bound<'py, PyAny>,
        operation: char,
        facts: FactsArguments<'_>,
        transaction: Option<(&str, i64, i64)>,
        tombstones: bool,
        place: (usize, i64, usize, usize),
        markers: &[u8],
        kinds: &[u8],
        clock_ns: Option<i64>,
    ) -> PyResult<(EncodedRows, usize, usize, usize, bool)> {
        let images = AnyRows::of(images)?;
        let call = Call { operation, facts, transaction, tombstones, place, markers, kinds, clock_ns };
        let (mut batch, mut noted) = (EngineBatch::default(), Vec::new());
        let (rows, pos, events, stopped) = call.run(py, &self.plan, &images, &mut batch, &mut noted);
        let opened = EncodedRows { plan: self.plan.clone(), images, batch, noted, deletes: operation == 'd' };
        Ok((opened, rows, pos, events, stopped))
    }

    /// What each update does: 0 nothing, 1 changes, 2 moves to another key, 3 is for the record path to tell; from `pos`
    /// on, ending early at a row that cannot be read.
    fn kinds<'py>(
        &self,
        py: Python<'py>,
        images: &Bound<'py, PyAny>,
        pos: usize,
        unchanged: bool,
    ) -> PyResult<Bound<'py, PyBytes>> {
        let images = images_of(images)?;
        let body = images.body.clone();
        let plan = &self.plan;
        let kinds = py.detach(|| match body.data() {
            Ok(data) => plan.kinds(&body.rows, data, pos, unchanged),
            Err(_) => vec![RowKind::Unclear],
        });
        let numbers: Vec<u8> = kinds
            .into_iter()
            .map(|kind| match kind {
                RowKind::Unchanged => 0,
                RowKind::Changed => 1,
                RowKind::Moved => 2,
                RowKind::Unclear => 3,
            })
            .collect();
        Ok(PyBytes::new(py, &numbers))
    }
}

/// What `encode` and `open` are called with.
struct Call<'a> {
    operation: char,
    facts: FactsArguments<'a>,
    transaction: Option<(&'a str, i64, i64)>,
    tombstones: bool,
    place: (usize, i64, usize, usize),
    markers: &'a [u8],
    kinds: &'a [u8],
    clock_ns: Option<i64>,
}

impl Call<'_> {
    /// Answers rows done, where the next one begins, events among the records, and whether it is for the record path.
    fn run(
        &self,
        py: Python<'_>,
        plan: &EnginePlan,
        images: &AnyRows,
        batch: &mut EngineBatch,
        notes: &mut (impl Notes + Send),
    ) -> (usize, usize, usize, bool) {
        let (time_us, file, pos, server_id, gtid, thread, query, marker) = self.facts;
        let (start, row, limit, bytes) = self.place;
        let rows = Rows {
            operation: u8::try_from(self.operation).unwrap_or(b'r'),
            facts: Facts { time_us, file, pos, server_id, gtid, thread, query, marker },
            transaction: self.transaction.map(|(id, total, order)| Transaction { id, total, order }),
            tombstones: self.tombstones,
            row,
            limit,
            bytes,
            kinds: &row_kinds(self.kinds),
        };
        let mut clock = || self.clock_ns.unwrap_or_else(now_ns);
        let progress = py.detach(|| match images {
            AnyRows::Event(body) => body.data().ok().map(|data| {
                let mut source = EventRows::new(&body.rows, data, start);
                plan.encode_noted(&mut source, &rows, self.markers, &mut clock, batch, notes)
            }),
            AnyRows::Text(block, layout) => {
                let mut source = TextRows::new(block, layout, start);
                Some(plan.encode_noted(&mut source, &rows, self.markers, &mut clock, batch, notes))
            }
        });
        progress.map_or((0, start, 0, true), |p| (p.rows, p.pos, p.events, p.stopped))
    }
}

fn row_kinds(numbers: &[u8]) -> Vec<RowKind> {
    let kind = |number: &u8| match number {
        0 => RowKind::Unchanged,
        1 => RowKind::Changed,
        2 => RowKind::Moved,
        _ => RowKind::Unclear,
    };
    numbers.iter().map(kind).collect()
}

/// The clock that records are stamped by.
pub fn now_ns() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_nanos()).unwrap_or(i64::MAX)
}

fn unknown(what: &str, name: &str) -> PyErr {
    PyValueError::new_err(format!("{name} is no {what} of a plan"))
}

fn structure(arguments: StructArguments<'_>) -> PyResult<Struct> {
    let fields = arguments.0.into_iter().map(field).collect::<PyResult<_>>()?;
    Ok(Struct { fields, end: arguments.1 })
}

fn field((column, prefix, some, null, recipe, cut): FieldArguments<'_>) -> PyResult<Field> {
    Ok(Field { column, prefix, some, null, op: op(&recipe)?, cut })
}

pub fn format(name: &str) -> PyResult<Format> {
    match name {
        "json" => Ok(Format::Json { numeric_decimals: false }),
        "json-numeric" => Ok(Format::Json { numeric_decimals: true }),
        "avro" => Ok(Format::Avro),
        _ => Err(unknown("format", name)),
    }
}

fn part(described: &Bound<'_, PyTuple>) -> PyResult<Part> {
    let kind: String = described.get_item(0)?.extract()?;
    Ok(match kind.as_str() {
        "const" => Part::Const(described.get_item(1)?.extract()?),
        "marker" => Part::Marker(described.get_item(1)?.extract()?),
        "columns" => {
            let (_, before, fields): (String, bool, Vec<FieldArguments<'_>>) = described.extract()?;
            Part::Columns { before, columns: structure((fields, Vec::new()))? }
        }
        "payload" => Part::Mark(Mark::Payload),
        "payload_end" => Part::Mark(Mark::PayloadEnd),
        "source" => Part::Mark(Mark::Source),
        "source_end" => Part::Mark(Mark::SourceEnd),
        "transaction" => {
            let (_, parts, null): (String, Vec<Bound<'_, PyTuple>>, Vec<u8>) = described.extract()?;
            Part::Transaction { parts: parts.iter().map(part).collect::<PyResult<_>>()?, null }
        }
        name => {
            let (_, some, null): (String, Vec<u8>, Option<Vec<u8>>) = described.extract()?;
            Part::Slot { slot: slot(name)?, some, null }
        }
    })
}

fn slot(name: &str) -> PyResult<Slot> {
    Ok(match name {
        "before" => Slot::Before,
        "after" => Slot::After,
        "ts_ms" => Slot::TimeMs,
        "ts_us" => Slot::TimeUs,
        "ts_ns" => Slot::TimeNs,
        "server_id" => Slot::ServerId,
        "gtid" => Slot::Gtid,
        "file" => Slot::File,
        "pos" => Slot::Pos,
        "row" => Slot::Row,
        "thread" => Slot::Thread,
        "query" => Slot::Query,
        "op" => Slot::Operation,
        "now_ms" => Slot::NowMs,
        "now_us" => Slot::NowUs,
        "now_ns" => Slot::NowNs,
        "transaction_id" => Slot::TransactionId,
        "total_order" => Slot::TotalOrder,
        "table_order" => Slot::TableOrder,
        _ => return Err(unknown("slot", name)),
    })
}

/// A recipe (`rowtide.types.recipes`).
fn op(recipe: &Bound<'_, PyTuple>) -> PyResult<Op> {
    let name: String = recipe.get_item(0)?.extract()?;
    let argument = |i: usize| recipe.get_item(i);
    Ok(match name.as_str() {
        "int" => Op::Int,
        "mask" => Op::Mask(argument(1)?.extract()?),
        "unsigned_decimal" => Op::UnsignedDecimal,
        "single" => Op::Single,
        "double" => Op::Double,
        "decimal" => Op::Decimal(argument(1)?.extract()?),
        "decimal_text" => Op::DecimalText,
        "decimal_double" => Op::DecimalDouble,
        "bool" => Op::Bool,
        "bits" => Op::Bits(argument(1)?.extract()?),
        "text" => Op::Text(charset(&argument(1)?)?),
        "json" => Op::JsonText(charset(&argument(1)?)?),
        "uuid" => Op::Uuid,
        "inet" => Op::Inet(argument(1)?.extract()?),
        "bytes" => Op::Bytes { pad: argument(1)?.extract()?, form: bytes_form(&argument(2)?)? },
        "item" => Op::Item(argument(1)?.extract()?),
        "items" => Op::Items(argument(1)?.extract()?),
        "year" => Op::Year { zero: argument(1)?.extract()?, adjust: argument(2)?.extract()? },
        "date" => Op::Date { iso: argument(1)?.extract()?, adjust: argument(2)?.extract()? },
        "datetime" => Op::DateTime { unit: time_unit(&argument(1)?)?, adjust: argument(2)?.extract()? },
        "zoned" => Op::Zoned { digits: argument(1)?.extract()?, zero_is_null: argument(2)?.extract()? },
        "time" => Op::Time(time_unit(&argument(1)?)?),
        "geometry" => Op::Geometry(geometry_form(&argument(1)?)?),
        "point" => Op::Point(geometry_form(&argument(1)?)?),
        "floats" => Op::Floats,
        "const" => Op::Const(argument(1)?.extract()?),
        "masked" => {
            let (_, inner, shown): (String, Bound<'_, PyTuple>, Vec<u8>) = recipe.extract()?;
            Op::Masked(Box::new(op(&inner)?), shown)
        }
        _ => return Err(unknown("recipe", &name)),
    })
}

fn charset(described: &Bound<'_, PyAny>) -> PyResult<Charset> {
    if let Ok(characters) = described.extract::<Vec<String>>() {
        return Ok(Charset::Table(characters));
    }
    let name: String = described.extract()?;
    match name.as_str() {
        "utf-8" => Ok(Charset::Utf8),
        "utf-16-be" => Ok(Charset::Utf16 { big: true }),
        "utf-16-le" => Ok(Charset::Utf16 { big: false }),
        "utf-32-be" => Ok(Charset::Utf32),
        _ => Err(unknown("character set", &name)),
    }
}

fn bytes_form(described: &Bound<'_, PyAny>) -> PyResult<BytesForm> {
    let name: String = described.extract()?;
    match name.as_str() {
        "bytes" => Ok(BytesForm::Plain),
        "hex" => Ok(BytesForm::Hex),
        "base64" => Ok(BytesForm::Base64),
        "base64-url-safe" => Ok(BytesForm::Base64Url),
        _ => Err(unknown("form of bytes", &name)),
    }
}

fn time_unit(described: &Bound<'_, PyAny>) -> PyResult<TimeUnit> {
    let name: String = described.extract()?;
    match name.as_str() {
        "ms" => Ok(TimeUnit::Milliseconds),
        "us" => Ok(TimeUnit::Microseconds),
        "ns" => Ok(TimeUnit::Nanoseconds),
        "iso" => Ok(TimeUnit::Iso),
        _ => Err(unknown("unit of time", &name)),
    }
}

fn geometry_form(described: &Bound<'_, PyAny>) -> PyResult<GeometryForm> {
    let (before, srid_some, srid_null, end) = described.extract()?;
    Ok(GeometryForm { before, srid_some, srid_null, end })
}
