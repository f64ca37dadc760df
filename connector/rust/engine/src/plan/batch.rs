//! Encoded records, one after another in one piece of memory.

use std::ops::Range;

/// Where a record's key and value lie; `None` is null.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    pub key: Option<Range<usize>>,
    pub value: Option<Range<usize>>,
}

#[derive(Debug, Default)]
pub struct Batch {
    pub data: Vec<u8>,
    pub records: Vec<Record>,
}

impl Batch {
    pub fn bytes(&self, range: &Range<usize>) -> &[u8] {
        self.data.get(range.clone()).unwrap_or(&[])
    }

    pub fn key(&self, index: usize) -> Option<&[u8]> {
        self.records.get(index)?.key.as_ref().map(|range| self.bytes(range))
    }

    pub fn value(&self, index: usize) -> Option<&[u8]> {
        self.records.get(index)?.value.as_ref().map(|range| self.bytes(range))
    }

    /// Adds a record that somebody else encoded.
    pub fn push(&mut self, key: Option<&[u8]>, value: Option<&[u8]>) {
        let key = key.map(|bytes| self.append(bytes));
        let value = value.map(|bytes| self.append(bytes));
        self.records.push(Record { key, value });
    }

    fn append(&mut self, bytes: &[u8]) -> Range<usize> {
        let start = self.data.len();
        self.data.extend_from_slice(bytes);
        start..self.data.len()
    }
}
