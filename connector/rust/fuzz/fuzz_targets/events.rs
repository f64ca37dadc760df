//! Bytes as they come from a socket: any packets, any events.
#![no_main]

use libfuzzer_sys::fuzz_target;
use rowtide_engine::decoder::Decoder;

fuzz_target!(|data: &[u8]| {
    let mut decoder = Decoder::new(None);
    for event in rowtide_fuzz::decoded(data, &mut decoder) {
        rowtide_fuzz::read(&event);
    }
});
