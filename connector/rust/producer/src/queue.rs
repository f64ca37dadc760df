//! Where records wait, partition by partition, and whose turn it is.
//!
//! A partition's batches leave in order: a sender that holds one keeps the partition until the broker's answer, so that
//! there is one request under way for it at most.

use crate::marks::Marks;
use crate::murmur2::partition_of;
use crate::record_batch::{sequence_after, Facts, Gathered, Identity, Message, Packed};
use crate::reports::{code, Failure, Reports};
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Memory that is kept for the next batches.
const SPARE_MAX: usize = 8;

/// A batch that waits.
#[derive(Debug)]
pub enum Piece {
    /// More records may be added.
    Open(Gathered),
    Full(Gathered),
    /// Was held before.
    Again(Packed),
}

impl Piece {
    pub fn facts(&self) -> &Facts {
        match self {
            Self::Open(batch) | Self::Full(batch) => &batch.facts,
            Self::Again(batch) => &batch.facts,
        }
    }
}

#[derive(Debug)]
pub struct Partition {
    pub topic: Arc<str>,
    pub number: i32,
    pub leader: Option<i32>,
    queue: VecDeque<Piece>,
    held: bool,
    /// Whether its number is in `Queue::ready`.
    listed: bool,
    not_before: Option<Instant>,
    /// Of its records; stays when the producer gets another one.
    identity: Option<Identity>,
    next_sequence: i32,
}

/// A piece that a sender took.
#[derive(Debug)]
pub struct Taken {
    pub partition: usize,
    pub topic: Arc<str>,
    pub number: i32,
    pub piece: Piece,
}

/// Why nothing is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Nothing {
    ForNow,
    Until(Instant),
}

#[derive(Debug, Default)]
pub struct Queue {
    pub partitions: Vec<Partition>,
    /// Partitions with batches that nobody holds.
    ready: VecDeque<usize>,
    /// For partitions that have none.
    pub identity: Option<Identity>,
    pub marks: Marks,
    /// What is not done yet; bytes are uncompressed.
    pub records: usize,
    pub bytes: usize,
    pub reports: Reports,
    /// Somebody waits for everything: nothing lingers.
    pub hurry: bool,
    spare: Vec<Vec<u8>>,
}

impl Queue {
    pub fn add_partition(&mut self, topic: Arc<str>, number: i32, leader: Option<i32>) -> usize {
        self.partitions.push(Partition {
            topic,
            number,
            leader,
            queue: VecDeque::new(),
            held: false,
            listed: false,
            not_before: None,
            identity: None,
            next_sequence: 0,
        });
        self.partitions.len() - 1
    }

    /// The batch that records of a partition are added to, taken out of the queue.
    pub fn open_batch(&mut self, partition: usize) -> Gathered {
        if let Some(place) = self.partitions.get_mut(partition) {
            match place.queue.pop_back() {
                Some(Piece::Open(batch)) => return batch,
                Some(other) => place.queue.push_back(other),
                None => {}
            }
        }
        Gathered::new(self.spare.pop().unwrap_or_default())
    }

    /// Puts it back, with `records` of `bytes` more in it than before.
    pub fn put(&mut self, partition: usize, piece: Piece, records: usize, bytes: usize) {
        self.count(records, bytes);
        let Some(place) = self.partitions.get_mut(partition) else {
            return;
        };
        place.queue.push_back(piece);
        self.list(partition);
    }

    /// Divides what waits for a topic's first partition among all, now that they are known.
    pub fn spread(&mut self, partitions: &[usize], batch_bytes: usize) {
        let Some(waiting) = partitions.first().and_then(|first| self.partitions.get_mut(*first)) else {
            return;
        };
        let pieces = std::mem::take(&mut waiting.queue);
        for piece in pieces {
            // Nobody has had them yet.
            if let Piece::Open(batch) | Piece::Full(batch) = piece {
                self.divide(&batch, partitions, batch_bytes);
            }
        }
    }

