//! What the lane made of consecutive transactions: their records, and what offsets are told from.

use crate::events::uuid_text;
use crate::plan::Batch;
use std::collections::HashMap;

/// A transaction's GTID.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Gtid {
    Mariadb { domain: u32, server: u32, sequence: u64 },
    Mysql { sid: [u8; 16], tag: Option<String>, gno: i128 },
}

impl std::fmt::Display for Gtid {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Mariadb { domain, server, sequence } => write!(f, "{domain}-{server}-{sequence}"),
            Self::Mysql { sid, tag: Some(tag), gno } => write!(f, "{}:{tag}:{gno}", uuid_text(sid)),
            Self::Mysql { sid, tag: None, gno } => write!(f, "{}:{gno}", uuid_text(sid)),
        }
    }
}

/// Where a transaction begins, for a restart in it.
#[derive(Debug, Clone)]
pub struct Begin {
    pub gtid: Option<Gtid>,
    pub position: u64,
}

/// The records of one row event.
#[derive(Debug, Clone)]
pub struct Entry {
    pub first_record: usize,
    pub records_a_row: usize,
    pub transaction: usize,
    /// Events of the transaction done before it.
    pub event: i64,
    pub server_id: u32,
    pub time_sec: i64,
}

/// A place to go on after a record, within a transaction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    pub transaction: usize,
    pub position: u64,
    pub event: i64,
    /// Rows of the event that are done.
    pub row: usize,
    pub server_id: u32,
    pub time_sec: i64,
}

/// How the last transaction ended.
#[derive(Debug, Clone, Default)]
pub struct End {
    pub position: u64,
    pub length: u32,
    pub server_id: u32,
    pub time_us: Option<i64>,
    /// Number of the last row of the last row event that was encoded, and its time.
    pub row: Option<usize>,
    pub changed_us: Option<i64>,
}

/// Whole transactions, one after another in one file.
#[derive(Debug, Default)]
pub struct Run {
    /// By the number of their topic, in the order in which the topics came.
    pub batches: Vec<(usize, Batch)>,
    pub transactions: Vec<Begin>,
    pub entries: Vec<Entry>,
    pub records: usize,
    /// Of events.
    pub bytes: usize,
    pub end: End,
}

/// What a run had before a transaction was tried.
pub struct Mark {
    batches: Vec<(usize, usize)>,
    transactions: usize,
    entries: usize,
    records: usize,
    bytes: usize,
    end: End,
}

impl Run {
    pub fn mark(&self) -> Mark {
        Mark {
            batches: self.batches.iter().map(|(_, batch)| (batch.data.len(), batch.records.len())).collect(),
            transactions: self.transactions.len(),
            entries: self.entries.len(),
            records: self.records,
            bytes: self.bytes,
            end: self.end.clone(),
        }
    }

    pub fn go_back(&mut self, mark: Mark) {
        self.batches.truncate(mark.batches.len());
        for ((_, batch), (bytes, records)) in self.batches.iter_mut().zip(mark.batches) {
            batch.data.truncate(bytes);
            batch.records.truncate(records);
        }
        self.transactions.truncate(mark.transactions);
        self.entries.truncate(mark.entries);
        self.records = mark.records;
        self.bytes = mark.bytes;
        self.end = mark.end;
    }

    /// Bytes of the records.
    pub fn encoded(&self) -> usize {
        self.batches.iter().map(|(_, batch)| batch.data.len()).sum()
    }

    /// The batch of a topic.
    pub fn batch(&mut self, topic: usize) -> Option<&mut Batch> {
        let known = self.batches.iter().position(|(number, _)| *number == topic);
        let place = known.unwrap_or_else(|| {
            self.batches.push((topic, Batch::default()));
            self.batches.len() - 1
        });
        self.batches.get_mut(place).map(|(_, batch)| batch)
    }

    /// Where to go on after a record, which is counted in the order of the log; `None` for a number that is too large.
    pub fn place(&self, record: usize) -> Option<Place> {
        if record >= self.records {
            return None;
        }
        let after = self.entries.partition_point(|entry| entry.first_record <= record);
        let entry = self.entries.get(after.checked_sub(1)?)?;
        let row = (record - entry.first_record).checked_div(entry.records_a_row)?;
        Some(Place {
            transaction: entry.transaction,
            position: self.transactions.get(entry.transaction)?.position,
            event: entry.event,
            row: row + 1,
            server_id: entry.server_id,
            time_sec: entry.time_sec,
        })
    }

    /// The GTIDs of the first transactions, joined where they follow one another, as sets take them.
    pub fn gtids(&self, transactions: usize) -> Vec<String> {
        let mut joined: Vec<Joined> = Vec::new();
        let mut places: HashMap<Origin<'_>, usize> = HashMap::new();
        for gtid in self.transactions.iter().take(transactions).filter_map(|begin| begin.gtid.as_ref()) {
            let key = match gtid {
                Gtid::Mariadb { domain, .. } => (Some(*domain), [0; 16], None),
                Gtid::Mysql { sid, tag, .. } => (None, *sid, tag.as_deref()),
            };
            let known = places.get(&key).and_then(|place| joined.get_mut(*place));
            if known.is_some_and(|known| known.takes(gtid)) {
                continue;
            }
            places.insert(key, joined.len());
            joined.push(Joined { gtid: gtid.clone(), last: gtid.clone() });
        }
        joined.iter().map(Joined::text).collect()
    }
}

/// What the numbers of GTIDs are counted within: a domain, or a server and a tag.
type Origin<'g> = (Option<u32>, [u8; 16], Option<&'g str>);

/// GTIDs that follow one another; of a MariaDB domain only the last one counts.
struct Joined {
    gtid: Gtid,
    last: Gtid,
}

impl Joined {
    fn takes(&mut self, next: &Gtid) -> bool {
        match (&self.last, next) {
            (Gtid::Mariadb { .. }, _) => self.gtid = next.clone(),
            (Gtid::Mysql { gno, .. }, Gtid::Mysql { gno: following, .. }) if gno.checked_add(1) == Some(*following) => {}
            _ => return false,
        }
        self.last = next.clone();
        true
    }

    fn text(&self) -> String {
        match &self.last {
            Gtid::Mysql { gno, .. } if self.last != self.gtid => format!("{}-{gno}", self.gtid),
            _ => self.gtid.to_string(),
        }
    }
}
