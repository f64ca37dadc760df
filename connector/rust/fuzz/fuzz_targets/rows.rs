//! Tables and rows in right frames: read by values, and encoded in the lane.
#![no_main]

use libfuzzer_sys::fuzz_target;
use rowtide_engine::decoder::Decoder;

fuzz_target!(|data: &[u8]| {
    let Some((choice, rest)) = data.split_first() else {
        return;
    };
    let events = rowtide_fuzz::decoded(&rowtide_fuzz::stream(rest), &mut Decoder::new(None));
    events.iter().for_each(rowtide_fuzz::read);
    rowtide_fuzz::through_lane(events, *choice);
});
