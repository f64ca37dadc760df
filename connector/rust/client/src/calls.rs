//! Calls of the library with Rust's values.

use crate::library::Library;
use crate::marks::{self, Marks};
use crate::{c_string, on_delivery, on_error, on_log, text_of, Failure};
use std::ffi::{c_char, c_int, c_void};
use std::ptr;

const PRODUCER: c_int = 0;
const CONF_OK: c_int = 0;
const TEXT_BYTES: usize = 512;

/// A typed argument of `rd_kafka_produceva` (`rd_kafka_vu_t`): a tag, and a union of 64 bytes.
#[repr(C)]
pub struct Vu {
    tag: c_int,
    value: VuValue,
}

#[repr(C)]
union VuValue {
    pointer: *mut c_void,
    int: c_int,
    long: i64,
    memory: Memory,
    padding: [u64; 8],
}

#[repr(C)]
#[derive(Clone, Copy)]
struct Memory {
    pointer: *const c_void,
    size: usize,
}

const TAG_TOPIC: c_int = 2;
const TAG_PARTITION: c_int = 3;
const TAG_VALUE: c_int = 4;
const TAG_KEY: c_int = 5;
const TAG_OPAQUE: c_int = 6;
const TAG_FLAGS: c_int = 7;
const TAG_TIMESTAMP: c_int = 8;
const TAG_HEADERS: c_int = 10;
const FLAG_COPY: c_int = 2;

impl Vu {
    fn of(tag: c_int, value: VuValue) -> Self {
        Self { tag, value }
    }

    pub fn topic(handle: *mut c_void) -> Self {
        Self::of(TAG_TOPIC, VuValue { pointer: handle })
    }

    /// Key and value are copied by the call.
    pub fn copied() -> Self {
        Self::of(TAG_FLAGS, VuValue { int: FLAG_COPY })
    }

    /// The number comes back with the record's acknowledgement.
    pub fn opaque(number: usize) -> Self {
        Self::of(TAG_OPAQUE, VuValue { pointer: ptr::without_provenance_mut(number) })
    }

    pub fn partition(number: i32) -> Self {
        Self::of(TAG_PARTITION, VuValue { int: number })
    }

    pub fn timestamp(time_ms: i64) -> Self {
        Self::of(TAG_TIMESTAMP, VuValue { long: time_ms })
    }

    pub fn key(bytes: Option<&[u8]>) -> Self {
        Self::of(TAG_KEY, VuValue { memory: memory(bytes) })
    }

    pub fn value(bytes: Option<&[u8]>) -> Self {
        Self::of(TAG_VALUE, VuValue { memory: memory(bytes) })
    }
}

fn memory(bytes: Option<&[u8]>) -> Memory {
    match bytes {
        Some(bytes) => Memory { pointer: bytes.as_ptr().cast(), size: bytes.len() },
        None => Memory { pointer: ptr::null(), size: 0 },
    }
}

/// A list of headers in the library's form.
pub struct Headers(*mut c_void);

impl Headers {
    pub fn new(library: &Library, headers: &[(String, Option<Vec<u8>>)]) -> Self {
        // SAFETY: plain call.
        let list = unsafe { (library.headers_new)(headers.len()) };
        for (name, value) in headers {
            let value = memory(value.as_deref());
            let size = |length: usize| isize::try_from(length).unwrap_or(0);
            // SAFETY: name and value live for the call, which copies them.
            unsafe {
                (library.header_add)(list, name.as_ptr().cast(), size(name.len()), value.pointer, size(value.size));
            }
        }
        Self(list)
    }

    pub fn copy(&self, library: &Library) -> *mut c_void {
        // SAFETY: the list is live.
        unsafe { (library.headers_copy)(self.0) }
    }

    pub fn destroy(self, library: &Library) {
        // SAFETY: the list is live, and ours.
        unsafe { (library.headers_destroy)(self.0) };
    }
}

fn text(buffer: &[c_char; TEXT_BYTES]) -> String {
    // SAFETY: the library ends what it writes with a zero byte, and the buffer began with zeros.
    unsafe { text_of(buffer.as_ptr()) }
}

