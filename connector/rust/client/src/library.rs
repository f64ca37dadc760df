//! The functions of the shared library.

use std::ffi::{c_char, c_int, c_void, CStr};
use std::ptr;
use std::sync::{Arc, Mutex, PoisonError};

const RTLD_NOW: c_int = 2;

extern "C" {
    fn dlopen(path: *const c_char, flags: c_int) -> *mut c_void;
    fn dlsym(handle: *mut c_void, name: *const c_char) -> *mut c_void;
    fn dlerror() -> *const c_char;
}

/// What a delivery report tells (`rd_kafka_message_t`).
#[repr(C)]
pub struct DeliveredMessage {
    pub err: c_int,
    pub rkt: *mut c_void,
    partition: i32,
    value: Bytes,
    key: Bytes,
    offset: i64,
    /// What the record was queued with.
    pub opaque: *mut c_void,
}

impl DeliveredMessage {
    /// Bytes of key and value.
    pub fn size(&self) -> usize {
        self.key.size + self.value.size
    }
}

#[repr(C)]
struct Bytes {
    pointer: *mut c_void,
    size: usize,
}

pub type DeliveryCallback = extern "C" fn(*mut c_void, *const DeliveredMessage, *mut c_void);
pub type NewCallback = extern "C" fn(*mut c_void, *const c_void, *mut c_void, *mut c_char, usize) -> c_int;
pub type AcknowledgedCallback = extern "C" fn(*mut c_void, *const DeliveredMessage, *mut c_void) -> c_int;
pub type ErrorCallback = extern "C" fn(*mut c_void, c_int, *const c_char, *mut c_void);
pub type LogCallback = extern "C" fn(*const c_void, c_int, *const c_char, *const c_char);

macro_rules! functions {
    ($($field:ident = $name:literal: fn($($argument:ty),*) $(-> $answer:ty)?;)*) => {
        /// Entry points of rdkafka.h, as it declares them.
        pub struct Functions {
            $(pub $field: unsafe extern "C" fn($($argument),*) $(-> $answer)?,)*
        }

        impl Functions {
            /// SAFETY: `handle` is a library that has these functions as rdkafka.h declares them.
            unsafe fn load(handle: *mut c_void) -> Result<Self, String> {
                Ok(Self {
                    // SAFETY: a symbol of that name is the function of that type, by this function's condition.
                    $($field: unsafe {
                        std::mem::transmute::<*mut c_void, unsafe extern "C" fn($($argument),*) $(-> $answer)?>(
                            symbol(handle, concat!($name, "\0"))?,
                        )
                    },)*
                })
            }
        }
    };
}

