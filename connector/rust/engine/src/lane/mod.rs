//! The lane for what most of a log is: whole transactions that change rows of tables which are known already.
//!
//! They are encoded as soon as they are decoded, and nobody sees their events. Whatever is not of that kind leaves the
//! lane as events: statements, transactions that are cut by the end of what came, rows that no plan can encode, tables
//! that nobody told of. After a statement nothing is known any more, and the lane waits until somebody sets it up anew.

mod run;

use crate::event_types::event;
use crate::events::{Content, Event, Kind, Rows as RowsEvent};
use crate::plan::rows::RowSource;
use crate::plan::{EventRows, Facts, Plan, RowKind, Rows};
use crate::table::Table;
pub use run::{Begin, End, Entry, Gtid, Place, Run};
use std::collections::HashMap;
use std::sync::Arc;

/// A longer transaction is not held together.
const TRANSACTION_BYTES_MAX: usize = 1 << 20;
/// A run of so many bytes takes no further transaction: what it is encoded to is still in a processor's cache when it is
/// sent, and sending begins while the next one is encoded.
const RUN_BYTES_MAX: usize = 256 << 10;
/// Records may be many times as long as their events. A run that has so many bytes of them takes no further transaction,
/// and a transaction that alone has more is encoded piece by piece by others.
const ENCODED_BYTES_MAX: usize = 8 << 20;
const TABLES_MAX: usize = 4096;

/// What the configuration says.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Creates, updates and deletes are wanted.
    pub kinds: [bool; 3],
    /// A null value follows each delete.
    pub tombstones: bool,
    /// Times are those of commits, where the log has them.
    pub commit_times: bool,
}

/// Where the stream is, outside of a transaction that somebody skips rows of.
#[derive(Debug, Clone, Default)]
pub struct Stand {
    pub file: String,
    pub time_us: Option<i64>,
    /// Completed GTIDs are kept.
    pub gtids: bool,
    /// Of the last transaction that had one.
    pub gtid: Option<String>,
}

/// What is done with a table's rows.
#[derive(Debug, Clone)]
pub enum Use {
    LeftOut,
    /// For creates, updates and deletes the plan, where there is one, and the number of the topic.
    Encoded([Option<(Arc<Plan>, usize)>; 3]),
}

/// What the lane makes of events, in their order.
#[derive(Debug)]
pub enum Item {
    Event(Event),
    Run(Box<Run>),
}

/// See the module.
#[derive(Debug, Default)]
pub struct Lane {
    options: Options,
    stand: Option<Stand>,
    /// By table number.
    tables: HashMap<u64, (Arc<Table>, Use)>,
}

type Clock<'c> = &'c mut dyn FnMut() -> i64;

impl Lane {
    pub fn new(options: Options) -> Self {
        Self { options, ..Self::default() }
    }

    /// The next events come from here. `None`: they are not for the lane.
    pub fn set(&mut self, stand: Option<Stand>) {
        self.stand = stand;
    }

    /// Rows of this table are used so until something else than rows comes.
    pub fn learn(&mut self, table: &Arc<Table>, mut usage: Use) {
        if let Use::Encoded(plans) = &mut usage {
            if plans.iter().flatten().any(|(plan, _)| plan.width != table.column_types.len()) {
                return;
            }
            if let Some((known, Use::Encoded(others))) = self.tables.get(&table.table_id) {
                if Arc::ptr_eq(known, table) {
                    for (plan, other) in plans.iter_mut().zip(others) {
                        *plan = plan.take().or_else(|| other.clone());
                    }
                }
            }
        }
        if self.tables.len() >= TABLES_MAX {
            self.tables.clear();
        }
        self.tables.insert(table.table_id, (table.clone(), usage));
    }

    pub fn forget(&mut self) {
        self.tables.clear();
        self.stand = None;
    }

    /// Divides events into those for others and runs of whole transactions.
    pub fn collect(&mut self, events: Vec<Event>, clock: Clock<'_>) -> Vec<Item> {
        let Some(mut stand) = self.stand.take() else {
            return events.into_iter().map(Item::Event).collect();
        };
        let mut taken = vec![0_usize; events.len()];
        let mut runs: Vec<Run> = Vec::new();
        let mut at = 0;
        while let Some(event) = events.get(at) {
            if begins(event) && !self.tables.is_empty() {
                // A run goes on only right behind its last event.
                let follows = at > 0 && taken.get(at - 1).copied().unwrap_or(0) > 0;
                if !follows || runs.last().is_none_or(full) {
                    runs.push(Run::default());
                }
                let rest = events.get(at..).unwrap_or(&[]);
                let count = runs.last_mut().and_then(|run| self.transaction(rest, &mut stand, run, clock));
                if let Some(count) = count {
                    let number = runs.len();
                    taken.iter_mut().skip(at).take(count).for_each(|place| *place = number);
                    at += count;
                    continue;
                }
                if runs.last().is_some_and(|run| run.transactions.is_empty()) {
                    runs.pop();
                }
            }
            if !self.pass(event, &mut stand) {
                self.forget();
                return items(events, &taken, runs);
            }
            at += 1;
        }
        self.stand = Some(stand);
        items(events, &taken, runs)
    }

