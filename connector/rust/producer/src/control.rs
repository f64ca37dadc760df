//! The thread that asks brokers where partitions are, and for the producer's identity.

use crate::backoff::Backoff;
use crate::cluster::code_of;
use crate::connection::{Connection, Trouble};
use crate::endpoint::Endpoint;
use crate::errors::retriable;
use crate::record_batch::Identity;
use crate::reports::{code, Failure};
use crate::sender;
use crate::shared::{Shared, State};
use kafka_protocol::messages::metadata_request::MetadataRequestTopic;
use kafka_protocol::messages::{InitProducerIdRequest, MetadataRequest, ProducerId, TopicName};
use kafka_protocol::protocol::StrBytes;
use std::sync::{Arc, MutexGuard};
use std::time::{Duration, Instant};

const METADATA_VERSION: i16 = 12;
const IDENTITY_VERSION: i16 = 4;
/// The number of this thread's connection among the brokers'.
const CONNECTION: i32 = -1;
/// How often records that are tried for a limited time are looked at.
const SWEEP: Duration = Duration::from_millis(200);

/// What is to be asked.
#[derive(Debug, Default)]
struct Questions {
    topics: Vec<String>,
    identity: bool,
}

struct Control {
    shared: Arc<Shared>,
    connection: Option<Connection>,
    /// Which of the known endpoints is tried next.
    turn: usize,
    backoff: Backoff,
    asked: Option<Instant>,
    /// Not before this time, whatever is unsettled.
    not_before: Instant,
}

/// Runs until the producer ends.
pub fn run(shared: Arc<Shared>) {
    let backoff = Backoff::new(shared.settings.reconnect_backoff);
    let mut control =
        Control { shared, connection: None, turn: 0, backoff, asked: None, not_before: Instant::now() };
    while let Some(questions) = control.wait() {
        match control.ask(&questions) {
            Ok(()) => control.backoff.reset(),
            Err(trouble) => control.trouble(&trouble),
        }
    }
}

impl Control {
    /// Waits until something is to be asked; `None` when the producer ends.
    fn wait(&mut self) -> Option<Questions> {
        let shared = self.shared.clone();
        let mut state = shared.lock();
        loop {
            if state.stopped {
                return None;
            }
            self.sweep(&mut state);
            let now = Instant::now();
            let due = self.due(&state, now);
            if due.is_some_and(|due| due <= now) {
                let topics = state.cluster.topics.keys().cloned().collect();
                return Some(Questions { topics, identity: state.queue.identity.is_none() });
            }
            let left = due.map(|due| due.duration_since(now));
            let sweep = shared.settings.delivery.filter(|_| state.queue.records > 0).map(|_| SWEEP);
            state = shared.wait_for_work(state, left.into_iter().chain(sweep).min());
        }
    }

    /// When to ask next.
    fn due(&self, state: &MutexGuard<'_, State>, now: Instant) -> Option<Instant> {
        let wanted = state.refresh || state.cluster.unsettled() || state.queue.identity.is_none();
        if wanted && state.fatal.is_none() {
            return Some(self.not_before.max(now));
        }
        let age = self.shared.settings.metadata_age;
        self.asked.filter(|_| !state.cluster.topics.is_empty()).map(|asked| (asked + age).max(self.not_before))
    }

    fn sweep(&self, state: &mut State) {
        if let Some(limit) = self.shared.settings.delivery {
            state.queue.give_up(|_, facts| facts.created.elapsed() > limit, code::TIMED_OUT, "");
            self.shared.progress.notify_all();
        }
    }

    fn ask(&mut self, questions: &Questions) -> Result<(), Trouble> {
        self.not_before = Instant::now() + self.shared.settings.retry_backoff;
        if questions.identity {
            self.ask_identity()?;
        }
        self.ask_topics(&questions.topics)
    }

