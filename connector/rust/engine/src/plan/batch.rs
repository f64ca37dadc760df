//! Encoded records, one after another in one piece of memory.

use std::ops::Range;

const SPARE_BYTES_MAX: usize = 4 << 20;

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

    /// Forgets the records. Their memory is kept for the next ones, as far as batches usually need it.
    pub fn clear(&mut self) {
        self.data.clear();
        self.records.clear();
        if self.data.capacity() > SPARE_BYTES_MAX {
            self.data.shrink_to(SPARE_BYTES_MAX);
        }
    }

    /// Adds a record that somebody else encoded.
    pub fn push(&mut self, key: Option<&[u8]>, value: Option<&[u8]>) {
        let key = key.map(|bytes| self.append(bytes));
        let value = value.map(|bytes| self.append(bytes));
        self.records.push(Record { key, value });
    }

    /// Adds a record whose key and value `write` appends, one after the other; it answers whether there is a key, where
    /// the value begins, and whether there is a value, or none for no record: then what it appended is dropped, as when
    /// it fails.
    ///
    /// # Errors
    /// Those of `write`.
    pub fn push_written<E>(
        &mut self,
        write: impl FnOnce(&mut Vec<u8>) -> Result<Option<(bool, usize, bool)>, E>,
    ) -> Result<bool, E> {
        let start = self.data.len();
        let written = write(&mut self.data);
        if let Ok(Some((key, middle, value))) = written {
            let (key, value) = (key.then_some(start..middle), value.then_some(middle..self.data.len()));
            self.records.push(Record { key, value });
            return Ok(true);
        }
        self.data.truncate(start);
        written.map(|_| false)
    }

    fn append(&mut self, bytes: &[u8]) -> Range<usize> {
        let start = self.data.len();
        self.data.extend_from_slice(bytes);
        start..self.data.len()
    }
}