    /// Adds a batch's records to those of their partitions; they are counted already.
    fn divide(&mut self, batch: &Gathered, partitions: &[usize], batch_bytes: usize) {
        let any = self.records;
        for (message, time_ms, span) in batch.each() {
            let number = message.key.map_or(any, |key| partition_of(key, partitions.len()));
            if let Some(partition) = partitions.get(number % partitions.len()) {
                self.move_record(*partition, &message, time_ms, span, batch_bytes);
            }
        }
        for partition in partitions {
            self.list(*partition);
        }
    }

    /// As `put`, for records that were gathered before their topic's partitions were known.
    pub fn put_divided(&mut self, batch: &Gathered, partitions: &[usize], batch_bytes: usize, (records, bytes): (usize, usize)) {
        self.count(records, bytes);
        self.divide(batch, partitions, batch_bytes);
    }

    fn count(&mut self, records: usize, bytes: usize) {
        self.records += records;
        self.bytes += bytes;
        let span = self.marks.span();
        self.marks.sent(span, records);
    }

    fn move_record(&mut self, partition: usize, message: &Message<'_>, time_ms: i64, span: u64, batch_bytes: usize) {
        let mut batch = self.open_batch(partition);
        let full = batch.facts.count > 0 && batch.len() + message.size_max() > batch_bytes;
        if let Some(place) = self.partitions.get_mut(partition) {
            if full {
                place.queue.push_back(Piece::Full(std::mem::replace(&mut batch, Gathered::new(Vec::new()))));
            }
            batch.push(message, time_ms, span);
            place.queue.push_back(Piece::Open(batch));
        }
    }

    /// A record that belongs nowhere counts as sent, and as failed.
    pub fn refuse(&mut self, code: i32, topic: &str) {
        let span = self.marks.span();
        self.marks.sent(span, 1);
        self.reports.delivery(Failure::of_record(code, topic));
    }

    /// Memory that a batch used.
    pub fn keep_spare(&mut self, memory: Vec<u8>, longest: usize) {
        if self.spare.len() < SPARE_MAX && memory.capacity() <= 2 * longest {
            self.spare.push(memory);
        }
    }

    /// Takes what `broker` is to get next: a batch of each of its partitions, of at most so many bytes together.
    pub fn take(&mut self, broker: i32, linger: Duration, mut bytes: usize, now: Instant) -> Result<Vec<Taken>, Nothing> {
        let mut taken = Vec::new();
        let mut later: Option<Instant> = None;
        for _ in 0..self.ready.len() {
            let Some(number) = self.ready.pop_front() else {
                break;
            };
            let may = match self.partitions.get(number) {
                Some(place) if place.leader == Some(broker) => self.due(place, linger),
                _ => Err(None),
            };
            match may {
                Ok(due) if due.is_none_or(|due| due <= now) && (bytes > 0 || taken.is_empty()) => {
                    if let Some(piece) = self.hold(number) {
                        bytes = bytes.saturating_sub(piece.piece.facts().size);
                        taken.push(piece);
                    }
                    continue;
                }
                Ok(Some(due)) if due > now => later = Some(later.map_or(due, |earlier| earlier.min(due))),
                _ => {}
            }
            self.ready.push_back(number);
        }
        match (taken.is_empty(), later) {
            (false, _) => Ok(taken),
            (true, Some(due)) => Err(Nothing::Until(due)),
            (true, None) => Err(Nothing::ForNow),
        }
    }

    /// When the first batch may leave; `Err` when nobody knows.
    fn due(&self, place: &Partition, linger: Duration) -> Result<Option<Instant>, Option<Instant>> {
        if place.identity.or(self.identity).is_none() {
            return Err(None);
        }
        let lingers = match place.queue.front() {
            Some(Piece::Open(batch)) if !linger.is_zero() && !self.hurry => Some(batch.facts.created + linger),
            Some(_) => None,
            None => return Err(None),
        };
        Ok(place.not_before.max(lingers))
    }

