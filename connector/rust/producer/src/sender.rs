//! The thread that sends one broker its batches: one request at a time, the next one is compressed meanwhile.

use crate::backoff::Backoff;
use crate::connection::{Connection, Trouble};
use crate::errors::{verdict, Verdict};
use crate::queue::{Nothing, Piece, Taken};
use crate::record_batch::{Facts, Packed};
use crate::reports::code;
use crate::shared::{Shared, State};
use kafka_protocol::messages::produce_request::{PartitionProduceData, TopicProduceData};
use kafka_protocol::messages::{ProduceRequest, ProduceResponse, TopicName};
use kafka_protocol::protocol::StrBytes;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Instant;

const PRODUCE_VERSION: i16 = 11;
const REQUEST_TIMED_OUT: i16 = 7;
const UNKNOWN_SERVER_ERROR: i16 = -1;
/// Uncompressed bytes in a request, unless one batch has more.
const REQUEST_BYTES: usize = 8 << 20;

/// A partition that is ours until the broker has answered.
struct Held {
    partition: usize,
    topic: Arc<str>,
    number: i32,
    current: Packed,
    /// Compressed while the current one was under way.
    next: Option<Packed>,
}

struct Sender {
    shared: Arc<Shared>,
    broker: i32,
    connection: Option<Connection>,
    backoff: Backoff,
    held: Vec<Held>,
}

/// Runs until the producer ends.
pub fn run(shared: Arc<Shared>, broker: i32) {
    let backoff = Backoff::new(shared.settings.reconnect_backoff);
    let mut sender = Sender { shared, broker, connection: None, backoff, held: Vec::new() };
    while sender.fill() {
        match sender.exchange() {
            Ok(answer) => sender.settle(&answer),
            Err(trouble) => sender.lose(&trouble),
        }
    }
}

impl Sender {
    /// Takes what is to be sent, and waits for it if nothing is held; false when the producer ends.
    fn fill(&mut self) -> bool {
        let shared = self.shared.clone();
        let settings = &shared.settings;
        let mut state = shared.lock();
        let taken = loop {
            if state.stopped {
                return false;
            }
            let now = Instant::now();
            match state.queue.take(self.broker, settings.linger, REQUEST_BYTES, now) {
                Ok(taken) => break taken,
                Err(_) if !self.held.is_empty() => break Vec::new(),
                Err(Nothing::Until(due)) => {
                    state = shared.wait_for_work(state, Some(due.duration_since(now)));
                }
                Err(Nothing::ForNow) => state = shared.wait_for_work(state, None),
            }
        };
        drop(state);
        for piece in taken {
            self.hold(piece);
        }
        self.stamp();
        true
    }

    fn hold(&mut self, taken: Taken) {
        let Taken { partition, topic, number, piece } = taken;
        match packed(&self.shared, piece) {
            Ok(current) => self.held.push(Held { partition, topic, number, current, next: None }),
            Err((facts, text)) => {
                let mut state = self.shared.lock();
                state.queue.unpackable(partition, &facts, &text);
                state.queue.give_back(partition, std::iter::empty(), None);
            }
        }
    }

    fn stamp(&mut self) {
        let shared = self.shared.clone();
        let mut back = Vec::new();
        for (place, held) in self.held.iter_mut().enumerate().filter(|(_, held)| held.current.stamp.is_none()) {
            let stamp = shared.lock().queue.next_stamp(held.partition, held.current.facts.count);
            match stamp {
                Some((identity, sequence)) => held.current.stamp(identity, sequence),
                None => back.push(place),
            }
        }
        for place in back.into_iter().rev() {
            let held = self.held.swap_remove(place);
            give_back(&mut shared.lock(), held, None);
        }
    }

    /// Sends what is held, and compresses what comes next until the answer is there.
    fn exchange(&mut self) -> Result<ProduceResponse, Trouble> {
        if self.held.is_empty() {
            return Ok(ProduceResponse::default());
        }
        let mut connection = match self.connection.take() {
            Some(connection) => connection,
            None => self.connect()?,
        };
        for held in &mut self.held {
            held.current.attempts += 1;
        }
        let request = self.request();
        // From here on the broker may have it.
        let was: Vec<bool> = self.held.iter().map(|held| held.current.maybe_stored).collect();
        self.held.iter_mut().for_each(|held| held.current.maybe_stored = true);
        let pending = connection.send(&request, PRODUCE_VERSION)?;
        drop(request);
        self.prepare();
        let answer = connection.receive::<ProduceRequest>(pending)?;
        self.held.iter_mut().zip(was).for_each(|(held, was)| held.current.maybe_stored = was);
        self.connection = Some(connection);
        self.backoff.reset();
        Ok(answer)
    }

