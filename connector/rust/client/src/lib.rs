//! librdkafka's producer, called where it is loaded already: in the shared library that the confluent-kafka package
//! brings. Only its public C interface is used (rdkafka.h); all `unsafe` of this workspace is in this folder.

mod calls;
mod library;
mod marks;
mod memory;
mod room;
mod stock;

use calls::{Call, Headers, Vu};
use library::Library;
use marks::Marks;
use stock::Stock;
use std::collections::{HashMap, VecDeque};
use std::ffi::{c_char, c_int, c_void, CStr, CString};
use std::ptr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

const QUEUE_FULL: i32 = -184;
/// Reports that nobody took; more are counted no longer, as the first one decides.
const REPORTS_MAX: usize = 1000;
const TOPICS_MAX: usize = 10_000;

/// An error of the client.
#[derive(Debug, Clone)]
pub struct Failure {
    pub code: i32,
    pub text: String,
    pub fatal: bool,
    pub retriable: bool,
    pub requires_abort: bool,
    /// Of the record, where it was one that failed.
    pub topic: Option<String>,
}

/// What the client reported since somebody asked.
#[derive(Debug, Default)]
pub struct Reports {
    pub deliveries: VecDeque<Failure>,
    pub errors: VecDeque<Failure>,
    /// Level as in syslog, facility, text.
    pub logs: VecDeque<(i32, String, String)>,
}

/// Which headers a record takes.
#[derive(Debug, Clone, Copy)]
pub enum HeaderChoice {
    None,
    /// Those of `set_common_headers`.
    Common,
    /// By the number that `add_headers` answered.
    Own(usize),
}

/// A record's place in memory, and its headers.
pub struct Message<'a> {
    pub key: Option<&'a [u8]>,
    pub value: Option<&'a [u8]>,
    pub headers: HeaderChoice,
}

impl Message<'_> {
    fn size(&self) -> usize {
        self.key.map_or(0, <[u8]>::len) + self.value.map_or(0, <[u8]>::len)
    }
}

/// One producer. Used by one thread at a time.
pub struct Client {
    library: Arc<Library>,
    handle: *mut c_void,
    topics: HashMap<String, *mut c_void>,
    /// Given to the library as the opaque pointer of its callbacks; lives as long as the handle.
    reports: Box<Mutex<Reports>>,
    /// Its counts live as long as the handle, too.
    marks: Marks,
    header_lists: Vec<Headers>,
    stock: Stock,
}

// SAFETY: the library's handles may be used from any thread; `Client` itself is used by one thread at a time.
unsafe impl Send for Client {}
// SAFETY: nothing is done through a shared reference but what the library allows from several threads.
unsafe impl Sync for Client {}

fn push<T>(queue: &mut VecDeque<T>, item: T) {
    if queue.len() < REPORTS_MAX {
        queue.push_back(item);
    }
}

/// SAFETY: `text` is null or a C string.
unsafe fn text_of(text: *const c_char) -> String {
    if text.is_null() {
        return String::new();
    }
    // SAFETY: by this function's own condition.
    unsafe { CStr::from_ptr(text) }.to_string_lossy().into_owned()
}

fn with_reports(opaque: *mut c_void, note: impl FnOnce(&mut Reports)) {
    // SAFETY: the opaque pointer is that of `Client::reports`, which outlives the handle whose callbacks bring it.
    if let Some(reports) = unsafe { opaque.cast::<Mutex<Reports>>().as_ref() } {
        note(&mut reports.lock().unwrap_or_else(PoisonError::into_inner));
    }
}

impl Client {
    /// A producer of the library at `path`; refused settings give the library's reason.
    pub fn new(path: &str, settings: &[(String, String)]) -> Result<Self, String> {
        memory::settle();
        let library = Arc::new(Library::open(path)?);
        let mut reports = Box::new(Mutex::new(Reports::default()));
        let opaque = ptr::from_mut(&mut *reports).cast::<c_void>();
        let stock = Stock::new();
        let marks = Marks::new(Some((library.functions(), stock.returns())));
        let handle = calls::new_producer(&library, settings, opaque, &marks)?;
        Ok(Self { library, handle, topics: HashMap::new(), reports, marks, header_lists: Vec::new(), stock })
    }