pub fn new_producer(
    library: &Library,
    settings: &[(String, String)],
    opaque: *mut c_void,
    marks: &Marks,
) -> Result<*mut c_void, String> {
    let mut reason: [c_char; TEXT_BYTES] = [0; TEXT_BYTES];
    // SAFETY: the configuration is made here and given to the producer or destroyed here; strings live for the calls.
    unsafe {
        let configuration = (library.conf_new)();
        for (name, value) in settings {
            let (name, value) = (c_string(name), c_string(value));
            let answer =
                (library.conf_set)(configuration, name.as_ptr(), value.as_ptr(), reason.as_mut_ptr(), TEXT_BYTES);
            if answer != CONF_OK {
                (library.conf_destroy)(configuration);
                return Err(text(&reason));
            }
        }
        (library.conf_set_opaque)(configuration, opaque);
        (library.conf_add_on_new)(configuration, marks::NAME.as_ptr(), marks::on_new, marks.as_opaque());
        (library.conf_set_delivery)(configuration, on_delivery);
        (library.conf_set_error)(configuration, on_error);
        (library.conf_set_log)(configuration, on_log);
        let handle = (library.new)(PRODUCER, configuration, reason.as_mut_ptr(), TEXT_BYTES);
        if handle.is_null() {
            (library.conf_destroy)(configuration);
            return Err(text(&reason));
        }
        Ok(handle)
    }
}

pub fn new_topic(library: &Library, handle: *mut c_void, name: &str) -> Result<*mut c_void, Failure> {
    let c_name = c_string(name);
    // SAFETY: the handle is live; no configuration is given.
    let topic = unsafe { (library.topic_new)(handle, c_name.as_ptr(), ptr::null_mut()) };
    if topic.is_null() {
        // SAFETY: plain calls; the text is a C string.
        let (code, text) = unsafe {
            let code = (library.last_error)();
            (code, text_of((library.err2str)(code)))
        };
        return Err(plain_failure(code, text, Some(name.to_string())));
    }
    Ok(topic)
}

pub fn destroy_topic(library: &Library, topic: *mut c_void) {
    // SAFETY: the topic is live, and ours.
    unsafe { (library.topic_destroy)(topic) };
}

fn plain_failure(code: i32, text: String, topic: Option<String>) -> Failure {
    Failure { code, text, fatal: false, retriable: false, requires_abort: false, topic }
}

/// Queues one record; `headers` are the library's from then on, or destroyed.
pub fn produce(library: &Library, handle: *mut c_void, parts: &[Vu], headers: *mut c_void) -> Result<(), Failure> {
    const PARTS_MAX: usize = 9;
    let mut all: [Vu; PARTS_MAX] = std::array::from_fn(|_| Vu::copied());
    let mut count = 0;
    for (place, part) in all.iter_mut().zip(parts) {
        // SAFETY: every field of the union is plain memory; the padding covers all of it.
        *place = Vu::of(part.tag, VuValue { padding: unsafe { part.value.padding } });
        count += 1;
    }
    if !headers.is_null() {
        if let Some(place) = all.get_mut(count) {
            *place = Vu::of(TAG_HEADERS, VuValue { pointer: headers });
            count += 1;
        }
    }
    // SAFETY: handle and topic are live; key and value live for the call, which copies them.
    let error = unsafe { (library.produceva)(handle, all.as_ptr(), count) };
    if error.is_null() {
        return Ok(());
    }
    if !headers.is_null() {
        // SAFETY: the library takes headers only of records that it queued.
        unsafe { (library.headers_destroy)(headers) };
    }
    Err(failure(library, error))
}

/// What an error object tells; destroys it.
fn failure(library: &Library, error: *mut c_void) -> Failure {
    // SAFETY: the error is live and ours.
    unsafe {
        let failure = Failure {
            code: (library.error_code)(error),
            text: text_of((library.error_string)(error)),
            fatal: (library.error_is_fatal)(error) != 0,
            retriable: (library.error_is_retriable)(error) != 0,
            requires_abort: (library.error_requires_abort)(error) != 0,
            topic: None,
        };
        (library.error_destroy)(error);
        failure
    }
}

pub fn fatal_error(library: &Library, handle: *mut c_void) -> Option<Failure> {
    let mut reason: [c_char; TEXT_BYTES] = [0; TEXT_BYTES];
    // SAFETY: the handle is live; the buffer is as long as it says.
    let code = unsafe { (library.fatal_error)(handle, reason.as_mut_ptr(), TEXT_BYTES) };
    (code != 0).then(|| Failure { fatal: true, ..plain_failure(code, text(&reason), None) })
}

/// The steps of transactions.
#[derive(Debug, Clone, Copy)]
pub enum Call {
    Init,
    Begin,
    Commit,
    Abort,
}

pub fn transactional(library: &Library, handle: *mut c_void, call: Call, timeout_ms: i32) -> Result<(), Failure> {
    // SAFETY: the handle is live.
    let error = unsafe {
        match call {
            Call::Init => (library.init_transactions)(handle, timeout_ms),
            Call::Begin => (library.begin_transaction)(handle),
            Call::Commit => (library.commit_transaction)(handle, timeout_ms),
            Call::Abort => (library.abort_transaction)(handle, timeout_ms),
        }
    };
    if error.is_null() {
        Ok(())
    } else {
        Err(failure(library, error))
    }
}