    fn connect(&self) -> Result<Connection, Trouble> {
        let endpoint = self.shared.lock().cluster.brokers.get(&self.broker).cloned();
        let endpoint =
            endpoint.ok_or_else(|| Trouble::Protocol(format!("broker {} left the cluster", self.broker)))?;
        let connection = Connection::open(&endpoint, &self.shared.settings)
            .map_err(|trouble| Trouble::Protocol(format!("{endpoint}: {trouble}")))?;
        match self.shared.lock().register(self.broker, connection.handle()?) {
            true => Ok(connection),
            false => Err(Trouble::Protocol("the producer ends".to_string())),
        }
    }

    fn request(&mut self) -> ProduceRequest {
        let settings = &self.shared.settings;
        let mut topics: Vec<TopicProduceData> = Vec::new();
        self.held.sort_by(|one, other| one.topic.cmp(&other.topic));
        for held in &self.held {
            let records = Some(held.current.bytes.clone());
            let data = PartitionProduceData::default().with_index(held.number).with_records(records);
            match topics.last_mut() {
                Some(last) if last.name.0.as_str() == &*held.topic => last.partition_data.push(data),
                _ => topics.push(
                    TopicProduceData::default()
                        .with_name(TopicName(StrBytes::from_string(held.topic.to_string())))
                        .with_partition_data(vec![data]),
                ),
            }
        }
        ProduceRequest::default()
            .with_transactional_id(None)
            .with_acks(settings.acks)
            .with_timeout_ms(i32::try_from(settings.request.as_millis()).unwrap_or(i32::MAX))
            .with_topic_data(topics)
    }

    /// Compresses the next full batches of the partitions that are held.
    fn prepare(&mut self) {
        let shared = self.shared.clone();
        for held in self.held.iter_mut().filter(|held| held.next.is_none()) {
            let piece = shared.lock().queue.take_next(held.partition, false);
            if let Some(piece) = piece {
                match packed(&shared, piece) {
                    Ok(next) => held.next = Some(next),
                    Err((facts, text)) => shared.lock().queue.unpackable(held.partition, &facts, &text),
                }
            }
        }
    }

    /// Does with each batch what the broker's answer asks for.
    fn settle(&mut self, answer: &ProduceResponse) {
        let mut told: HashMap<(&str, i32), (i16, Option<&str>)> = HashMap::new();
        for topic in &answer.responses {
            for partition in &topic.partition_responses {
                let text = partition.error_message.as_ref().map(StrBytes::as_str);
                told.insert((topic.name.0.as_str(), partition.index), (partition.error_code, text));
            }
        }
        let shared = self.shared.clone();
        let mut guard = shared.lock();
        let state = &mut *guard;
        for held in std::mem::take(&mut self.held) {
            // Nobody knows what became of a batch that the answer says nothing of.
            let (error, text) = told.get(&(&*held.topic, held.number)).copied().unwrap_or((REQUEST_TIMED_OUT, None));
            self.held.extend(self.settled(state, held, error, text.unwrap_or("")));
        }
        let below = state.queue.bytes;
        if state.enough.is_some_and(|enough| below <= enough) || state.queue.records == 0 {
            state.enough = None;
            shared.progress.notify_all();
        }
    }

