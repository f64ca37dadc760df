//! How many bytes of records are under way, and waiting until there is room for more.

use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::{Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Counted by the thread that sends, and by the library's threads, which tell of records that are done.
#[derive(Debug, Default)]
pub struct Room {
    bytes: AtomicI64,
    /// Whoever waits does so until no more than this are under way.
    enough: AtomicI64,
    waited_for: AtomicBool,
    lock: Mutex<()>,
    less: Condvar,
}

impl Room {
    pub fn bytes(&self) -> usize {
        // A record may be done before `sent` has counted it, and one that was refused after all is done without it.
        usize::try_from(self.bytes.load(Ordering::Relaxed)).unwrap_or(0)
    }

    pub fn sent(&self, bytes: usize) {
        self.bytes.fetch_add(signed(bytes), Ordering::Relaxed);
    }

    pub fn done(&self, bytes: usize) {
        let left = self.bytes.fetch_sub(signed(bytes), Ordering::AcqRel) - signed(bytes);
        if self.waited_for.load(Ordering::Acquire) && left <= self.enough.load(Ordering::Relaxed) {
            let _guard = self.lock.lock().unwrap_or_else(PoisonError::into_inner);
            self.waited_for.store(false, Ordering::Relaxed);
            self.less.notify_one();
        }
    }

    /// Waits until half of what is under way, or of `limit` if that is less, is done; at most so long.
    pub fn wait(&self, limit: usize, time: Duration) {
        let until = Instant::now() + time;
        let mut guard = self.lock.lock().unwrap_or_else(PoisonError::into_inner);
        let enough = self.bytes().min(limit) / 2;
        self.enough.store(signed(enough), Ordering::Relaxed);
        self.waited_for.store(true, Ordering::Release);
        while self.bytes() > enough {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                break;
            }
            guard = self.less.wait_timeout(guard, left).unwrap_or_else(PoisonError::into_inner).0;
            self.waited_for.store(self.bytes() > enough, Ordering::Release);
        }
        self.waited_for.store(false, Ordering::Relaxed);
    }
}

fn signed(bytes: usize) -> i64 {
    i64::try_from(bytes).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::thread;

    #[test]
    fn whoever_waits_is_woken_when_half_is_done() {
        let room = Room::default();
        room.sent(100);
        thread::scope(|scope| {
            let waiting = scope.spawn(|| {
                let begun = Instant::now();
                room.wait(1000, Duration::from_secs(20));
                begun.elapsed()
            });
            for _ in 0..5 {
                thread::sleep(Duration::from_millis(2));
                room.done(10);
            }
            assert!(waiting.join().is_ok_and(|waited| waited < Duration::from_secs(10)));
        });
        assert_eq!(room.bytes(), 50);
    }

    #[test]
    fn a_wait_ends_in_time() {
        let room = Room::default();
        room.sent(100);
        room.wait(10, Duration::from_millis(5));
        assert_eq!(room.bytes(), 100);
    }

    #[test]
    fn a_record_that_was_never_counted_leaves_room() {
        let room = Room::default();
        room.done(10);
        assert_eq!(room.bytes(), 0);
    }

    #[test]
    fn nothing_under_way_is_not_waited_for() {
        Room::default().wait(10, Duration::from_secs(20));
    }
}