    fn connection(&mut self) -> Result<&mut Connection, Trouble> {
        if self.connection.is_none() {
            let endpoint = self.next_endpoint();
            let connection = Connection::open(&endpoint, &self.shared.settings)
                .map_err(|trouble| Trouble::Protocol(format!("{endpoint}: {trouble}")))?;
            if !self.shared.lock().register(CONNECTION, connection.handle()?) {
                return Err(Trouble::Protocol("the producer ends".to_string()));
            }
            self.connection = Some(connection);
        }
        self.connection.as_mut().ok_or_else(|| Trouble::Protocol("not connected".to_string()))
    }

    /// Known brokers in turn, and in each round those that the settings name.
    fn next_endpoint(&mut self) -> Endpoint {
        let state = self.shared.lock();
        let settings = &self.shared.settings;
        let known: Vec<&Endpoint> = state.cluster.brokers.values().chain(&settings.bootstrap).collect();
        let endpoint = known.get(self.turn % known.len().max(1)).map(|endpoint| (*endpoint).clone());
        self.turn += 1;
        endpoint.unwrap_or_else(|| Endpoint { host: String::new(), port: 0 })
    }

    fn ask_identity(&mut self) -> Result<(), Trouble> {
        if !self.shared.settings.idempotent {
            self.shared.lock().queue.identity = Some(Identity::NOBODY);
            self.shared.work.notify_all();
            return Ok(());
        }
        let request = InitProducerIdRequest::default()
            .with_transactional_id(None)
            .with_transaction_timeout_ms(i32::MAX)
            .with_producer_id(ProducerId(-1))
            .with_producer_epoch(-1);
        let answer = self.connection()?.call(&request, IDENTITY_VERSION)?;
        let mut state = self.shared.lock();
        if answer.error_code == 0 {
            state.queue.identity = Some(Identity { id: answer.producer_id.0, epoch: answer.producer_epoch });
        } else if !retriable(answer.error_code) {
            let failure = Failure { code: i32::from(answer.error_code), fatal: true, ..Failure::default() };
            state.queue.reports.error(failure.clone());
            state.fatal = Some(failure);
        }
        drop(state);
        self.shared.work.notify_all();
        self.shared.progress.notify_all();
        Ok(())
    }

    fn ask_topics(&mut self, topics: &[String]) -> Result<(), Trouble> {
        let mut request = MetadataRequest::default().with_allow_auto_topic_creation(true);
        request.topics = Some(
            topics
                .iter()
                .map(|name| {
                    MetadataRequestTopic::default().with_name(Some(TopicName(StrBytes::from_string(name.clone()))))
                })
                .collect(),
        );
        self.shared.lock().refresh = false;
        let answer = self.connection()?.call(&request, METADATA_VERSION)?;
        self.asked = Some(Instant::now());
        let mut guard = self.shared.lock();
        let state = &mut *guard;
        for (topic, error) in state.cluster.learn(&answer, &mut state.queue, self.shared.settings.batch_bytes, Instant::now()) {
            state.queue.give_up(|place, _| *place.topic == *topic, code_of(error), "");
        }
        for broker in state.cluster.leaders(&state.queue) {
            if state.senders.insert(broker) {
                let shared = self.shared.clone();
                std::thread::Builder::new().name(format!("kafka-{broker}")).spawn(move || sender::run(shared, broker))?;
            }
        }
        drop(guard);
        self.shared.work.notify_all();
        self.shared.progress.notify_all();
        Ok(())
    }

    fn trouble(&mut self, trouble: &Trouble) {
        self.connection = None;
        let pause = self.backoff.next();
        self.not_before = Instant::now() + pause;
        let mut state = self.shared.lock();
        state.forget(CONNECTION);
        if state.stopped {
            return;
        }
        // What was asked has to be asked again.
        state.refresh = true;
        state.queue.reports.log(4, "METADATA", trouble.to_string());
        let all = state.cluster.brokers.len() + self.shared.settings.bootstrap.len();
        // Once all were tried.
        if self.turn % all.max(1) == 0 {
            let text = format!("no broker can be reached; the last one: {trouble}");
            state.queue.reports.error(Failure { code: code::TRANSPORT, text, ..Failure::default() });
        }
    }
}
