//! How long to wait before the next try.

use std::time::Duration;

#[derive(Debug)]
pub struct Backoff {
    first: Duration,
    longest: Duration,
    next: Duration,
}

impl Backoff {
    pub fn new((first, longest): (Duration, Duration)) -> Self {
        Self { first, longest: longest.max(first), next: first }
    }

    /// Twice as long as the last time.
    pub fn next(&mut self) -> Duration {
        let time = self.next;
        self.next = (time * 2).min(self.longest);
        time
    }

    pub fn reset(&mut self) {
        self.next = self.first;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_up_to_the_longest_and_begin_anew() {
        let mut backoff = Backoff::new((Duration::from_millis(50), Duration::from_millis(150)));
        let waits: Vec<u128> = (0..3).map(|_| backoff.next().as_millis()).collect();
        assert_eq!(waits, [50, 100, 150]);
        backoff.reset();
        assert_eq!(backoff.next().as_millis(), 50);
    }
}