    /// Notes what an event that is not taken tells; false for one after which nothing is known.
    fn pass(&self, event: &Event, stand: &mut Stand) -> bool {
        match &event.content {
            Content::Rotate(file, _) => stand.file.clone_from(file),
            Content::Query(query) if !matches!(query.sql.as_slice(), b"BEGIN" | b"COMMIT") => return false,
            Content::Incident(..) | Content::XaPrepare { .. } => return false,
            Content::Heartbeat(..) => return true,
            Content::MariadbGtid { domain, sequence, .. } if stand.gtids => {
                let gtid = Gtid::Mariadb { domain: *domain, server: event.header.server_id, sequence: *sequence };
                stand.gtid = Some(gtid.to_string());
            }
            Content::MysqlGtid(gtid) if stand.gtids => {
                let gtid = Gtid::Mysql { sid: gtid.sid, tag: gtid.tag.clone(), gno: gtid.gno };
                stand.gtid = Some(gtid.to_string());
            }
            _ => {}
        }
        self.take_time(event, &mut stand.time_us);
        true
    }

    fn take_time(&self, event: &Event, time_us: &mut Option<i64>) {
        if event.header.timestamp == 0 {
            return;
        }
        let own = i64::from(event.header.timestamp) * 1_000_000;
        if time_us.is_none() || !self.options.commit_times {
            *time_us = Some(own);
            return;
        }
        if let Content::MysqlGtid(_) | Content::AnonymousGtid(..) = &event.content {
            let commit = match &event.content {
                Content::MysqlGtid(gtid) => gtid.original_commit_us,
                Content::AnonymousGtid(original, _) => *original,
                _ => None,
            };
            *time_us = Some(commit.and_then(|us| i64::try_from(us).ok()).filter(|us| *us != 0).unwrap_or(own));
        }
    }

    /// Encodes the transaction that the events begin with; answers how many they are. `None`: it is for others.
    fn transaction(&self, events: &[Event], stand: &mut Stand, run: &mut Run, clock: Clock<'_>) -> Option<usize> {
        let count = whole(events)?;
        let mark = run.mark();
        let mut after = stand.clone();
        match self.encoded(events.get(..count)?, &mut after, run, clock) {
            Some(()) => {
                *stand = after;
                Some(count)
            }
            None => {
                run.go_back(mark);
                None
            }
        }
    }

    fn encoded(&self, events: &[Event], stand: &mut Stand, run: &mut Run, clock: Clock<'_>) -> Option<()> {
        let mut done = 0_i64;
        let mut thread = None;
        for event in events {
            let header = &event.header;
            match &event.content {
                Content::MariadbGtid { domain, sequence, .. } => {
                    let gtid = Gtid::Mariadb { domain: *domain, server: header.server_id, sequence: *sequence };
                    begin(run, stand, Some(gtid), header.position());
                    // Debezium has no time before the first event.
                    stand.time_us = stand.time_us.or(Some(i64::from(header.timestamp) * 1_000_000));
                }
                Content::MysqlGtid(gtid) => {
                    let gtid = Gtid::Mysql { sid: gtid.sid, tag: gtid.tag.clone(), gno: gtid.gno };
                    begin(run, stand, Some(gtid), header.position());
                }
                Content::AnonymousGtid(..) => begin(run, stand, None, header.position()),
                Content::Query(query) if query.sql == b"BEGIN" => {
                    run.transactions.last_mut()?.position = header.position();
                    thread = Some(i64::from(query.thread_id));
                    done = 0;
                }
                // Nobody asked for these, so that nobody counts them.
                Content::RowsQuery(_) if header.event_type == event::MARIADB_ANNOTATE_ROWS => continue,
                Content::Rows(rows) => self.rows(event, rows, (stand, thread, done), run, clock)?,
                _ => {}
            }
            done += 1;
            self.take_time(event, &mut stand.time_us);
            run.bytes += usize::try_from(header.length).ok()?;
        }
        let last = &events.last()?.header;
        run.end.position = last.position();
        run.end.length = last.length;
        run.end.server_id = last.server_id;
        run.end.time_us = stand.time_us;
        Some(())
    }

