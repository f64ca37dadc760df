//! How the C library's memory is managed in a process that sends records.

use std::sync::Once;

/// Settings for memory that one thread takes and another gives back, record by record: without them glibc spends a third
/// of a sender's time on joining freed pieces, and on giving memory to the system that is wanted again at once.
pub fn settle() {
    static ONCE: Once = Once::new();
    ONCE.call_once(set);
}

#[cfg(all(target_os = "linux", target_env = "gnu"))]
fn set() {
    use std::ffi::c_int;
    const TRIM_THRESHOLD: c_int = -1;
    const MMAP_THRESHOLD: c_int = -3;
    const FAST_BIN_MAX: c_int = 1;
    const MIB: c_int = 1 << 20;

    extern "C" {
        fn mallopt(parameter: c_int, value: c_int) -> c_int;
    }

    for (parameter, value) in [(FAST_BIN_MAX, 0), (TRIM_THRESHOLD, 32 * MIB), (MMAP_THRESHOLD, 8 * MIB)] {
        // SAFETY: may be called at any time; an unknown parameter is refused by its answer.
        unsafe { mallopt(parameter, value) };
    }
}

#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
fn set() {}
