//! Events with right headers around whatever bodies a fuzzer thinks of.

use rowtide_engine::events::{Content, Event};
use rowtide_engine::decoder::Decoder;
use rowtide_engine::lane::{Item, Lane, Options, Stand, Use};
use rowtide_engine::plan::{Field, Format, Op, Part, Plan, Slot, Struct};
use std::sync::Arc;

const DESCRIPTION: u8 = 15;

/// Cuts input into a version's name, and events: type (1), length (2), body.
pub fn stream(data: &[u8]) -> Vec<u8> {
    let Some((choice, mut rest)) = data.split_first() else {
        return Vec::new();
    };
    let version: &[u8] = match choice % 3 {
        0 => b"8.0.34",
        1 => b"10.11.19-MariaDB",
        _ => b"5.5.9",
    };
    let mut out = Out { data: Vec::new(), sequence: 0, position: 4 };
    let mut body = vec![4, 0];
    body.extend_from_slice(version);
    body.resize(52, 0);
    body.extend_from_slice(&[0, 0, 0, 0, 19]);
    body.extend_from_slice(&[0, 13, 0, 8, 0, 0, 0, 0, 4, 0, 4, 0, 0, 0, 98, 0, 4, 26, 8, 0, 0, 0, 8, 8, 8, 2, 0, 0, 0, 10, 10, 10]);
    body.extend_from_slice(&[42, 42, 0, 18, 52, 0, 10, 40, 0, 0, 0]);
    body.extend_from_slice(&[0; 4]);
    out.event(DESCRIPTION, &body);
    while let [kind, low, high, more @ ..] = rest {
        let size = usize::from(u16::from_le_bytes([*low, *high])).min(more.len());
        let (body, next) = more.split_at(size);
        out.event(*kind, body);
        rest = next;
    }
    out.data
}

struct Out {
    data: Vec<u8>,
    sequence: u8,
    position: u32,
}

impl Out {
    fn event(&mut self, kind: u8, body: &[u8]) {
        let length = 19 + u32::try_from(body.len()).unwrap_or(0);
        self.position = self.position.wrapping_add(length);
        let size = (length + 1).to_le_bytes();
        self.data.extend_from_slice(&[size[0], size[1], size[2], self.sequence, 0]);
        self.sequence = self.sequence.wrapping_add(1);
        self.data.extend_from_slice(&1_700_000_000_u32.to_le_bytes());
        self.data.push(kind);
        self.data.extend_from_slice(&7_u32.to_le_bytes());
        self.data.extend_from_slice(&length.to_le_bytes());
        self.data.extend_from_slice(&self.position.to_le_bytes());
        self.data.extend_from_slice(&[0, 0]);
        self.data.extend_from_slice(body);
    }
}

/// All events of a stream, up to an error.
pub fn decoded(data: &[u8], decoder: &mut Decoder) -> Vec<Event> {
    let mut events = decoder.feed(data).unwrap_or_default();
    while decoder.pending() {
        match decoder.feed(&[]) {
            Ok(more) => events.extend(more),
            Err(_) => break,
        }
    }
    events
}

/// Counts, reads and encodes the rows of an event, which all have to agree on how many there are.
pub fn read(event: &Event) {
    let Content::Rows(rows) = &event.content else {
        return;
    };
    let count = rows.body.count();
    let Ok(data) = rows.body.open() else {
        return;
    };
    let mut reader = rows.body.reader(&data);
    let mut seen = 0;
    let whole = loop {
        match reader.more() {
            Ok(true) => {}
            Ok(false) => break true,
            Err(_) => break false,
        }
        if reader.read(|_| Ok::<(), rowtide_engine::Error>(())).is_err() {
            break false;
        }
        seen += 1;
    };
    if whole {
        assert_eq!(count.ok(), Some(seen));
    }
}

/// A plan that shows every column as its kind of value is mostly shown.
pub fn plan(width: usize, choice: u8) -> Arc<Plan> {
    let fields = (0..width).map(|column| Field {
        column,
        prefix: b",\"c\":".to_vec(),
        some: Vec::new(),
        null: Some(b"null".to_vec()),
        op: op(choice.wrapping_add(u8::try_from(column).unwrap_or(0))),
        cut: (choice > 127).then_some(3),
    });
    let value = Struct { fields: fields.collect(), end: b"}".to_vec() };
    let format = if choice % 2 == 0 { Format::Avro } else { Format::Json { numeric_decimals: choice % 4 == 1 } };
    let slot = |slot| Part::Slot { slot, some: Vec::new(), null: Some(b"null".to_vec()) };
    let template = vec![slot(Slot::Before), slot(Slot::After), slot(Slot::Gtid), slot(Slot::Row), slot(Slot::NowNs)];
    Arc::new(Plan::new(Some(value.clone()), value, (format, format), (Vec::new(), Vec::new()), template, width))
}

fn op(choice: u8) -> Op {
    use rowtide_engine::plan::{BytesForm, Charset, TimeUnit};
    match choice % 16 {
        0 => Op::Mask(u64::MAX),
        1 => Op::UnsignedDecimal,
        2 => Op::Single,
        3 => Op::Double,
        4 => Op::Decimal(2),
        5 => Op::DecimalText,
        6 => Op::DecimalDouble,
        7 => Op::Text(Charset::Utf8),
        8 => Op::Bytes { pad: 9, form: BytesForm::Base64 },
        9 => Op::JsonText(Charset::Utf8),
        10 => Op::Date { iso: choice > 99, adjust: true },
        11 => Op::DateTime { unit: if choice > 99 { TimeUnit::Iso } else { TimeUnit::Nanoseconds }, adjust: true },
        12 => Op::Zoned { digits: Some(3), zero_is_null: choice > 99 },
        13 => Op::Time(if choice > 99 { TimeUnit::Iso } else { TimeUnit::Microseconds }),
        14 => Op::Items(vec!["a".to_string(), "b".to_string()]),
        _ => Op::Int,
    }
}

/// Sends events through a lane that knows all tables; it may lose no event and make no record too many.
pub fn through_lane(events: Vec<Event>, choice: u8) {
    let mut lane = Lane::new(Options { kinds: [true; 3], tombstones: choice % 3 == 0, commit_times: choice % 5 == 0 });
    for event in &events {
        if let Content::TableMap(table) = &event.content {
            let plan = plan(table.column_types.len(), choice);
            lane.learn(table, if choice % 7 == 0 { Use::LeftOut } else { Use::Encoded([(); 3].map(|()| Some((plan.clone(), 0)))) });
        }
    }
    lane.set(Some(Stand { file: "bin.1".to_string(), time_us: None, gtids: true, gtid: None }));
    for item in lane.collect(events, &mut || 1) {
        if let Item::Run(run) = item {
            assert!(!run.transactions.is_empty());
            let _ = run.gtids(run.transactions.len());
            let sent: usize = run.batches.iter().map(|(_, batch)| batch.records.len()).sum();
            assert_eq!(sent, run.records);
            assert!((0..run.records).all(|record| run.place(record).is_some()));
        }
    }
}
