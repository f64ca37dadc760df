//! Record batches as Kafka stores and sends them (format 2, KIP-98): gathering records, packing and stamping them.

use crate::compression::Codec;
use crate::varint;
use bytes::{Bytes, BytesMut};
use std::io;
use std::time::Instant;

/// Bytes before the first record.
pub const HEADER_BYTES: usize = 61;
/// The length does not count itself and the offset before it.
const LENGTH_FROM: usize = 12;
const CRC_AT: usize = 17;
const CRC_FROM: usize = 21;
const PRODUCER_AT: usize = 43;
const NO_SEQUENCE: i32 = -1;
const NO_LEADER_EPOCH: i32 = -1;
const MAGIC: u8 = 2;

/// Who a broker takes the records for; with the sequence it knows those that it has already (KIP-98).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Identity {
    pub id: i64,
    pub epoch: i16,
}

impl Identity {
    /// Of a producer that is not idempotent.
    pub const NOBODY: Self = Self { id: -1, epoch: -1 };
}

/// What is sent. The headers are those of `encode_headers`.
#[derive(Debug, Clone, Copy)]
pub struct Message<'a> {
    pub key: Option<&'a [u8]>,
    pub value: Option<&'a [u8]>,
    pub headers: &'a [u8],
}

impl Message<'_> {
    /// At most so many bytes in a batch.
    pub fn size_max(&self) -> usize {
        const LENGTHS_MAX: usize = 5 * 4 + 10 + 1;
        let parts = [self.key.unwrap_or(&[]), self.value.unwrap_or(&[]), self.headers];
        LENGTHS_MAX + parts.iter().map(|part| part.len()).sum::<usize>()
    }
}

/// A list of headers as every record has it. `None` if a name or value is too long.
pub fn encode_headers(headers: &[(String, Option<Vec<u8>>)]) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    varint::put(&mut bytes, i64::try_from(headers.len()).ok()?);
    for (name, value) in headers {
        varint::put(&mut bytes, i64::from(i32::try_from(name.len()).ok()?));
        bytes.extend_from_slice(name.as_bytes());
        put_bytes(&mut bytes, value.as_deref());
    }
    i32::try_from(bytes.len()).is_ok().then_some(bytes)
}

/// Of which spans (see `marks`) a batch's records are, in order.
pub type Spans = Vec<(u64, usize)>;

/// What is known of a batch besides its bytes.
#[derive(Debug, Clone)]
pub struct Facts {
    pub count: i32,
    /// Bytes of the records, uncompressed.
    pub size: usize,
    pub spans: Spans,
    pub created: Instant,
}

/// Records that are gathered, not compressed yet.
#[derive(Debug)]
pub struct Gathered {
    records: Vec<u8>,
    base_time: i64,
    max_time: i64,
    pub facts: Facts,
}

impl Gathered {
    /// An empty one that uses the memory of `records`.
    pub fn new(mut records: Vec<u8>) -> Self {
        records.clear();
        let facts = Facts { count: 0, size: 0, spans: Vec::new(), created: Instant::now() };
        Self { records, base_time: 0, max_time: 0, facts }
    }

    /// Bytes so far, uncompressed.
    pub fn len(&self) -> usize {
        HEADER_BYTES + self.records.len()
    }

    /// Adds a record; answers its bytes.
    pub fn push(&mut self, message: &Message<'_>, time_ms: i64, span: u64) -> usize {
        let before = self.records.len();
        if self.facts.count == 0 {
            self.base_time = time_ms;
            self.max_time = time_ms;
        }
        self.max_time = self.max_time.max(time_ms);
        put_record(&mut self.records, message, i64::from(self.facts.count), time_ms - self.base_time);
        self.facts.count += 1;
        match self.facts.spans.last_mut() {
            Some((last, count)) if *last == span => *count += 1,
            _ => self.facts.spans.push((span, 1)),
        }
        let size = self.records.len() - before;
        self.facts.size += size;
        size
    }

    /// The records with their times and spans.
    pub fn each(&self) -> impl Iterator<Item = (Message<'_>, i64, u64)> {
        each(&self.records, self.base_time, &self.facts.spans)
    }

