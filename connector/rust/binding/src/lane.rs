//! The lane for whole transactions, shown to Python.

use crate::batch::Batch;
use crate::plan::{now_ns, Plan};
use crate::rows::{RowBody, RowImages};
use pyo3::prelude::*;
use rowtide_engine::events::Event;
use rowtide_engine::lane::{Item, Lane as EngineLane, Options, Run, Stand, Use};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Encodes whole transactions of known tables while they are decoded (`rowtide_engine::lane`).
#[pyclass(frozen, module = "rowtide._native")]
pub struct Lane {
    lane: Mutex<EngineLane>,
}

impl Lane {
    fn lane(&self) -> MutexGuard<'_, EngineLane> {
        self.lane.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn collect(&self, events: Vec<Event>) -> Vec<Item> {
        self.lane().collect(events, &mut now_ns)
    }
}

#[pymethods]
impl Lane {
    /// `kinds`: whether creates, updates and deletes are wanted.
    #[new]
    fn new(kinds: (bool, bool, bool), tombstones: bool, commit_times: bool) -> Self {
        let options = Options { kinds: [kinds.0, kinds.1, kinds.2], tombstones, commit_times };
        Self { lane: Mutex::new(EngineLane::new(options)) }
    }

    /// The next events come from here. `gtids`: whether completed GTIDs are kept.
    fn open(&self, file: String, time_us: Option<i64>, gtids: bool, gtid: Option<String>) {
        self.lane().set(Some(Stand { file, time_us, gtids, gtid }));
    }

    /// The next events are for others.
    fn close(&self) {
        self.lane().set(None);
    }

    /// Tables are known no longer.
    fn forget(&self) {
        self.lane().forget();
    }

    /// Rows of a table like these are encoded, for a topic that has this number; `kinds`: creates, updates, deletes.
    fn encode(&self, images: &RowImages, plan: &Plan, topic: usize, kinds: (bool, bool, bool)) {
        let used = |kind: bool| kind.then(|| (plan.plan.clone(), topic));
        let plans = [used(kinds.0), used(kinds.1), used(kinds.2)];
        self.lane().learn(&images.body.rows.table, Use::Encoded(plans));
    }

    /// Rows of a table like these are left out.
    fn leave_out(&self, rows: &RowBody) {
        self.lane().learn(&rows.body.rows.table, Use::LeftOut);
    }
}

/// Consecutive transactions and their records.
#[pyclass(frozen, module = "rowtide._native")]
pub struct Transactions {
    run: Mutex<Run>,
}

impl Transactions {
    pub fn new(run: Run) -> Self {
        Self { run: Mutex::new(run) }
    }

    fn run(&self) -> MutexGuard<'_, Run> {
        self.run.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

type End = (u64, u32, u32, Option<i64>, Option<usize>, Option<i64>, Option<String>);

#[pymethods]
impl Transactions {
    /// Number of records.
    fn __len__(&self) -> usize {
        self.run().records
    }

    /// Of transactions.
    #[getter]
    fn count(&self) -> usize {
        self.run().transactions.len()
    }

    /// The records by the number of their topic; given once.
    fn take_batches(&self) -> Vec<(usize, Batch)> {
        let batches = std::mem::take(&mut self.run().batches);
        batches.into_iter().map(|(topic, batch)| (topic, Batch { batch })).collect()
    }

    /// GTIDs of the first transactions, joined as sets take them.
    fn gtids(&self, transactions: usize) -> Vec<String> {
        self.run().gtids(transactions)
    }

    /// Where to go on after a record: transaction, position, events, rows, server id, seconds.
    fn place(&self, record: usize) -> Option<(usize, u64, i64, usize, u32, i64)> {
        let place = self.run().place(record)?;
        Some((place.transaction, place.position, place.event, place.row, place.server_id, place.time_sec))
    }

    /// The last event's position, length, server id and time; number and time of the last row; the last GTID.
    fn end(&self) -> End {
        let run = self.run();
        let end = &run.end;
        let gtid = run.transactions.iter().rev().find_map(|begin| begin.gtid.as_ref()).map(ToString::to_string);
        (end.position, end.length, end.server_id, end.time_us, end.row, end.changed_us, gtid)
    }
}