    fn hold(&mut self, number: usize) -> Option<Taken> {
        let place = self.partitions.get_mut(number)?;
        place.listed = false;
        let piece = place.queue.pop_front()?;
        place.held = true;
        place.not_before = None;
        Some(Taken { partition: number, topic: place.topic.clone(), number: place.number, piece })
    }

    /// The next batch of a partition that the sender holds; only a full one unless `any`.
    pub fn take_next(&mut self, partition: usize, any: bool) -> Option<Piece> {
        let queue = &mut self.partitions.get_mut(partition)?.queue;
        match queue.front() {
            Some(Piece::Open(_)) if !any => None,
            _ => queue.pop_front(),
        }
    }

    /// Whether a held partition may go on at once.
    pub fn goes_on(&self, partition: usize, broker: i32) -> bool {
        self.partitions.get(partition).is_some_and(|place| {
            place.leader == Some(broker) && place.identity.or(self.identity).is_some()
        })
    }

    /// What to stamp a partition's next batch with.
    pub fn next_stamp(&mut self, partition: usize, count: i32) -> Option<(Identity, i32)> {
        let own = self.identity;
        let place = self.partitions.get_mut(partition)?;
        if place.identity.is_none() {
            place.next_sequence = 0;
        }
        place.identity = place.identity.or(own);
        let sequence = place.next_sequence;
        place.next_sequence = sequence_after(sequence, count);
        Some((place.identity?, sequence))
    }

    /// Gives a held partition back, with batches that go first, in order.
    pub fn give_back(&mut self, partition: usize, batches: impl DoubleEndedIterator<Item = Piece>, not_before: Option<Instant>) {
        if let Some(place) = self.partitions.get_mut(partition) {
            for batch in batches.rev() {
                place.queue.push_front(batch);
            }
            place.held = false;
            place.not_before = not_before;
        }
        self.list(partition);
    }

    fn list(&mut self, partition: usize) {
        if let Some(place) = self.partitions.get_mut(partition) {
            if !place.listed && !place.held && !place.queue.is_empty() {
                place.listed = true;
                self.ready.push_back(partition);
            }
        }
    }

    /// A batch is stored.
    pub fn stored(&mut self, facts: &Facts) {
        for (span, count) in &facts.spans {
            self.marks.acknowledged(*span, *count);
        }
        self.done(facts);
    }

    /// A batch is given up. Its records stay counted in their spans: nothing behind them may be taken for acknowledged.
    pub fn failed(&mut self, partition: usize, piece: &Piece, code: i32, text: &str) {
        let topic = self.topic(partition);
        self.reports.delivery(Failure { text: text.to_string(), ..Failure::of_record(code, &topic) });
        self.done(piece.facts());
        match piece {
            Piece::Again(batch @ Packed { stamp: Some((identity, _)), .. }) if batch.maybe_stored => {
                self.renew(partition, *identity);
            }
            Piece::Again(batch) => self.rewind(partition, batch),
            _ => {}
        }
    }

    /// Gives up a batch that cannot be compressed.
    pub fn unpackable(&mut self, partition: usize, facts: &Facts, text: &str) {
        let topic = self.topic(partition);
        self.reports.delivery(Failure { text: text.to_string(), ..Failure::of_record(code::INVALID_ARGUMENT, &topic) });
        self.done(facts);
    }

    /// The newest batch was surely not stored: its sequence is the next one's.
    pub fn rewind(&mut self, partition: usize, batch: &Packed) {
        if let (Some((identity, sequence)), Some(place)) = (batch.stamp, self.partitions.get_mut(partition)) {
            if place.identity == Some(identity) {
                place.next_sequence = sequence;
            }
        }
    }

    fn topic(&self, partition: usize) -> String {
        self.partitions.get(partition).map_or_else(String::new, |place| place.topic.to_string())
    }