    /// The batch as it is sent, but for who sends it; and the memory of the records.
    pub fn pack(self, codec: Codec) -> io::Result<(Packed, Vec<u8>)> {
        let mut bytes = Vec::with_capacity(HEADER_BYTES + self.records.len() / 4);
        bytes.resize(HEADER_BYTES, 0);
        codec.compress(&self.records, &mut bytes)?;
        let length = i32::try_from(bytes.len() - LENGTH_FROM).map_err(io::Error::other)?;
        let mut header = Vec::with_capacity(HEADER_BYTES);
        header.extend_from_slice(&0_i64.to_be_bytes());
        header.extend_from_slice(&length.to_be_bytes());
        header.extend_from_slice(&NO_LEADER_EPOCH.to_be_bytes());
        header.push(MAGIC);
        header.extend_from_slice(&0_u32.to_be_bytes());
        header.extend_from_slice(&codec.attribute().to_be_bytes());
        header.extend_from_slice(&(self.facts.count - 1).to_be_bytes());
        header.extend_from_slice(&self.base_time.to_be_bytes());
        header.extend_from_slice(&self.max_time.to_be_bytes());
        header.extend_from_slice(&Identity::NOBODY.id.to_be_bytes());
        header.extend_from_slice(&Identity::NOBODY.epoch.to_be_bytes());
        header.extend_from_slice(&NO_SEQUENCE.to_be_bytes());
        header.extend_from_slice(&self.facts.count.to_be_bytes());
        overwrite(&mut bytes, 0, &header);
        let base_time = self.base_time;
        let bytes = Bytes::from(bytes);
        let packed = Packed { bytes, codec, base_time, facts: self.facts, stamp: None, attempts: 0, maybe_stored: false };
        Ok((packed, self.records))
    }
}

/// A batch that can be sent once it is stamped.
#[derive(Debug)]
pub struct Packed {
    pub bytes: Bytes,
    codec: Codec,
    base_time: i64,
    pub facts: Facts,
    /// Kept when it is sent again, so that a broker that has the batch knows it.
    pub stamp: Option<(Identity, i32)>,
    pub attempts: u32,
    /// It was sent, and nobody said what became of it.
    pub maybe_stored: bool,
}

impl Packed {
    pub fn stamp(&mut self, identity: Identity, sequence: i32) {
        self.stamp = Some((identity, sequence));
        let sequence = if identity == Identity::NOBODY { NO_SEQUENCE } else { sequence };
        let mut fields = Vec::with_capacity(14);
        fields.extend_from_slice(&identity.id.to_be_bytes());
        fields.extend_from_slice(&identity.epoch.to_be_bytes());
        fields.extend_from_slice(&sequence.to_be_bytes());
        let bytes = std::mem::take(&mut self.bytes);
        let mut bytes = bytes.try_into_mut().unwrap_or_else(|shared| BytesMut::from(shared.as_ref()));
        overwrite(&mut bytes, PRODUCER_AT, &fields);
        let crc = crc32c::crc32c(bytes.get(CRC_FROM..).unwrap_or(&[]));
        overwrite(&mut bytes, CRC_AT, &crc.to_be_bytes());
        self.bytes = bytes.freeze();
    }

    /// Two batches with half of the records each, for a broker that takes none so long. `None` for a single record.
    pub fn split(&self) -> Option<(Gathered, Gathered)> {
        let plain = self.codec.decompress(self.bytes.get(HEADER_BYTES..)?).ok()?;
        let half = usize::try_from(self.facts.count).ok()? / 2;
        if half == 0 {
            return None;
        }
        let mut halves = (Gathered::new(Vec::new()), Gathered::new(Vec::new()));
        for (number, (message, time_ms, span)) in each(&plain, self.base_time, &self.facts.spans).enumerate() {
            let to = if number < half { &mut halves.0 } else { &mut halves.1 };
            to.push(&message, time_ms, span);
        }
        halves.0.facts.created = self.facts.created;
        halves.1.facts.created = self.facts.created;
        (halves.0.facts.count + halves.1.facts.count == self.facts.count).then_some(halves)
    }
}

/// Records with their times and spans, from what `Gathered` keeps.
fn each<'a>(records: &'a [u8], base_time: i64, spans: &'a Spans) -> impl Iterator<Item = (Message<'a>, i64, u64)> {
    let mut rest = records;
    let spans = spans.iter().flat_map(|(span, count)| std::iter::repeat_n(*span, *count));
    spans.map_while(move |span| {
        let (message, delta) = take_record(&mut rest)?;
        Some((message, base_time + delta, span))
    })
}

fn put_record(to: &mut Vec<u8>, message: &Message<'_>, offset_delta: i64, time_delta: i64) {
    let part = |bytes: Option<&[u8]>| match bytes {
        Some(bytes) => varint::size(length(bytes)) + bytes.len(),
        None => 1,
    };
    let size = 1
        + varint::size(time_delta)
        + varint::size(offset_delta)
        + part(message.key)
        + part(message.value)
        + message.headers.len();
    to.reserve(size + 5);
    varint::put(to, i64::try_from(size).unwrap_or(i64::MAX));
    to.push(0);
    varint::put(to, time_delta);
    varint::put(to, offset_delta);
    put_bytes(to, message.key);
    put_bytes(to, message.value);
    to.extend_from_slice(message.headers);
}

/// The next record, and its time after the batch's.
fn take_record<'a>(data: &mut &'a [u8]) -> Option<(Message<'a>, i64)> {
    let size = usize::try_from(varint::take(data)?).ok()?;
    let (mut record, rest) = data.split_at_checked(size)?;
    *data = rest;
    (_, record) = record.split_first()?;
    let time_delta = varint::take(&mut record)?;
    varint::take(&mut record)?;
    let key = take_bytes(&mut record)?;
    let value = take_bytes(&mut record)?;
    Some((Message { key, value, headers: record }, time_delta))
}

