//! Events of the engine as the classes of `rowtide.binlog.events`.

use crate::lane::Transactions;
use crate::rows::RowBody;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyList, PyTuple};
use rowtide_engine::event_types::event;
use rowtide_engine::lane::Run;
use rowtide_engine::events::{uuid_text, Content, Event, GtidIntervals, Kind, Query, Rows};
use rowtide_engine::header::Header;
use rowtide_engine::rows::Present;
use rowtide_engine::table::Table;
use std::collections::HashMap;
use std::sync::Arc;

/// Tables whose Python form is kept.
const TABLES_MAX: usize = 4096;

/// The classes, and the tables that were named.
pub struct Events {
    module: Py<PyAny>,
    codec_of: Py<PyAny>,
    gtid_set: Py<PyAny>,
    changed_json: Py<PyAny>,
    /// By table number: the engine's table, all fields but the header, and the newest TABLE_MAP.
    tables: HashMap<u64, KnownTable>,
}

struct KnownTable {
    table: Arc<Table>,
    fields: Py<PyTuple>,
    newest: Py<PyAny>,
}

type Object<'py> = PyResult<Bound<'py, PyAny>>;

impl Events {
    /// `module` has the classes, `codec_of` names the codec of a collation, `gtid_set` is the class of MySQL's sets,
    /// `changed_json` applies changes to a JSON document.
    pub fn new(module: Py<PyAny>, codec_of: Py<PyAny>, gtid_set: Py<PyAny>, changed_json: Py<PyAny>) -> Self {
        Self { module, codec_of, gtid_set, changed_json, tables: HashMap::new() }
    }

