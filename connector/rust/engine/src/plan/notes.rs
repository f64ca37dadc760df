//! What is remembered of encoded records, for those who look into them.

use std::ops::Range;

/// A place in an encoded value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mark {
    /// Begin and end of what the converter's frame surrounds.
    Payload,
    PayloadEnd,
    Source,
    SourceEnd,
    /// Ends of the rows, with where they began.
    Before(usize),
    After(usize),
}

/// Who is told of records while they are encoded.
pub trait Notes {
    /// A row begins, at `pos` of the images; its first record will have this number.
    fn begin(&mut self, _pos: usize, _record: usize) {}

    /// Its time, its number, and its numbers in the transaction.
    fn built(&mut self, _now_ns: i64, _row: i64, _orders: (i64, i64)) {}

    fn mark(&mut self, _mark: Mark, _at: usize) {}

    /// The row is not encoded after all.
    fn undo(&mut self) {}
}

impl Notes for () {}

/// What there is of one row's record, as ranges of the batch's bytes; empty where there is none.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Noted {
    pub pos: usize,
    pub record: usize,
    pub now_ns: i64,
    pub row: i64,
    pub orders: (i64, i64),
    pub payload: Range<usize>,
    pub source: Range<usize>,
    pub before: Range<usize>,
    pub after: Range<usize>,
}

impl Notes for Vec<Noted> {
    fn begin(&mut self, pos: usize, record: usize) {
        self.push(Noted { pos, record, ..Noted::default() });
    }

    fn built(&mut self, now_ns: i64, row: i64, orders: (i64, i64)) {
        if let Some(noted) = self.last_mut() {
            noted.now_ns = now_ns;
            noted.row = row;
            noted.orders = orders;
        }
    }

    fn mark(&mut self, mark: Mark, at: usize) {
        let Some(noted) = self.last_mut() else {
            return;
        };
        match mark {
            Mark::Payload => noted.payload = at..at,
            Mark::PayloadEnd => noted.payload.end = at,
            Mark::Source => noted.source = at..at,
            Mark::SourceEnd => noted.source.end = at,
            Mark::Before(begin) => noted.before = begin..at,
            Mark::After(begin) => noted.after = begin..at,
        }
    }

    fn undo(&mut self) {
        self.pop();
    }
}