    fn rows(
        &self,
        event: &Event,
        rows: &RowsEvent,
        (stand, thread, done): (&Stand, Option<i64>, i64),
        run: &mut Run,
        clock: Clock<'_>,
    ) -> Option<()> {
        let (table, usage) = self.tables.get(&rows.table.table_id)?;
        if !Arc::ptr_eq(table, &rows.table) {
            return None;
        }
        let (operation, kind) = match rows.kind {
            Kind::Create => (b'c', 0),
            Kind::Update => (b'u', 1),
            Kind::Delete => (b'd', 2),
        };
        let wanted = self.options.kinds.get(kind);
        let Use::Encoded(plans) = usage else {
            return Some(());
        };
        let (plan, topic) = plans.get(kind)?.as_ref()?;
        let images = [&rows.body.before, &rows.body.after];
        let complete = images.into_iter().flatten().all(|image| image.complete());
        if wanted != Some(&true) || !complete || rows.body.partial() {
            return None;
        }
        let data = rows.body.open().ok()?;
        let kinds = match rows.kind {
            Kind::Update => plan.kinds(&rows.body, &data, 0, false),
            _ => Vec::new(),
        };
        if kinds.iter().any(|kind| *kind != RowKind::Changed) {
            return None;
        }
        let time_us = stand.time_us.unwrap_or(0);
        let all = Rows {
            operation,
            facts: Facts {
                time_us,
                file: &stand.file,
                pos: i64::try_from(event.header.position()).ok()?,
                server_id: i64::from(event.header.server_id),
                gtid: stand.gtid.as_deref(),
                thread,
                query: None,
                marker: Some(0),
            },
            transaction: None,
            tombstones: operation == b'd' && self.options.tombstones,
            row: 0,
            limit: usize::MAX,
            bytes: ENCODED_BYTES_MAX * 2,
            kinds: &kinds,
        };
        let first_record = run.records;
        let transaction = run.transactions.len().checked_sub(1)?;
        let batch = run.batch(*topic)?;
        let before = batch.records.len();
        let mut source = EventRows::new(&rows.body, &data, 0);
        let progress = plan.encode(&mut source, &all, &[], clock, batch);
        let whole = !progress.stopped && source.more().is_ok_and(|more| !more);
        if !whole || (!kinds.is_empty() && kinds.len() != progress.rows) {
            return None;
        }
        let records = batch.records.len() - before;
        if progress.rows == 0 {
            return Some(());
        }
        run.records += records;
        if records > 0 {
            run.entries.push(Entry {
                first_record,
                records_a_row: records / progress.rows,
                transaction,
                event: done,
                server_id: event.header.server_id,
                time_sec: time_us.div_euclid(1_000_000),
            });
        }
        run.end.row = Some(progress.rows - 1);
        run.end.changed_us = Some(time_us);
        Some(())
    }
}

fn begin(run: &mut Run, stand: &mut Stand, gtid: Option<Gtid>, position: u64) {
    let gtid = gtid.filter(|_| stand.gtids);
    if let Some(gtid) = &gtid {
        stand.gtid = Some(gtid.to_string());
    }
    run.transactions.push(Begin { gtid, position });
}

fn full(run: &Run) -> bool {
    run.bytes >= RUN_BYTES_MAX || run.encoded() >= ENCODED_BYTES_MAX
}

fn begins(event: &Event) -> bool {
    matches!(event.content, Content::MariadbGtid { .. } | Content::MysqlGtid(_) | Content::AnonymousGtid(..))
}

/// How many events the first transaction has, where it is whole and has nothing but rows.
fn whole(events: &[Event]) -> Option<usize> {
    let mut bytes = 0_usize;
    let mut begun = matches!(events.first()?.content, Content::MariadbGtid { .. });
    for (i, event) in events.iter().enumerate() {
        bytes = bytes.saturating_add(usize::try_from(event.header.length).ok()?);
        if event.header.next_position == 0 || bytes > TRANSACTION_BYTES_MAX {
            return None;
        }
        match &event.content {
            _ if i == 0 => {}
            Content::Query(query) if i == 1 && !begun && query.sql == b"BEGIN" => begun = true,
            Content::TableMap(_) | Content::Rows(_) | Content::RowsQuery(_) if begun => {}
            Content::Xid(_) if begun => return Some(i + 1),
            Content::Query(query) if begun && query.sql == b"COMMIT" => return Some(i + 1),
            _ => return None,
        }
    }
    None
}

fn items(events: Vec<Event>, taken: &[usize], runs: Vec<Run>) -> Vec<Item> {
    let mut runs = runs.into_iter();
    let mut last = 0;
    let mut all = Vec::with_capacity(events.len());
    for (event, number) in events.into_iter().zip(taken.iter().copied()) {
        if number == 0 {
            all.push(Item::Event(event));
        } else if number != last {
            all.extend(runs.next().map(|run| Item::Run(Box::new(run))));
        }
        last = if number == 0 { last } else { number };
    }
    all
}
