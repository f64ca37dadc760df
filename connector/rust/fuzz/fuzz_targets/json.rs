//! MySQL's binary JSON: what can be written is text of JSON's characters.
#![no_main]

use libfuzzer_sys::fuzz_target;
use rowtide_engine::values::json;

fuzz_target!(|data: &[u8]| {
    let mut text = Vec::new();
    if json::write(data, 0, &mut text).is_ok() {
        assert!(std::str::from_utf8(&text).is_ok());
    }
});
