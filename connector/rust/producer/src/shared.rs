//! What the threads of a producer share, and how they wait for each other.

use crate::cluster::Cluster;
use crate::connection::Handle;
use crate::queue::Queue;
use crate::reports::Failure;
use crate::settings::Settings;
use std::collections::{HashMap, HashSet};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

#[derive(Debug, Default)]
pub struct State {
    pub queue: Queue,
    pub cluster: Cluster,
    /// Brokers that a sender runs for.
    pub senders: HashSet<i32>,
    /// Brokers have to be asked where partitions are.
    pub refresh: bool,
    pub fatal: Option<Failure>,
    pub stopped: bool,
    /// Whoever waits for room does so until no more than these bytes are under way.
    pub enough: Option<usize>,
    handles: HashMap<i32, Handle>,
}

impl State {
    /// Makes a connection one that `stop` ends; false if it came too late.
    pub fn register(&mut self, number: i32, handle: Handle) -> bool {
        if self.stopped {
            return false;
        }
        self.handles.insert(number, handle);
        true
    }

    pub fn forget(&mut self, number: i32) {
        self.handles.remove(&number);
    }

    pub fn stop(&mut self) {
        self.stopped = true;
        for (_, handle) in self.handles.drain() {
            handle.end();
        }
    }
}

#[derive(Debug)]
pub struct Shared {
    pub settings: Settings,
    state: Mutex<State>,
    /// There is work for the producer's own threads.
    pub work: Condvar,
    /// Something happened that whoever uses the producer may wait for.
    pub progress: Condvar,
}

impl Shared {
    pub fn new(settings: Settings) -> Self {
        Self { settings, state: Mutex::default(), work: Condvar::new(), progress: Condvar::new() }
    }

    pub fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for work, at most so long if there is an end.
    pub fn wait_for_work<'a>(&self, state: MutexGuard<'a, State>, time: Option<Duration>) -> MutexGuard<'a, State> {
        wait(&self.work, state, time)
    }

    pub fn wait_for_progress<'a>(&self, state: MutexGuard<'a, State>, time: Duration) -> MutexGuard<'a, State> {
        wait(&self.progress, state, Some(time))
    }

    /// Waits although there may be work; false when the producer ends.
    pub fn pause(&self, time: Duration) -> bool {
        let until = std::time::Instant::now() + time;
        let mut state = self.lock();
        loop {
            let left = until.saturating_duration_since(std::time::Instant::now());
            if state.stopped || left.is_zero() {
                return !state.stopped;
            }
            state = self.wait_for_work(state, Some(left));
        }
    }
}

fn wait<'a>(on: &Condvar, state: MutexGuard<'a, State>, time: Option<Duration>) -> MutexGuard<'a, State> {
    match time {
        Some(time) => on.wait_timeout(state, time).unwrap_or_else(PoisonError::into_inner).0,
        None => on.wait(state).unwrap_or_else(PoisonError::into_inner),
    }
}