fn put_bytes(to: &mut Vec<u8>, bytes: Option<&[u8]>) {
    match bytes {
        Some(bytes) => {
            varint::put(to, length(bytes));
            to.extend_from_slice(bytes);
        }
        None => varint::put(to, -1),
    }
}

fn take_bytes<'a>(data: &mut &'a [u8]) -> Option<Option<&'a [u8]>> {
    let Ok(size) = usize::try_from(varint::take(data)?) else {
        return Some(None);
    };
    let (bytes, rest) = data.split_at_checked(size)?;
    *data = rest;
    Some(Some(bytes))
}

fn length(bytes: &[u8]) -> i64 {
    i64::try_from(bytes.len()).unwrap_or(i64::MAX)
}

fn overwrite(bytes: &mut [u8], at: usize, with: &[u8]) {
    if let Some(place) = bytes.get_mut(at..at + with.len()) {
        place.copy_from_slice(with);
    }
}

/// The number of the first record after `count` more; after the highest comes 0 again.
pub fn sequence_after(sequence: i32, count: i32) -> i32 {
    let next = i64::from(sequence) + i64::from(count);
    i32::try_from(next % (i64::from(i32::MAX) + 1)).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message<'a>(key: &'a [u8], value: Option<&'a [u8]>, headers: &'a [u8]) -> Message<'a> {
        Message { key: Some(key), value, headers }
    }

    #[test]
    fn a_batch_has_the_bytes_that_kafka_stores() {
        let headers = encode_headers(&[("h".to_string(), Some(b"1".to_vec()))]).unwrap_or_default();
        let mut gathered = Gathered::new(Vec::new());
        gathered.push(&message(b"k", Some(b"v"), &headers), 1000, 0);
        gathered.push(&Message { key: None, value: None, headers: &[0] }, 1001, 0);
        let packed = gathered.pack(Codec::None).map(|(mut packed, _)| {
            packed.stamp(Identity { id: 7, epoch: 1 }, 5);
            packed.bytes.to_vec()
        });
        let mut expected = Vec::new();
        expected.extend_from_slice(&0_i64.to_be_bytes());
        expected.extend_from_slice(&(49_i32 + 21).to_be_bytes());
        expected.extend_from_slice(&(-1_i32).to_be_bytes());
        expected.push(2);
        let mut checked = Vec::new();
        checked.extend_from_slice(&[0, 0, 0, 0, 0, 1]);
        checked.extend_from_slice(&1000_i64.to_be_bytes());
        checked.extend_from_slice(&1001_i64.to_be_bytes());
        checked.extend_from_slice(&7_i64.to_be_bytes());
        checked.extend_from_slice(&[0, 1, 0, 0, 0, 5, 0, 0, 0, 2]);
        checked.extend_from_slice(&[24, 0, 0, 0, 2, b'k', 2, b'v', 2, 2, b'h', 2, b'1']);
        checked.extend_from_slice(&[12, 0, 2, 2, 1, 1, 0]);
        expected.extend_from_slice(&crc32c::crc32c(&checked).to_be_bytes());
        expected.extend_from_slice(&checked);
        let length = i32::try_from(expected.len() - 12).unwrap_or(0);
        overwrite(&mut expected, 8, &length.to_be_bytes());
        assert_eq!(packed.ok(), Some(expected));
    }

    #[test]
    fn halves_have_all_records_with_their_times_and_spans() {
        let mut gathered = Gathered::new(Vec::new());
        for number in 0..5_u8 {
            gathered.push(&message(&[number], Some(&[number; 9]), &[0]), 100 + i64::from(number), u64::from(number / 2));
        }
        let packed = gathered.pack(Codec::Lz4(1)).map(|(packed, _)| packed).ok();
        let halves = packed.and_then(|packed| packed.split());
        assert!(halves.is_some());
        if let Some((first, second)) = halves {
            assert_eq!((first.facts.count, second.facts.count), (2, 3));
            assert_eq!(first.facts.spans, [(0, 2)]);
            assert_eq!(second.facts.spans, [(1, 2), (2, 1)]);
            assert_eq!((first.base_time, second.base_time, second.max_time), (100, 102, 104));
            assert_eq!(second.facts.size, 3 * (7 + 1 + 9));
        }
    }

    #[test]
    fn a_single_record_has_no_halves() {
        let mut gathered = Gathered::new(Vec::new());
        gathered.push(&message(b"k", None, &[0]), 1, 0);
        assert!(gathered.pack(Codec::None).is_ok_and(|(packed, _)| packed.split().is_none()));
    }

    #[test]
    fn the_highest_sequence_is_followed_by_zero() {
        assert_eq!(sequence_after(5, 3), 8);
        assert_eq!(sequence_after(i32::MAX, 1), 0);
        assert_eq!(sequence_after(i32::MAX - 1, 3), 1);
    }
}
