//! What a producer tells whoever uses it.

use std::collections::VecDeque;

/// Reports that nobody took; more are counted no longer, as the first one decides.
const REPORTS_MAX: usize = 1000;

/// An error's number is the protocol's, or below zero one of librdkafka's own.
pub mod code {
    pub const MESSAGE_TOO_LARGE: i32 = 10;
    pub const UNKNOWN_TOPIC: i32 = 3;
    pub const TRANSPORT: i32 = -195;
    pub const TIMED_OUT: i32 = -192;
    pub const UNKNOWN_PARTITION: i32 = -190;
    pub const QUEUE_FULL: i32 = -184;
    pub const PURGED: i32 = -152;
    pub const INVALID_ARGUMENT: i32 = -186;
}

/// An error; without a text the number's own is meant.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Failure {
    pub code: i32,
    pub text: String,
    pub fatal: bool,
    /// Of the record, where it was one that failed.
    pub topic: Option<String>,
}

impl Failure {
    pub fn of_record(code: i32, topic: &str) -> Self {
        Self { code, topic: Some(topic.to_string()), ..Self::default() }
    }
}

/// What was reported since somebody asked.
#[derive(Debug, Default)]
pub struct Reports {
    pub deliveries: VecDeque<Failure>,
    pub errors: VecDeque<Failure>,
    /// Level as in syslog, what it is about, text.
    pub logs: VecDeque<(i32, String, String)>,
}

impl Reports {
    pub fn delivery(&mut self, failure: Failure) {
        push(&mut self.deliveries, failure);
    }

    pub fn error(&mut self, failure: Failure) {
        push(&mut self.errors, failure);
    }

    pub fn log(&mut self, level: i32, facility: &str, text: String) {
        push(&mut self.logs, (level, facility.to_string(), text));
    }
}

fn push<T>(queue: &mut VecDeque<T>, item: T) {
    if queue.len() < REPORTS_MAX {
        queue.push_back(item);
    }
}