    pub fn shown<'py>(&mut self, py: Python<'py>, event: Event) -> Object<'py> {
        let header = self.header(py, &event.header)?;
        match event.content {
            Content::FormatDescription(format) => {
                self.tables.clear();
                let lengths = PyBytes::new(py, &format.post_header_lengths);
                self.make(py, "FormatDescription", (header, format.server_version, format.checksum, lengths))
            }
            Content::Rotate(file, position) => self.make(py, "Rotate", (header, file, position)),
            Content::Query(query) => self.query(py, header, query),
            Content::Xid(xid) => self.make(py, "Xid", (header, xid)),
            Content::XaPrepare { one_phase, format_id, gtrid, bqual } => {
                let parts = (PyBytes::new(py, &gtrid), PyBytes::new(py, &bqual));
                self.make(py, "XaPrepare", (header, one_phase, format_id, parts.0, parts.1))
            }
            Content::TableMap(table) => self.table_map(py, header, &table),
            Content::Rows(rows) => self.rows(py, header, rows),
            Content::MysqlGtid(gtid) => self.make(
                py,
                "MysqlGtid",
                (
                    header,
                    uuid_text(&gtid.sid),
                    gtid.gno,
                    gtid.tag,
                    gtid.original_commit_us,
                    gtid.immediate_commit_us,
                ),
            ),
            Content::AnonymousGtid(original, immediate) => {
                self.make(py, "AnonymousGtid", (header, original, immediate))
            }
            Content::MariadbGtid { domain, sequence, flags } => {
                self.make(py, "MariadbGtid", (header, domain, sequence, flags))
            }
            Content::GtidList(gtids) => self.make(py, "GtidList", (header, PyTuple::new(py, gtids)?)),
            Content::PreviousGtids(sets) => {
                let text = self.gtid_text(py, &sets)?;
                self.make(py, "PreviousGtids", (header, text))
            }
            Content::RowsQuery(sql) => self.make(py, "RowsQuery", (header, sql)),
            Content::Heartbeat(file, position) => self.make(py, "Heartbeat", (header, file, position)),
            Content::TransactionPayload { zstd, size } => {
                self.make(py, "TransactionPayload", (header, if zstd { "zstd" } else { "none" }, size))
            }
            Content::Incident(number, message) => self.make(py, "Incident", (header, number, message)),
            Content::Stop => self.make(py, "Stop", (header,)),
            Content::Ignored => self.make(py, "Ignored", (header,)),
        }
    }

    /// Transactions that the lane took, as `Transactions`.
    pub fn run<'py>(&self, py: Python<'py>, run: Run) -> Object<'py> {
        let end = &run.end;
        let timestamp = end.time_us.unwrap_or(0).div_euclid(1_000_000);
        let next = end.position + u64::from(end.length);
        let header = self.make(py, "EventHeader", (timestamp, event::XID, end.server_id, end.length, next, 0))?;
        self.make(py, "Transactions", (header, Bound::new(py, Transactions::new(run))?))
    }

    fn make<'py>(&self, py: Python<'py>, class: &str, fields: impl pyo3::call::PyCallArgs<'py>) -> Object<'py> {
        self.module.bind(py).getattr(class)?.call1(fields)
    }

    fn header<'py>(&self, py: Python<'py>, header: &Header) -> Object<'py> {
        let Header { timestamp, event_type, server_id, length, next_position, flags } = *header;
        self.make(py, "EventHeader", (timestamp, event_type, server_id, length, next_position, flags))
    }

    fn query<'py>(&self, py: Python<'py>, header: Bound<'py, PyAny>, query: Query) -> Object<'py> {
        let context = &query.context;
        let codec = self.codec_of.bind(py).call1((context.client_collation,))?;
        let wide = codec.extract::<&str>()?.starts_with("utf-16") || codec.extract::<&str>()?.starts_with("utf-32");
        let sql = if query.sql.is_ascii() && !wide {
            String::from_utf8_lossy(&query.sql).into_pyobject(py)?.into_any()
        } else {
            PyBytes::new(py, &query.sql).call_method1("decode", (codec, "replace"))?
        };
        let context = self.make(
            py,
            "QueryContext",
            (
                context.sql_mode,
                context.client_collation,
                context.connection_collation,
                context.server_collation,
                context.database_collation,
                context.utf8mb4_collation,
            ),
        )?;
        self.make(py, "Query", (header, query.thread_id, query.database, sql, query.error_code, context))
    }

    fn gtid_text<'py>(&self, py: Python<'py>, sets: &[GtidIntervals]) -> Object<'py> {
        let all = self.gtid_set.bind(py).call0()?;
        for set in sets {
            let intervals = PyList::new(py, &set.intervals)?;
            all.call_method1("add_intervals", (uuid_text(&set.sid), &set.tag, intervals))?;
        }
        Ok(all.str()?.into_any())
    }

    fn table_map<'py>(&mut self, py: Python<'py>, header: Bound<'py, PyAny>, table: &Arc<Table>) -> Object<'py> {
        let known = self.tables.get(&table.table_id).filter(|known| Arc::ptr_eq(&known.table, table));
        let fields = match known {
            Some(known) => known.fields.bind(py).clone(),
            None => self.table_fields(py, table)?,
        };
        let mut all = vec![header];
        all.extend(fields.iter());
        let made = self.make(py, "TableMap", PyTuple::new(py, all)?)?;
        if self.tables.len() >= TABLES_MAX {
            self.tables.clear();
        }
        let known = KnownTable { table: table.clone(), fields: fields.unbind(), newest: made.clone().unbind() };
        self.tables.insert(table.table_id, known);
        Ok(made)
    }

    fn table_fields<'py>(&self, py: Python<'py>, table: &Table) -> PyResult<Bound<'py, PyTuple>> {
        let details = &table.details;
        let collations = details.collations.as_deref();
        let details = self.make(
            py,
            "TableDetails",
            (
                optional_tuple(py, details.unsigned.as_deref())?,
                optional_tuple(py, collations)?,
                optional_tuple(py, details.names.as_deref())?,
                self.items(py, details.set_values.as_deref(), collations)?,
                self.items(py, details.enum_values.as_deref(), collations)?,
                optional_tuple(py, details.geometry_types.as_deref())?,
                optional_tuple(py, details.primary_key.as_deref())?,
                optional_tuple(py, details.visible.as_deref())?,
                optional_tuple(py, details.vector_dimensions.as_deref())?,
            ),
        )?;
        let types: Vec<u32> = table.column_types.iter().map(|kind| u32::from(*kind)).collect();
        (
            table.table_id,
            &table.database,
            &table.table,
            PyTuple::new(py, types)?,
            PyTuple::new(py, &table.metadata)?,
            PyTuple::new(py, &table.nullable)?,
            details,
        )
            .into_pyobject(py)
    }

    /// Items of ENUM or SET columns as text, in the character set of each column.
    fn items<'py>(
        &self,
        py: Python<'py>,
        items: Option<&[Vec<Vec<u8>>]>,
        collations: Option<&[Option<u64>]>,
    ) -> Object<'py> {
        let Some(items) = items else {
            return Ok(py.None().into_bound(py));
        };
        let mut columns = Vec::with_capacity(items.len());
        for (i, of_column) in items.iter().enumerate() {
            let collation = collations.and_then(|collations| collations.get(i).copied().flatten());
            let codec = self.codec_of.bind(py).call1((collation,))?;
            let mut texts = Vec::with_capacity(of_column.len());
            for item in of_column {
                texts.push(PyBytes::new(py, item).call_method1("decode", (&codec, "replace"))?);
            }
            columns.push(PyTuple::new(py, texts)?);
        }
        Ok(PyTuple::new(py, columns)?.into_any())
    }

    fn rows<'py>(&mut self, py: Python<'py>, header: Bound<'py, PyAny>, rows: Rows) -> Object<'py> {
        let known = self.tables.get(&rows.table.table_id).filter(|known| Arc::ptr_eq(&known.table, &rows.table));
        let table_map = match known {
            Some(known) => known.newest.bind(py).clone(),
            None => {
                let table_header = self.header(py, &rows.table_header)?;
                self.table_map(py, table_header, &rows.table)?
            }
        };
        let kind = match rows.kind {
            Kind::Create => "c",
            Kind::Update => "u",
            Kind::Delete => "d",
        };
        let flags = |present: &Option<Present>| optional_tuple(py, present.as_ref().map(Present::flags).as_deref());
        let (before, after) = (flags(&rows.body.before)?, flags(&rows.body.after)?);
        let body = Bound::new(py, RowBody::new(rows.body, self.changed_json.clone_ref(py)))?;
        self.make(py, "Rows", (header, kind, table_map, before, after, body, rows.last_of_statement))
    }
}

fn optional_tuple<'py, T>(py: Python<'py>, values: Option<&[T]>) -> Object<'py>
where
    T: Clone + IntoPyObject<'py>,
{
    match values {
        Some(values) => Ok(PyTuple::new(py, values.to_vec())?.into_any()),
        None => Ok(py.None().into_bound(py)),
    }
}
