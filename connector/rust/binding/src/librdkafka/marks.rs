//! Which records are acknowledged, known without a report a record: each carries the number of the span in which it was
//! sent, and an interceptor, called by the library's own threads, counts a span's records down.

use super::library::{self, DeliveredMessage};
use std::ffi::{c_char, c_int, c_void, CStr};
use std::ptr;
use std::sync::atomic::{AtomicI64, Ordering};

pub const NAME: &CStr = c"rowtide";

/// More spans than this are not told apart: a mark then covers records that were sent after it, too.
const SPANS: usize = 64;

/// Of records under way, under the span's number modulo how many are told apart.
type Counts = [AtomicI64; SPANS];

/// For one thread; the library's threads see the counts alone.
#[derive(Debug)]
pub struct Marks {
    under_way: Box<Counts>,
    oldest: u64,
    current: u64,
}

impl Default for Marks {
    fn default() -> Self {
        Self { under_way: Box::new([const { AtomicI64::new(0) }; SPANS]), oldest: 0, current: 0 }
    }
}

impl Marks {
    fn count(&self, span: u64) -> Option<&AtomicI64> {
        self.under_way.get(place(span))
    }

    /// What a record of the current span is queued with.
    pub fn span(&self) -> usize {
        place(self.current)
    }

    /// So many records of the current span were queued.
    pub fn sent(&self, records: usize) {
        if let Some(count) = self.count(self.current) {
            count.fetch_add(i64::try_from(records).unwrap_or(0), Ordering::Relaxed);
        }
    }

    /// Ends the current span; answers its number.
    pub fn mark(&mut self) -> u64 {
        self.advance();
        let mark = self.current;
        if self.current - self.oldest + 1 < SPANS as u64 {
            self.current += 1;
        }
        mark
    }

    /// Whether all records of the span and of those before it are acknowledged.
    pub fn acknowledged(&mut self, mark: u64) -> bool {
        self.advance();
        self.oldest > mark || (self.oldest == mark && self.clear(mark))
    }

    fn advance(&mut self) {
        while self.oldest < self.current && self.clear(self.oldest) {
            self.oldest += 1;
        }
    }

    fn clear(&self, span: u64) -> bool {
        // A record may be acknowledged before `sent` has counted it, but no one asks between the two.
        self.count(span).is_none_or(|count| count.load(Ordering::Acquire) == 0)
    }

    /// For the callback that gets it back; valid as long as these marks.
    pub fn as_opaque(&self) -> *mut c_void {
        ptr::from_ref::<Counts>(&self.under_way).cast_mut().cast()
    }
}

fn place(span: u64) -> usize {
    usize::try_from(span % SPANS as u64).unwrap_or(0)
}

/// Called for a new client: asks to be told of acknowledgements. `opaque` is that of the client's marks.
pub extern "C" fn on_new(
    handle: *mut c_void,
    _: *const c_void,
    opaque: *mut c_void,
    _: *mut c_char,
    _: usize,
) -> c_int {
    let Some(library) = library::current() else {
        return 0;
    };
    // SAFETY: the library gives the handle of the client that it makes; name and callback live for ever, and the opaque
    // pointer as long as the client.
    unsafe { (library.add_on_acknowledged)(handle, NAME.as_ptr(), on_acknowledged, opaque) }
}

/// Called for each record that is done, delivered or not, by one of the library's threads.
extern "C" fn on_acknowledged(_: *mut c_void, message: *const DeliveredMessage, opaque: *mut c_void) -> c_int {
    // SAFETY: the library gives a message that lives for the call, and the opaque pointer of `Client::marks`, which
    // outlives the client.
    let (message, counts) = unsafe { (message.as_ref(), opaque.cast::<Counts>().as_ref()) };
    if let (Some(message), Some(counts)) = (message, counts) {
        // One that failed stays counted: nothing behind it may be taken for acknowledged.
        if message.err == 0 {
            if let Some(count) = counts.get(message.opaque.addr()) {
                count.fetch_sub(1, Ordering::Release);
            }
        }
    }
    0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn acknowledge(marks: &Marks, span: usize) {
        if let Some(count) = marks.under_way.get(span) {
            count.fetch_sub(1, Ordering::Release);
        }
    }

    #[test]
    fn a_mark_covers_what_was_sent_before_it_alone() {
        let mut marks = Marks::default();
        let first = marks.span();
        marks.sent(2);
        let mark = marks.mark();
        let second = marks.span();
        marks.sent(1);
        acknowledge(&marks, first);
        assert!(!marks.acknowledged(mark));
        acknowledge(&marks, first);
        assert!(marks.acknowledged(mark));
        let later = marks.mark();
        assert!(!marks.acknowledged(later));
        acknowledge(&marks, second);
        assert!(marks.acknowledged(later));
    }

    #[test]
    fn an_older_span_holds_a_later_mark_back() {
        let mut marks = Marks::default();
        let first = marks.span();
        marks.sent(1);
        marks.mark();
        let mark = marks.mark();
        assert!(!marks.acknowledged(mark));
        acknowledge(&marks, first);
        assert!(marks.acknowledged(mark));
    }

    #[test]
    fn more_marks_than_spans_share_the_last_one() {
        let mut marks = Marks::default();
        marks.sent(1);
        let numbers: Vec<u64> = (0..200).map(|_| marks.mark()).collect();
        assert!(numbers.iter().all(|mark| *mark < 64));
        let last = marks.span();
        marks.sent(1);
        acknowledge(&marks, 0);
        assert!(!marks.acknowledged(63), "it waits for what was sent under the same number");
        acknowledge(&marks, last);
        assert!(marks.acknowledged(63));
    }
}