    /// What is held of a partition after the broker's answer to a batch.
    fn settled(&self, state: &mut State, mut held: Held, error: i16, text: &str) -> Option<Held> {
        let settings = &self.shared.settings;
        match verdict(error) {
            Verdict::Stored => {
                state.queue.stored(&held.current.facts);
                return self.go_on(state, held);
            }
            Verdict::TooLarge if held.current.facts.count > 1 => return self.divide(state, held),
            Verdict::Again { maybe_stored } if !self.exhausted(&held.current) => {
                held.current.maybe_stored |= maybe_stored;
                state.refresh = true;
                self.shared.work.notify_all();
                give_back(state, held, Some(Instant::now() + settings.retry_backoff));
                return None;
            }
            Verdict::AgainAsNew if settings.idempotent && !self.exhausted(&held.current) => {
                if let Some((identity, _)) = held.current.stamp.take() {
                    state.queue.renew(held.partition, identity);
                }
                self.shared.work.notify_all();
                give_back(state, held, Some(Instant::now() + settings.retry_backoff));
                return None;
            }
            _ => {}
        }
        let Held { partition, mut current, next, .. } = held;
        current.maybe_stored |= error == UNKNOWN_SERVER_ERROR;
        state.queue.failed(partition, &Piece::Again(current), i32::from(error), text);
        state.queue.give_back(partition, next.into_iter().map(Piece::Again), None);
        self.shared.progress.notify_all();
        None
    }

    fn exhausted(&self, batch: &Packed) -> bool {
        let settings = &self.shared.settings;
        batch.attempts > settings.retries || settings.delivery.is_some_and(|limit| batch.facts.created.elapsed() > limit)
    }

    /// The next batch of a partition, if there is one for this broker.
    fn go_on(&self, state: &mut State, mut held: Held) -> Option<Held> {
        match held.next.take() {
            Some(next) if state.queue.goes_on(held.partition, self.broker) => {
                held.current = next;
                Some(held)
            }
            next => {
                state.queue.give_back(held.partition, next.into_iter().map(Piece::Again), None);
                None
            }
        }
    }

    /// Sends a batch again as two; its sequence was not used.
    fn divide(&self, state: &mut State, mut held: Held) -> Option<Held> {
        match held.current.split() {
            Some((first, second)) => {
                state.queue.rewind(held.partition, &held.current);
                let mut pieces = vec![Piece::Full(first), Piece::Full(second)];
                pieces.extend(held.next.take().map(Piece::Again));
                state.queue.give_back(held.partition, pieces.into_iter(), None);
            }
            None => {
                state.queue.failed(held.partition, &Piece::Again(held.current), code::MESSAGE_TOO_LARGE, "");
                state.queue.give_back(held.partition, held.next.into_iter().map(Piece::Again), None);
            }
        }
        None
    }

    /// The connection is lost: everything that is held goes back, and is sent again by whoever leads its partition then.
    fn lose(&mut self, trouble: &Trouble) {
        self.connection = None;
        let pause = self.backoff.next();
        let again = Instant::now() + pause;
        let mut guard = self.shared.lock();
        let state = &mut *guard;
        state.forget(self.broker);
        if state.stopped {
            return;
        }
        let level = if matches!(trouble, Trouble::Io(_)) { 6 } else { 4 };
        state.queue.reports.log(level, "SENDER", format!("broker {}: {trouble}", self.broker));
        for held in self.held.drain(..) {
            let over = self.shared.settings.delivery.is_some_and(|limit| held.current.facts.created.elapsed() > limit)
                || held.current.attempts > self.shared.settings.retries;
            if over {
                let Held { partition, current, next, .. } = held;
                state.queue.failed(partition, &Piece::Again(current), code::TIMED_OUT, "");
                state.queue.give_back(partition, next.into_iter().map(Piece::Again), Some(again));
            } else {
                give_back(state, held, Some(again));
            }
        }
        state.refresh = true;
        drop(guard);
        self.shared.work.notify_all();
        self.shared.progress.notify_all();
        self.shared.pause(pause);
    }
}

fn give_back(state: &mut State, held: Held, not_before: Option<Instant>) {
    let Held { partition, current, next, .. } = held;
    let pieces: Vec<Piece> = std::iter::once(current).chain(next).map(Piece::Again).collect();
    state.queue.give_back(partition, pieces.into_iter(), not_before);
}

/// Compresses a batch that is not yet.
fn packed(shared: &Shared, piece: Piece) -> Result<Packed, (Facts, String)> {
    let gathered = match piece {
        Piece::Again(batch) => return Ok(batch),
        Piece::Open(batch) | Piece::Full(batch) => batch,
    };
    let facts = gathered.facts.clone();
    let (packed, memory) = gathered.pack(shared.settings.codec).map_err(|error| (facts, error.to_string()))?;
    shared.lock().queue.keep_spare(memory, shared.settings.batch_bytes);
    Ok(packed)
}
