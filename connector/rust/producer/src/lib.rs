//! A producer for Kafka that takes batches of encoded records and writes Kafka's record batches from them.
//!
//! Records are framed where they are gathered and compressed a batch at a time: no record is an object. Idempotent
//! (KIP-98), with one request under way to a broker. What it does not do (`Refused::Unsupported`) is for librdkafka.

mod backoff;
mod cluster;
mod compression;
mod connection;
mod control;
mod endpoint;
mod errors;
mod marks;
mod murmur2;
mod queue;
mod record_batch;
mod reports;
mod sender;
mod settings;
mod shared;
mod varint;

pub use record_batch::{encode_headers, Message};
pub use reports::{code, Failure, Reports};
pub use settings::{Refused, Settings};

use queue::Piece;
use record_batch::{Gathered, HEADER_BYTES};
use shared::Shared;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// So long a call waits for what brokers tell of a topic.
const TOPIC_WAIT: Duration = Duration::from_millis(100);

/// One producer. Used by one thread at a time; two of its own do the work, and one a broker.
#[derive(Debug)]
pub struct Producer {
    shared: Arc<Shared>,
    /// Bytes of records, uncompressed, that may wait.
    room: usize,
    /// Which partition records without a key go to.
    turn: usize,
}

/// Where a topic's records go.
struct Route {
    partitions: Arc<[usize]>,
    /// False while all of them go to the first.
    known: bool,
    span: u64,
    /// Bytes that wait or are under way.
    under_way: usize,
}

/// Batches that records are added to, by partition.
struct Gathering {
    partition: usize,
    batch: Gathered,
    records: usize,
    bytes: usize,
}

impl Producer {
    pub fn new(settings: Settings, room: usize) -> std::io::Result<Self> {
        let shared = Arc::new(Shared::new(settings));
        let control = shared.clone();
        std::thread::Builder::new().name("kafka-control".to_string()).spawn(move || control::run(control))?;
        Ok(Self { shared, room, turn: 0 })
    }

