//! The producer that writes Kafka's record batches itself, shown to Python (`rowtide.kafka.native_producer`).

use crate::batch::Batch;
use crate::producer::{FailureFields, HeaderFields, LogLine};
use pyo3::exceptions::{PyNotImplementedError, PyOSError, PyRuntimeError, PyValueError};
use pyo3::prelude::*;
use rowtide_producer::{encode_headers, Failure, Message, Producer, Refused, Settings};
use std::time::Duration;

fn fields(failure: Failure) -> FailureFields {
    let Failure { code, text, fatal, topic } = failure;
    (code, text, fatal, false, false, topic)
}

fn encoded(headers: &HeaderFields) -> PyResult<Vec<u8>> {
    encode_headers(headers).ok_or_else(|| PyValueError::new_err("headers of a record are too long"))
}

/// A producer; the interpreter is free while it works. For one thread.
#[pyclass(module = "rowtide._native")]
pub struct RecordWriter {
    producer: Option<Producer>,
}

impl RecordWriter {
    fn producer(&mut self) -> PyResult<&mut Producer> {
        self.producer.as_mut().ok_or_else(|| PyRuntimeError::new_err("the producer is closed"))
    }
}

#[pymethods]
impl RecordWriter {
    /// Raises NotImplementedError with the setting that librdkafka is needed for, ValueError for a wrong one.
    #[new]
    fn new(settings: Vec<(String, String)>, room: usize) -> PyResult<Self> {
        let settings = Settings::parse(&settings).map_err(|refused| match refused {
            Refused::Unsupported(name) => PyNotImplementedError::new_err(name),
            Refused::Wrong(text) => PyValueError::new_err(text),
        })?;
        let producer = Producer::new(settings, room).map_err(|error| PyOSError::new_err(error.to_string()))?;
        Ok(Self { producer: Some(producer) })
    }

    /// Takes a batch's records from `start` on; answers how many, and what was wrong with the next one. Fewer without a
    /// failure: there is no room.
    ///
    /// Args:
    ///     own_headers: of records that have others than most, in order.
    fn send_batch(
        &mut self,
        py: Python<'_>,
        topic: &str,
        batch: PyRef<'_, Batch>,
        start: usize,
        headers: HeaderFields,
        own_headers: Vec<(usize, HeaderFields)>,
    ) -> PyResult<(usize, Option<FailureFields>)> {
        let producer = self.producer()?;
        let common = encoded(&headers)?;
        let own = own_headers.iter().map(|(record, headers)| Ok((*record, encoded(headers)?))).collect::<PyResult<Vec<_>>>()?;
        let records = &batch.batch;
        let (sent, failure) = py.detach(|| {
            let mut own = own.iter().peekable();
            let messages = (start..records.records.len()).map(|i| Message {
                key: records.key(i),
                value: records.value(i),
                headers: own.next_if(|(record, _)| *record == i).map_or(&common, |(_, headers)| headers),
            });
            producer.send(topic, messages)
        });
        Ok((sent, failure.map(fields)))
    }

    /// Takes one record; answers what was wrong with it.
    #[allow(clippy::too_many_arguments)] // a record's parts
    fn send(
        &mut self,
        py: Python<'_>,
        topic: &str,
        value: Option<&[u8]>,
        key: Option<&[u8]>,
        partition: i32,
        time_ms: i64,
        headers: HeaderFields,
    ) -> PyResult<Option<FailureFields>> {
        let producer = self.producer()?;
        let headers = encoded(&headers)?;
        let message = Message { key, value, headers: &headers };
        Ok(py.detach(|| producer.send_one(topic, &message, partition, time_ms)).err().map(fields))
    }

    /// Waits until nothing is under way, or the time is over; answers how many records are.
    fn flush(&mut self, py: Python<'_>, timeout_ms: u64) -> PyResult<usize> {
        let producer = self.producer()?;
        Ok(py.detach(|| {
            producer.flush(Duration::from_millis(timeout_ms));
            producer.outstanding()
        }))
    }

    fn full(&mut self) -> PyResult<bool> {
        Ok(self.producer()?.full())
    }

    /// Waits until half of what is under way, or of the room if that is less, is done; at most so long.
    fn wait_for_room(&mut self, py: Python<'_>, timeout_ms: u64) -> PyResult<()> {
        let producer = self.producer()?;
        py.detach(|| producer.wait_for_room(Duration::from_millis(timeout_ms)));
        Ok(())
    }

    /// Ends a span of records; answers its number.
    fn mark(&mut self) -> PyResult<u64> {
        Ok(self.producer()?.mark())
    }

    /// Whether all records that were sent before a mark are acknowledged. Never, if one of them failed.
    fn acknowledged(&mut self, mark: u64) -> PyResult<bool> {
        Ok(self.producer()?.acknowledged(mark))
    }

    fn __len__(&self) -> usize {
        self.producer.as_ref().map_or(0, Producer::outstanding)
    }

    fn purge(&mut self) -> PyResult<()> {
        self.producer()?.purge();
        Ok(())
    }

    /// Gives everything up; may be called again.
    fn close(&mut self) {
        self.producer = None;
    }

    fn fatal_error(&mut self) -> PyResult<Option<FailureFields>> {
        Ok(self.producer()?.fatal_error().map(fields))
    }

    /// Failed deliveries, errors and log lines since the last call.
    fn take_reports(&mut self) -> PyResult<(Vec<FailureFields>, Vec<FailureFields>, Vec<LogLine>)> {
        let reports = self.producer()?.take_reports();
        Ok((
            reports.deliveries.into_iter().map(fields).collect(),
            reports.errors.into_iter().map(fields).collect(),
            reports.logs.into_iter().collect(),
        ))
    }
}
