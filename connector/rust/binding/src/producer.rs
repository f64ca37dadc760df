//! librdkafka's producer with a call for whole batches, shown to Python (`rowtide.kafka.native_producer`).

use crate::batch::Batch;
use rowtide_client::{Client, Failure, HeaderChoice, Message, TransactionalCall};
use pyo3::exceptions::{PyRuntimeError, PyValueError};
use pyo3::prelude::*;
use std::time::Duration;

/// An error of the client: code, text, fatal, retriable, requires an abort, topic.
pub type FailureFields = (i32, String, bool, bool, bool, Option<String>);
pub type HeaderFields = Vec<(String, Option<Vec<u8>>)>;
pub type LogLine = (i32, String, String);

fn fields(failure: Failure) -> FailureFields {
    let Failure { code, text, fatal, retriable, requires_abort, topic } = failure;
    (code, text, fatal, retriable, requires_abort, topic)
}

/// librdkafka's producer; the interpreter is free while it works. For one thread.
#[pyclass(module = "rowtide._native")]
pub struct KafkaClient {
    client: Option<Client>,
    /// Bytes of records that may wait.
    room: usize,
}

impl KafkaClient {
    fn client(&mut self) -> PyResult<&mut Client> {
        self.client.as_mut().ok_or_else(|| PyRuntimeError::new_err("the producer is closed"))
    }
}

#[pymethods]
impl KafkaClient {
    /// Raises ValueError with the library's reason for refused settings.
    #[new]
    fn new(library: &str, settings: Vec<(String, String)>, room: usize) -> PyResult<Self> {
        Ok(Self { client: Some(Client::new(library, &settings).map_err(PyValueError::new_err)?), room })
    }

    /// Queues a batch's records from `start` on; answers how many, and what was wrong with the next one. Fewer without a
    /// failure: the queue is full.
    fn send_batch(
        &mut self,
        py: Python<'_>,
        topic: &str,
        batch: PyRef<'_, Batch>,
        start: usize,
        headers: HeaderFields,
        own_headers: Vec<(usize, HeaderFields)>,
    ) -> PyResult<(usize, Option<FailureFields>)> {
        let client = self.client()?;
        let records = &batch.batch;
        let (sent, failure) = py.detach(|| {
            client.set_common_headers(&headers);
            let own: Vec<(usize, usize)> =
                own_headers.iter().map(|(record, headers)| (*record, client.add_headers(headers))).collect();
            let messages = (start..records.records.len()).map(|i| Message {
                key: records.key(i),
                value: records.value(i),
                headers: own
                    .iter()
                    .find(|(record, _)| *record == i)
                    .map_or(HeaderChoice::Common, |(_, list)| HeaderChoice::Own(*list)),
            });
            let answer = client.send(topic, messages);
            client.forget_headers();
            answer
        });
        Ok((sent, failure.map(fields)))
    }

    /// Queues one record; answers what was wrong with it.
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
        let client = self.client()?;
        let answer = py.detach(|| {
            let headers = match headers.is_empty() {
                true => HeaderChoice::None,
                false => HeaderChoice::Own(client.add_headers(&headers)),
            };
            let answer = client.send_one(topic, &Message { key, value, headers }, partition, time_ms);
            client.forget_headers();
            answer
        });
        Ok(answer.err().map(fields))
    }

    /// Answers how many records are still under way.
    fn flush(&mut self, py: Python<'_>, timeout_ms: i32) -> PyResult<i32> {
        let client = self.client()?;
        Ok(py.detach(|| {
            client.flush(timeout_ms);
            client.outstanding()
        }))
    }

    fn full(&mut self) -> PyResult<bool> {
        let room = self.room;
        Ok(self.client()?.outstanding_bytes() >= room)
    }

    /// Waits until half of what is under way, or of the room if that is less, is done; at most so long.
    fn wait_for_room(&mut self, py: Python<'_>, timeout_ms: u64) -> PyResult<()> {
        let room = self.room;
        let client = self.client()?;
        py.detach(|| client.wait_for_room(room, Duration::from_millis(timeout_ms)));
        Ok(())
    }

    /// Ends a span of records; answers its number.
    fn mark(&mut self) -> PyResult<u64> {
        Ok(self.client()?.mark())
    }

    /// Whether all records that were sent before a mark are acknowledged. Never, if one of them failed.
    fn acknowledged(&mut self, mark: u64) -> PyResult<bool> {
        Ok(self.client()?.acknowledged(mark))
    }

    fn __len__(&self) -> usize {
        self.client.as_ref().map_or(0, |client| usize::try_from(client.outstanding()).unwrap_or(0))
    }

    fn purge(&mut self, py: Python<'_>) -> PyResult<()> {
        let client = self.client()?;
        py.detach(|| client.purge());
        Ok(())
    }

    /// Gives everything up; may be called again.
    fn close(&mut self, py: Python<'_>) {
        if let Some(client) = self.client.take() {
            py.detach(|| drop(client));
        }
    }

    fn fatal_error(&mut self) -> PyResult<Option<FailureFields>> {
        Ok(self.client()?.fatal_error().map(fields))
    }

    /// Failed deliveries, errors and log lines since the last call.
    fn take_reports(&mut self, py: Python<'_>) -> PyResult<(Vec<FailureFields>, Vec<FailureFields>, Vec<LogLine>)> {
        let client = self.client()?;
        let reports = py.detach(|| {
            client.poll(0);
            client.take_reports()
        });
        Ok((
            reports.deliveries.into_iter().map(fields).collect(),
            reports.errors.into_iter().map(fields).collect(),
            reports.logs.into_iter().collect(),
        ))
    }

    /// One of `init`, `begin`, `commit`, `abort`; answers what was wrong.
    fn transaction(&mut self, py: Python<'_>, step: &str, timeout_ms: i32) -> PyResult<Option<FailureFields>> {
        let call = match step {
            "init" => TransactionalCall::Init,
            "begin" => TransactionalCall::Begin,
            "commit" => TransactionalCall::Commit,
            "abort" => TransactionalCall::Abort,
            _ => return Err(PyValueError::new_err(format!("{step} is no step of a transaction"))),
        };
        let client = self.client()?;
        Ok(py.detach(|| client.transactional(call, timeout_ms)).err().map(fields))
    }
}