    /// Takes records in order; answers how many, and what is wrong with the next one. Fewer without a failure: there is
    /// no room, or it is not known yet where the topic is.
    pub fn send<'a>(&mut self, topic: &str, messages: impl Iterator<Item = Message<'a>>) -> (usize, Option<Failure>) {
        self.put(topic, None, now_ms(), messages)
    }

    /// Takes a record, for a partition and of a time, where they are not below zero and zero.
    pub fn send_one(&mut self, topic: &str, message: &Message<'_>, partition: i32, time_ms: i64) -> Result<(), Failure> {
        let time_ms = if time_ms == 0 { now_ms() } else { time_ms };
        match self.put(topic, usize::try_from(partition).ok(), time_ms, std::iter::once(*message)) {
            (_, Some(failure)) => Err(failure),
            (0, None) => Err(Failure { code: code::QUEUE_FULL, ..Failure::default() }),
            _ => Ok(()),
        }
    }

    fn put<'a>(
        &mut self,
        topic: &str,
        partition: Option<usize>,
        time_ms: i64,
        messages: impl Iterator<Item = Message<'a>>,
    ) -> (usize, Option<Failure>) {
        let Route { partitions, known, span, mut under_way } = match self.route(topic, partition.is_some()) {
            Ok(route) => route,
            Err(failure) => return (0, failure),
        };
        let settings = &self.shared.settings;
        let mut gathering: Vec<Gathering> = Vec::new();
        let (mut taken, mut failure) = (0, None);
        for message in messages {
            if HEADER_BYTES + message.size_max() > settings.record_bytes {
                failure = Some(Failure::of_record(code::MESSAGE_TOO_LARGE, topic));
                break;
            }
            if taken > 0 && under_way >= self.room {
                break;
            }
            taken += 1;
            let Some(place) = self.place(&partitions, known, partition, &message) else {
                self.shared.lock().queue.refuse(code::UNKNOWN_PARTITION, topic);
                continue;
            };
            let to = self.gathering(&mut gathering, place);
            if to.batch.facts.count > 0 && to.batch.len() + message.size_max() > settings.batch_bytes {
                let full = std::mem::replace(to, self.open(place));
                self.add(topic, known, full, true);
                self.turn = self.turn.wrapping_add(1);
            }
            let size = to.batch.push(&message, time_ms, span);
            to.records += 1;
            to.bytes += size;
            under_way += size;
        }
        for gathered in gathering {
            self.add(topic, known, gathered, false);
        }
        (taken, failure)
    }

    /// Where a topic's records go. Only who asks for a partition has to wait until it is known how many there are; `Err`
    /// without a failure is for him.
    fn route(&self, topic: &str, wait: bool) -> Result<Route, Option<Failure>> {
        let until = Instant::now() + TOPIC_WAIT;
        let mut guard = self.shared.lock();
        loop {
            if let Some(failure) = &guard.fatal {
                return Err(Some(failure.clone()));
            }
            let state = &mut *guard;
            let found = state.cluster.topic(topic, &mut state.queue);
            if found.known || !wait {
                let (span, under_way) = (state.queue.marks.span(), state.queue.bytes);
                return Ok(Route { partitions: found.partitions.clone(), known: found.known, span, under_way });
            }
            self.shared.work.notify_all();
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err(None);
            }
            guard = self.shared.wait_for_progress(guard, left);
        }
    }

    fn place(&self, partitions: &[usize], known: bool, partition: Option<usize>, message: &Message<'_>) -> Option<usize> {
        let number = match (partition, message.key) {
            (Some(number), _) => number,
            (None, _) if partitions.len() == 1 || !known => 0,
            (None, Some(key)) => murmur2::partition_of(key, partitions.len()),
            (None, None) => self.turn % partitions.len().max(1),
        };
        partitions.get(number).copied()
    }

    fn gathering<'g>(&self, all: &'g mut Vec<Gathering>, partition: usize) -> &'g mut Gathering {
        let found = all.iter().position(|gathering| gathering.partition == partition);
        let at = found.unwrap_or_else(|| {
            all.push(self.open(partition));
            all.len() - 1
        });
        // It was found or pushed just now.
        #[allow(clippy::indexing_slicing)]
        &mut all[at]
    }

    fn open(&self, partition: usize) -> Gathering {
        let batch = self.shared.lock().queue.open_batch(partition);
        Gathering { partition, batch, records: 0, bytes: 0 }
    }

    /// Queues what was gathered, for partitions that were known then, or not.
    fn add(&self, topic: &str, known: bool, gathering: Gathering, full: bool) {
        let Gathering { partition, batch, records, bytes } = gathering;
        let mut guard = self.shared.lock();
        let state = &mut *guard;
        let now = state.cluster.topics.get(topic).map(|topic| (topic.known, topic.partitions.clone()));
        match now {
            Some((true, partitions)) if !known => {
                let batch_bytes = self.shared.settings.batch_bytes;
                state.queue.put_divided(&batch, &partitions, batch_bytes, (records, bytes));
            }
            _ if batch.facts.count == 0 => {}
            _ => {
                let piece = if full { Piece::Full(batch) } else { Piece::Open(batch) };
                state.queue.put(partition, piece, records, bytes);
            }
        }
        if !state.cluster.topics.contains_key(topic) {
            // It was given up meanwhile.
            state.queue.give_up(|place, _| *place.topic == *topic, code::UNKNOWN_TOPIC, "");
        }
        drop(guard);
        self.shared.work.notify_all();
    }

    /// Ends a span of records; answers its number.
    pub fn mark(&self) -> u64 {
        self.shared.lock().queue.marks.mark()
    }

    /// Whether all records that were sent before a mark are acknowledged. Never, if one of them failed.
    pub fn acknowledged(&self, mark: u64) -> bool {
        self.shared.lock().queue.marks.reached(mark)
    }

    /// Reports since the last call.
    pub fn take_reports(&self) -> Reports {
        std::mem::take(&mut self.shared.lock().queue.reports)
    }

    /// The producer's one error after which it is of no more use.
    pub fn fatal_error(&self) -> Option<Failure> {
        self.shared.lock().fatal.clone()
    }

    /// Records that wait or are under way.
    pub fn outstanding(&self) -> usize {
        self.shared.lock().queue.records
    }

    /// Whether records of so many bytes as may wait do.
    pub fn full(&self) -> bool {
        self.shared.lock().queue.bytes >= self.room
    }

    /// Waits until half of what is under way, or of the room if that is less, is done; at most so long.
    pub fn wait_for_room(&self, time: Duration) {
        let until = Instant::now() + time;
        let mut state = self.shared.lock();
        let enough = state.queue.bytes.min(self.room) / 2;
        while state.queue.bytes > enough {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return;
            }
            state.enough = Some(enough);
            state = self.shared.wait_for_progress(state, left);
        }
    }

    /// Waits until everything is delivered or has failed, or the time is over.
    pub fn flush(&self, time: Duration) {
        let until = Instant::now() + time;
        let mut state = self.shared.lock();
        state.queue.hurry = true;
        self.shared.work.notify_all();
        while state.queue.records > 0 && state.fatal.is_none() {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                break;
            }
            state = self.shared.wait_for_progress(state, left);
        }
        state.queue.hurry = false;
    }

    /// Drops what waits or is under way.
    pub fn purge(&self) {
        self.shared.lock().queue.purge();
    }
}

impl Drop for Producer {
    fn drop(&mut self) {
        self.shared.lock().stop();
        self.shared.work.notify_all();
    }
}

fn now_ms() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}