    /// Ends a span of records; answers its number.
    pub fn mark(&mut self) -> u64 {
        self.marks.mark()
    }

    /// Whether all records that were sent before a mark are acknowledged. Never, if one of them failed.
    pub fn acknowledged(&mut self, mark: u64) -> bool {
        self.marks.acknowledged(mark)
    }

    /// Reports since the last call.
    pub fn take_reports(&self) -> Reports {
        std::mem::take(&mut self.reports.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// What most records are sent with; those of the last call are at hand.
    pub fn set_common_headers(&mut self, headers: &[(String, Option<Vec<u8>>)]) {
        self.stock.set(&self.library, headers);
    }

    /// The list for a record, and the edition of it to queue the record with.
    fn headers(&mut self, choice: HeaderChoice) -> (*mut c_void, usize) {
        match choice {
            HeaderChoice::None => (ptr::null_mut(), 0),
            HeaderChoice::Common => (self.stock.take(&self.library), self.stock.edition()),
            HeaderChoice::Own(number) => {
                (self.header_lists.get(number).map_or(ptr::null_mut(), |list| list.copy(&self.library)), 0)
            }
        }
    }

    /// Makes a list of headers known, and answers its number; numbers are valid until `forget_headers`.
    pub fn add_headers(&mut self, headers: &[(String, Option<Vec<u8>>)]) -> usize {
        self.header_lists.push(Headers::new(&self.library, headers));
        self.header_lists.len() - 1
    }

    pub fn forget_headers(&mut self) {
        for headers in self.header_lists.drain(..) {
            headers.destroy(&self.library);
        }
    }

    /// Queues records in order; answers how many, and what kept the next one from being queued. `None` as failure with
    /// fewer than all means that the queue is full.
    pub fn send<'a>(
        &mut self,
        topic: &str,
        messages: impl Iterator<Item = Message<'a>>,
    ) -> (usize, Option<Failure>) {
        let topic_handle = match self.topic(topic) {
            Ok(handle) => handle,
            Err(failure) => return (0, Some(failure)),
        };
        let (mut sent, mut bytes) = (0, 0);
        let mut failed = None;
        for message in messages {
            let (headers, edition) = self.headers(message.headers);
            let parts = [
                Vu::topic(topic_handle),
                Vu::copied(),
                Vu::key(message.key),
                Vu::value(message.value),
                Vu::opaque(self.marks.ticket(edition)),
            ];
            if let Err(mut failure) = self.produce(&parts, headers) {
                failure.topic = Some(topic.to_string());
                failed = (failure.code != QUEUE_FULL).then_some(failure);
                break;
            }
            sent += 1;
            bytes += message.size();
        }
        self.marks.sent(sent, bytes);
        (sent, failed)
    }

    /// Queues one record. The failure's code is that of a full queue where there is no room.
    pub fn send_one(&mut self, topic: &str, message: &Message<'_>, partition: i32, time_ms: i64) -> Result<(), Failure> {
        let handle = self.topic(topic)?;
        let (headers, edition) = self.headers(message.headers);
        let parts = [
            Vu::topic(handle),
            Vu::copied(),
            Vu::key(message.key),
            Vu::value(message.value),
            Vu::partition(partition),
            Vu::timestamp(time_ms),
            Vu::opaque(self.marks.ticket(edition)),
        ];
        self.produce(&parts, headers)?;
        self.marks.sent(1, message.size());
        Ok(())
    }

    fn produce(&self, parts: &[Vu], headers: *mut c_void) -> Result<(), Failure> {
        calls::produce(&self.library, self.handle, parts, headers)
    }

    fn topic(&mut self, name: &str) -> Result<*mut c_void, Failure> {
        if let Some(handle) = self.topics.get(name) {
            return Ok(*handle);
        }
        if self.topics.len() >= TOPICS_MAX {
            self.forget_topics();
        }
        let handle = calls::new_topic(&self.library, self.handle, name)?;
        self.topics.insert(name.to_string(), handle);
        Ok(handle)
    }

    fn forget_topics(&mut self) {
        for (_, handle) in self.topics.drain() {
            calls::destroy_topic(&self.library, handle);
        }
    }

    /// Serves reports for at most so long.
    pub fn poll(&self, timeout_ms: i32) -> i32 {
        // SAFETY: the handle is live.
        unsafe { (self.library.poll)(self.handle, timeout_ms) }
    }

    /// Waits until everything is delivered or the time is over.
    pub fn flush(&self, timeout_ms: i32) -> i32 {
        // SAFETY: the handle is live.
        unsafe { (self.library.flush)(self.handle, timeout_ms) }
    }

    /// Records that are queued or under way.
    pub fn outstanding(&self) -> i32 {
        // SAFETY: the handle is live.
        unsafe { (self.library.outq_len)(self.handle) }
    }

    /// Bytes of keys and values that are queued or under way.
    pub fn outstanding_bytes(&self) -> usize {
        self.marks.room().bytes()
    }

    /// Waits until half of what is under way, or of `limit` if that is less, is done; at most so long.
    pub fn wait_for_room(&self, limit: usize, timeout: Duration) {
        self.marks.room().wait(limit, timeout);
    }

    /// Drops what is queued or under way.
    pub fn purge(&self) -> i32 {
        const QUEUE_AND_INFLIGHT: c_int = 1 | 2;
        // SAFETY: the handle is live.
        unsafe { (self.library.purge)(self.handle, QUEUE_AND_INFLIGHT) }
    }

    /// The client's one error after which it is of no more use.
    pub fn fatal_error(&self) -> Option<Failure> {
        calls::fatal_error(&self.library, self.handle)
    }

    /// One of the transactional calls, which may take the time that is given.
    pub fn transactional(&self, call: Call, timeout_ms: i32) -> Result<(), Failure> {
        calls::transactional(&self.library, self.handle, call, timeout_ms)
    }
}

pub use calls::Call as TransactionalCall;

impl Drop for Client {
    fn drop(&mut self) {
        self.forget_headers();
        self.forget_topics();
        // SAFETY: the handle is live, and used by nobody any more.
        unsafe { (self.library.destroy)(self.handle) };
        // Now nothing comes back any more.
        self.stock.clear(&self.library);
    }
}

extern "C" fn on_delivery(_: *mut c_void, message: *const library::DeliveredMessage, opaque: *mut c_void) {
    // SAFETY: the library gives a message that lives for the call.
    let Some(message) = (unsafe { message.as_ref() }) else {
        return;
    };
    if message.err == 0 {
        return;
    }
    let library = library::current();
    let (text, topic) = match &library {
        // SAFETY: both calls take what the message has, and give C strings.
        Some(library) => unsafe {
            let topic = (!message.rkt.is_null()).then(|| text_of((library.topic_name)(message.rkt)));
            (text_of((library.err2str)(message.err)), topic)
        },
        None => (String::new(), None),
    };
    with_reports(opaque, |reports| {
        let failure = Failure { code: message.err, text, fatal: false, retriable: false, requires_abort: false, topic };
        push(&mut reports.deliveries, failure);
    });
}

extern "C" fn on_error(_: *mut c_void, code: c_int, reason: *const c_char, opaque: *mut c_void) {
    // SAFETY: the library gives a C string.
    let text = unsafe { text_of(reason) };
    with_reports(opaque, |reports| {
        let failure = Failure { code, text, fatal: code == -150, retriable: false, requires_abort: false, topic: None };
        push(&mut reports.errors, failure);
    });
}

extern "C" fn on_log(handle: *const c_void, level: c_int, facility: *const c_char, line: *const c_char) {
    let Some(library) = library::current() else {
        return;
    };
    // SAFETY: the library gives a live handle, whose opaque pointer we set, and C strings.
    let (opaque, facility, line) =
        unsafe { ((library.opaque)(handle), text_of(facility), text_of(line)) };
    with_reports(opaque, |reports| push(&mut reports.logs, (level, facility, line)));
}

/// A C string without its inner zero bytes.
fn c_string(text: &str) -> CString {
    CString::new(text.replace('\0', "")).unwrap_or_default()
}
