//! A value as constants with slots between them, and what fills them for the rows of one event.

use crate::plan::encode::{Facts, Transaction};
use crate::plan::format::{Format, Leaf};
use crate::plan::notes::Mark;
use crate::plan::{Stop, Struct};

/// What fills a slot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Slot {
    Before,
    After,
    TimeMs,
    TimeUs,
    TimeNs,
    ServerId,
    Gtid,
    File,
    Pos,
    Row,
    Thread,
    Query,
    Operation,
    NowMs,
    NowUs,
    NowNs,
    TransactionId,
    TotalOrder,
    TableOrder,
}

#[derive(Debug, Clone)]
pub enum Part {
    Const(Vec<u8>),
    /// `some` comes before what is not null, `null` stands for what is; none where null is an error.
    Slot { slot: Slot, some: Vec<u8>, null: Option<Vec<u8>> },
    /// The snapshot marker: texts by number, 0 being none.
    Marker(Vec<Vec<u8>>),
    /// A block that is there only within a transaction.
    Transaction { parts: Vec<Part>, null: Vec<u8> },
    /// Columns of the image before or after.
    Columns { before: bool, columns: Struct },
    /// No bytes: a place that is noted of each record.
    Mark(Mark),
}

/// A piece of a template whose event is known: bytes, or what differs from row to row.
#[derive(Debug)]
pub enum Piece<'p> {
    Bytes(std::ops::Range<usize>),
    Dynamic(Slot, &'p [u8]),
    Marker(&'p [Vec<u8>]),
    Columns(bool, &'p Struct),
    Mark(Mark),
}

/// A template with everything filled in that the rows of an event have in common.
#[derive(Debug)]
pub struct Filled<'p> {
    bytes: Vec<u8>,
    pub pieces: Vec<Piece<'p>>,
    open: usize,
}

impl<'p> Filled<'p> {
    pub fn new(
        template: &'p [Part],
        facts: &Facts<'_>,
        transaction: Option<&Transaction<'_>>,
        operation: u8,
        format: Format,
    ) -> Result<Self, Stop> {
        let mut filled = Self { bytes: Vec::with_capacity(512), pieces: Vec::new(), open: 0 };
        let filler = Filler { facts, transaction, operation, format };
        filled.fill(template, &filler)?;
        filled.close();
        Ok(filled)
    }

    pub fn bytes(&self, range: &std::ops::Range<usize>) -> &[u8] {
        self.bytes.get(range.clone()).unwrap_or(&[])
    }

    fn close(&mut self) {
        if self.bytes.len() > self.open {
            self.pieces.push(Piece::Bytes(self.open..self.bytes.len()));
            self.open = self.bytes.len();
        }
    }

    fn fill(&mut self, template: &'p [Part], filler: &Filler<'_>) -> Result<(), Stop> {
        for part in template {
            match part {
                Part::Const(bytes) => self.bytes.extend_from_slice(bytes),
                Part::Slot { slot, some, null } => self.slot(*slot, some, null.as_deref(), filler)?,
                Part::Marker(texts) => match filler.facts.marker {
                    Some(marker) => self.bytes.extend_from_slice(texts.get(marker).ok_or(Stop)?),
                    None => {
                        self.close();
                        self.pieces.push(Piece::Marker(texts));
                    }
                },
                Part::Mark(mark) => {
                    self.close();
                    self.pieces.push(Piece::Mark(*mark));
                }
                Part::Transaction { parts, null } => match filler.transaction {
                    Some(_) => self.fill(parts, filler)?,
                    None => self.bytes.extend_from_slice(null),
                },
                Part::Columns { before, columns } => {
                    self.close();
                    self.pieces.push(Piece::Columns(*before, columns));
                }
            }
        }
        Ok(())
    }

    fn slot(&mut self, slot: Slot, some: &'p [u8], null: Option<&[u8]>, filler: &Filler<'_>) -> Result<(), Stop> {
        match filler.value(slot) {
            Value::Known(Leaf::Null) => self.bytes.extend_from_slice(null.ok_or(Stop)?),
            Value::Known(leaf) => {
                self.bytes.extend_from_slice(some);
                filler.format.write(&mut self.bytes, &leaf);
            }
            Value::OfRow => {
                self.close();
                self.pieces.push(Piece::Dynamic(slot, some));
            }
        }
        Ok(())
    }
}

struct Filler<'f> {
    facts: &'f Facts<'f>,
    transaction: Option<&'f Transaction<'f>>,
    operation: u8,
    format: Format,
}

enum Value<'f> {
    Known(Leaf<'f>),
    OfRow,
}

impl<'f> Filler<'f> {
    fn value(&self, slot: Slot) -> Value<'f> {
        let facts = self.facts;
        let text = |value: Option<&'f str>| value.map_or(Leaf::Null, Leaf::Text);
        Value::Known(match slot {
            Slot::Before if !matches!(self.operation, b'u' | b'd') => Leaf::Null,
            Slot::After if self.operation == b'd' => Leaf::Null,
            Slot::TimeMs => Leaf::Int(facts.time_us.div_euclid(1000)),
            Slot::TimeUs => Leaf::Int(facts.time_us),
            Slot::TimeNs => Leaf::Int(facts.time_us.wrapping_mul(1000)),
            Slot::ServerId => Leaf::Int(facts.server_id),
            Slot::Gtid => text(facts.gtid),
            Slot::File => Leaf::Text(facts.file),
            Slot::Pos => Leaf::Int(facts.pos),
            Slot::Thread => facts.thread.map_or(Leaf::Null, Leaf::Int),
            Slot::Query => text(facts.query),
            Slot::Operation => Leaf::Text(match self.operation {
                b'c' => "c",
                b'u' => "u",
                b'd' => "d",
                _ => "r",
            }),
            Slot::TransactionId => text(self.transaction.map(|transaction| transaction.id)),
            _ => return Value::OfRow,
        })
    }
}
