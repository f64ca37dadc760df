//! Which records are acknowledged, and how many bytes are not, known without a report a record: each carries the number of the span in which it was
//! sent, and an interceptor, called by the library's own threads, counts a span's records down.

use crate::library::{self, DeliveredMessage, Functions};
use crate::room::Room;
use crate::stock::Returns;
use std::ffi::{c_char, c_int, c_void, CStr};
use std::ptr;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::Arc;

pub const NAME: &CStr = c"rowtide";

/// More spans than this are not told apart: a mark then covers records that were sent after it, too.
const SPANS: usize = 64;

/// What the library's threads see.
struct Seen {
    /// Of records under way, under the span's number modulo how many are told apart.
    under_way: [AtomicI64; SPANS],
    /// Where a record's headers go to, none in tests of the counts.
    returns: Option<(Arc<Functions>, Arc<Returns>)>,
    room: Room,
}

/// For one thread.
pub struct Marks {
    seen: Box<Seen>,
    oldest: u64,
    current: u64,
}

impl Marks {
    pub fn new(returns: Option<(Arc<Functions>, Arc<Returns>)>) -> Self {
        let under_way = [const { AtomicI64::new(0) }; SPANS];
        Self { seen: Box::new(Seen { under_way, returns, room: Room::default() }), oldest: 0, current: 0 }
    }

    fn count(&self, span: u64) -> Option<&AtomicI64> {
        self.seen.under_way.get(place(span))
    }

    /// What a record of the current span is queued with; `edition` is that of its headers, 0 for those that are not to
    /// come back.
    pub fn ticket(&self, edition: usize) -> usize {
        edition * SPANS + place(self.current)
    }

    /// Of what is under way.
    pub fn room(&self) -> &Room {
        &self.seen.room
    }

    /// So many records of the current span were queued, which have so many bytes.
    pub fn sent(&self, records: usize, bytes: usize) {
        self.seen.room.sent(bytes);
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
        ptr::from_ref::<Seen>(&self.seen).cast_mut().cast()
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
    let (record, seen) = unsafe { (message.as_ref(), opaque.cast::<Seen>().as_ref()) };
    if let (Some(record), Some(seen)) = (record, seen) {
        seen.room.done(record.size());
        // One that failed stays counted: nothing behind it may be taken for acknowledged.
        if record.err == 0 {
            let ticket = record.opaque.addr();
            seen.take_headers(message, ticket / SPANS);
            if let Some(count) = seen.under_way.get(ticket % SPANS) {
                count.fetch_sub(1, Ordering::Release);
            }
        }
    }
    0
}

impl Seen {
    /// The record is stored and is not sent again, so that nobody reads its headers any more.
    fn take_headers(&self, message: *const DeliveredMessage, edition: usize) {
        let Some((functions, returns)) = self.returns.as_ref().filter(|_| edition > 0) else {
            return;
        };
        let mut list = ptr::null_mut();
        // SAFETY: the message is the library's own; what it lets go is ours.
        unsafe {
            if (functions.detach_headers)(message, &raw mut list) == 0 && !list.is_null() {
                returns.give_back(functions, edition, list);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn acknowledge(marks: &Marks, span: usize) {
        if let Some(count) = marks.seen.under_way.get(span) {
            count.fetch_sub(1, Ordering::Release);
        }
    }

    #[test]
    fn a_mark_covers_what_was_sent_before_it_alone() {
        let mut marks = Marks::new(None);
        let first = marks.ticket(0);
        marks.sent(2, 0);
        let mark = marks.mark();
        let second = marks.ticket(0);
        marks.sent(1, 0);
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
        let mut marks = Marks::new(None);
        let first = marks.ticket(0);
        marks.sent(1, 0);
        marks.mark();
        let mark = marks.mark();
        assert!(!marks.acknowledged(mark));
        acknowledge(&marks, first);
        assert!(marks.acknowledged(mark));
    }

    #[test]
    fn more_marks_than_spans_share_the_last_one() {
        let mut marks = Marks::new(None);
        marks.sent(1, 0);
        let numbers: Vec<u64> = (0..200).map(|_| marks.mark()).collect();
        assert!(numbers.iter().all(|mark| *mark < 64));
        let last = marks.ticket(0);
        marks.sent(1, 0);
        acknowledge(&marks, 0);
        assert!(!marks.acknowledged(63), "it waits for what was sent under the same number");
        acknowledge(&marks, last);
        assert!(marks.acknowledged(63));
    }
}