    /// The partition's records need another identity: nobody knows which sequence comes next.
    pub fn renew(&mut self, partition: usize, old: Identity) {
        if let Some(place) = self.partitions.get_mut(partition) {
            place.identity = None;
        }
        if self.identity == Some(old) {
            self.identity = None;
        }
    }

    fn done(&mut self, facts: &Facts) {
        self.records = self.records.saturating_sub(usize::try_from(facts.count).unwrap_or(0));
        self.bytes = self.bytes.saturating_sub(facts.size);
    }

    /// Gives up what nobody holds, from the front of each partition as far as `which` says.
    pub fn give_up(&mut self, which: impl Fn(&Partition, &Facts) -> bool, code: i32, text: &str) {
        for number in 0..self.partitions.len() {
            while let Some(place) = self.partitions.get_mut(number) {
                if place.held || !place.queue.front().is_some_and(|piece| which(place, piece.facts())) {
                    break;
                }
                if let Some(piece) = place.queue.pop_front() {
                    self.failed(number, &piece, code, text);
                }
            }
        }
    }

    /// Forgets everything that waits.
    pub fn purge(&mut self) {
        for place in &mut self.partitions {
            place.queue.clear();
        }
        self.records = 0;
        self.bytes = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compression::Codec;

    const ME: Identity = Identity { id: 1, epoch: 0 };

    fn queue() -> Queue {
        let mut queue = Queue { identity: Some(ME), ..Queue::default() };
        queue.add_partition("t".into(), 0, Some(1));
        queue
    }

    fn add(queue: &mut Queue, values: &[&str]) {
        let mut batch = queue.open_batch(0);
        let mut bytes = 0;
        for value in values {
            let message = Message { key: None, value: Some(value.as_bytes()), headers: &[0] };
            bytes += batch.push(&message, 0, queue.marks.span());
        }
        queue.put(0, Piece::Open(batch), values.len(), bytes);
    }

    fn take(queue: &mut Queue) -> Result<Vec<Taken>, Nothing> {
        queue.take(1, Duration::ZERO, 100, Instant::now())
    }

    fn packed(queue: &mut Queue) -> Option<Packed> {
        let taken = take(queue).ok()?.pop()?;
        let mut packed = match taken.piece {
            Piece::Open(batch) | Piece::Full(batch) => batch.pack(Codec::None).ok()?.0,
            Piece::Again(packed) => packed,
        };
        if packed.stamp.is_none() {
            let (identity, sequence) = queue.next_stamp(0, packed.facts.count)?;
            packed.stamp(identity, sequence);
        }
        Some(packed)
    }

    #[test]
    fn records_gather_until_they_are_taken_and_then_wait_for_the_answer() {
        let mut queue = queue();
        add(&mut queue, &["a"]);
        add(&mut queue, &["b"]);
        let first = packed(&mut queue);
        assert_eq!(first.as_ref().map(|batch| batch.facts.count), Some(2));
        add(&mut queue, &["c"]);
        assert_eq!(take(&mut queue).err(), Some(Nothing::ForNow), "one request for a partition at a time");
        let mark = queue.marks.mark();
        if let Some(first) = first {
            queue.stored(&first.facts);
        }
        assert!(!queue.marks.reached(mark));
        queue.give_back(0, std::iter::empty(), None);
        let second = packed(&mut queue);
        assert_eq!(second.as_ref().and_then(|batch| batch.stamp), Some((ME, 2)));
        if let Some(second) = second {
            queue.stored(&second.facts);
        }
        assert!(queue.marks.reached(mark));
        assert_eq!((queue.records, queue.bytes), (0, 0));
    }

    #[test]
    fn what_is_given_back_comes_first_under_its_old_sequence() {
        let mut queue = queue();
        add(&mut queue, &["a"]);
        let first = packed(&mut queue);
        add(&mut queue, &["b"]);
        queue.give_back(0, first.into_iter().map(Piece::Again), None);
        assert_eq!(packed(&mut queue).and_then(|batch| batch.stamp), Some((ME, 0)));
    }

    #[test]
    fn a_batch_that_was_surely_refused_leaves_its_sequence_to_the_next() {
        let mut queue = queue();
        add(&mut queue, &["a", "b"]);
        if let Some(first) = packed(&mut queue) {
            queue.failed(0, &Piece::Again(first), 29, "");
        }
        add(&mut queue, &["c"]);
        queue.give_back(0, std::iter::empty(), None);
        assert_eq!(packed(&mut queue).and_then(|batch| batch.stamp), Some((ME, 0)));
        assert_eq!(queue.reports.deliveries.len(), 1);
    }

    #[test]
    fn after_one_that_may_be_stored_the_partition_waits_for_a_new_identity() {
        let mut queue = queue();
        add(&mut queue, &["a"]);
        if let Some(mut first) = packed(&mut queue) {
            first.maybe_stored = true;
            queue.failed(0, &Piece::Again(first), -192, "");
        }
        add(&mut queue, &["b"]);
        queue.give_back(0, std::iter::empty(), None);
        assert_eq!(take(&mut queue).err(), Some(Nothing::ForNow));
        queue.identity = Some(Identity { id: 2, epoch: 0 });
        assert_eq!(packed(&mut queue).and_then(|batch| batch.stamp), Some((Identity { id: 2, epoch: 0 }, 0)));
    }

    #[test]
    fn records_linger_unless_somebody_waits_for_them() {
        let mut queue = queue();
        add(&mut queue, &["a"]);
        let linger = Duration::from_secs(3600);
        assert!(matches!(queue.take(1, linger, 100, Instant::now()), Err(Nothing::Until(_))));
        queue.hurry = true;
        assert!(queue.take(1, linger, 100, Instant::now()).is_ok());
    }

    #[test]
    fn records_of_a_topic_find_their_partitions_when_these_are_known() {
        let mut queue = queue();
        queue.add_partition("t".into(), 1, Some(1));
        let mut batch = queue.open_batch(0);
        let mut bytes = 0;
        for number in 0..20_u8 {
            bytes += batch.push(&Message { key: Some(&[number]), value: None, headers: &[0] }, i64::from(number), 0);
        }
        let mut late = Gathered::new(Vec::new());
        late.push(&Message { key: Some(&[20]), value: None, headers: &[0] }, 20, 0);
        queue.put(0, Piece::Open(batch), 20, bytes);
        queue.spread(&[0, 1], 100);
        queue.put_divided(&late, &[0, 1], 100, (1, 1));
        let mut seen = 0;
        while let Ok(taken) = queue.take(1, Duration::ZERO, 1000, Instant::now()) {
            for taken in taken {
                if let Piece::Open(batch) | Piece::Full(batch) = taken.piece {
                    assert!(batch.len() <= 100);
                    for (message, time_ms, _) in batch.each() {
                        assert_eq!(message.key.map(|key| partition_of(key, 2)), Some(taken.partition));
                        assert_eq!(message.key.and_then(<[u8]>::first).copied().map(i64::from), Some(time_ms));
                        seen += 1;
                    }
                }
                queue.give_back(taken.partition, std::iter::empty(), None);
            }
        }
        assert_eq!((seen, queue.records), (21, 21));
    }

    #[test]
    fn another_brokers_partition_is_left_alone() {
        let mut queue = queue();
        add(&mut queue, &["a"]);
        assert_eq!(queue.take(2, Duration::ZERO, 100, Instant::now()).err(), Some(Nothing::ForNow));
        assert!(take(&mut queue).is_ok());
    }

    #[test]
    fn what_is_given_up_is_told_and_never_acknowledged() {
        let mut queue = queue();
        add(&mut queue, &["a", "b"]);
        let mark = queue.marks.mark();
        queue.give_up(|_, _| true, 3, "");
        assert_eq!((queue.records, queue.bytes, queue.reports.deliveries.len()), (0, 0, 1));
        assert!(!queue.marks.reached(mark));
        assert_eq!(take(&mut queue).err(), Some(Nothing::ForNow));
    }
}