functions! {
    conf_new = "rd_kafka_conf_new": fn() -> *mut c_void;
    conf_destroy = "rd_kafka_conf_destroy": fn(*mut c_void);
    conf_set = "rd_kafka_conf_set": fn(*mut c_void, *const c_char, *const c_char, *mut c_char, usize) -> c_int;
    conf_set_opaque = "rd_kafka_conf_set_opaque": fn(*mut c_void, *mut c_void);
    conf_set_delivery = "rd_kafka_conf_set_dr_msg_cb": fn(*mut c_void, DeliveryCallback);
    conf_set_error = "rd_kafka_conf_set_error_cb": fn(*mut c_void, ErrorCallback);
    conf_set_log = "rd_kafka_conf_set_log_cb": fn(*mut c_void, LogCallback);
    conf_add_on_new = "rd_kafka_conf_interceptor_add_on_new":
        fn(*mut c_void, *const c_char, NewCallback, *mut c_void) -> c_int;
    add_on_acknowledged = "rd_kafka_interceptor_add_on_acknowledgement":
        fn(*mut c_void, *const c_char, AcknowledgedCallback, *mut c_void) -> c_int;
    new = "rd_kafka_new": fn(c_int, *mut c_void, *mut c_char, usize) -> *mut c_void;
    destroy = "rd_kafka_destroy": fn(*mut c_void);
    opaque = "rd_kafka_opaque": fn(*const c_void) -> *mut c_void;
    topic_new = "rd_kafka_topic_new": fn(*mut c_void, *const c_char, *mut c_void) -> *mut c_void;
    topic_destroy = "rd_kafka_topic_destroy": fn(*mut c_void);
    topic_name = "rd_kafka_topic_name": fn(*const c_void) -> *const c_char;
    produceva = "rd_kafka_produceva": fn(*mut c_void, *const crate::calls::Vu, usize) -> *mut c_void;
    headers_new = "rd_kafka_headers_new": fn(usize) -> *mut c_void;
    detach_headers = "rd_kafka_message_detach_headers":
        fn(*const DeliveredMessage, *mut *mut c_void) -> c_int;
    headers_copy = "rd_kafka_headers_copy": fn(*const c_void) -> *mut c_void;
    headers_destroy = "rd_kafka_headers_destroy": fn(*mut c_void);
    header_add = "rd_kafka_header_add": fn(*mut c_void, *const c_char, isize, *const c_void, isize) -> c_int;
    poll = "rd_kafka_poll": fn(*mut c_void, c_int) -> c_int;
    flush = "rd_kafka_flush": fn(*mut c_void, c_int) -> c_int;
    purge = "rd_kafka_purge": fn(*mut c_void, c_int) -> c_int;
    outq_len = "rd_kafka_outq_len": fn(*mut c_void) -> c_int;
    last_error = "rd_kafka_last_error": fn() -> c_int;
    err2str = "rd_kafka_err2str": fn(c_int) -> *const c_char;
    fatal_error = "rd_kafka_fatal_error": fn(*mut c_void, *mut c_char, usize) -> c_int;
    error_code = "rd_kafka_error_code": fn(*const c_void) -> c_int;
    error_string = "rd_kafka_error_string": fn(*const c_void) -> *const c_char;
    error_is_fatal = "rd_kafka_error_is_fatal": fn(*const c_void) -> c_int;
    error_is_retriable = "rd_kafka_error_is_retriable": fn(*const c_void) -> c_int;
    error_requires_abort = "rd_kafka_error_txn_requires_abort": fn(*const c_void) -> c_int;
    error_destroy = "rd_kafka_error_destroy": fn(*mut c_void);
    init_transactions = "rd_kafka_init_transactions": fn(*mut c_void, c_int) -> *mut c_void;
    begin_transaction = "rd_kafka_begin_transaction": fn(*mut c_void) -> *mut c_void;
    commit_transaction = "rd_kafka_commit_transaction": fn(*mut c_void, c_int) -> *mut c_void;
    abort_transaction = "rd_kafka_abort_transaction": fn(*mut c_void, c_int) -> *mut c_void;
}

/// The library; it stays loaded for the life of the process.
pub struct Library {
    functions: Arc<Functions>,
}

impl Library {
    /// For callbacks, which may outlive this.
    pub fn functions(&self) -> Arc<Functions> {
        self.functions.clone()
    }
}

impl std::ops::Deref for Library {
    type Target = Functions;

    fn deref(&self) -> &Functions {
        &self.functions
    }
}

/// The library that was opened last, for callbacks, which bring no pointer to it. A process has one.
static CURRENT: Mutex<Option<Arc<Functions>>> = Mutex::new(None);

pub fn current() -> Option<Arc<Functions>> {
    CURRENT.lock().unwrap_or_else(PoisonError::into_inner).clone()
}

impl Library {
    pub fn open(path: &str) -> Result<Self, String> {
        let name = crate::c_string(path);
        // SAFETY: plain call; the library is one that the process has loaded already.
        let handle = unsafe { dlopen(name.as_ptr(), RTLD_NOW) };
        if handle.is_null() {
            return Err(last_error());
        }
        // SAFETY: the caller names librdkafka, whose public interface is stable.
        let functions = Arc::new(unsafe { Functions::load(handle) }?);
        *CURRENT.lock().unwrap_or_else(PoisonError::into_inner) = Some(functions.clone());
        Ok(Self { functions })
    }
}

fn last_error() -> String {
    // SAFETY: dlerror gives null or a C string.
    unsafe { crate::text_of(dlerror()) }
}

/// SAFETY: `handle` came from dlopen; `name` ends in a zero byte.
unsafe fn symbol(handle: *mut c_void, name: &str) -> Result<*mut c_void, String> {
    let Ok(c_name) = CStr::from_bytes_with_nul(name.as_bytes()) else {
        return Err(format!("{name} is no name"));
    };
    // SAFETY: by this function's condition.
    let found = unsafe { dlsym(handle, c_name.as_ptr()) };
    if ptr::eq(found, ptr::null_mut()) {
        return Err(last_error());
    }
    Ok(found)
}
