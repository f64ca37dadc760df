//! Packed decimals: printed plainly they are the number that they are.
#![no_main]

use libfuzzer_sys::fuzz_target;
use rowtide_engine::cursor::Cursor;
use rowtide_engine::values::decimal;

fuzz_target!(|data: &[u8]| {
    let [precision, scale, rest @ ..] = data else {
        return;
    };
    let precision = usize::from(*precision) % 65 + 1;
    let scale = usize::from(*scale) % 31;
    if scale > precision {
        return;
    }
    let mut cursor = Cursor::new(rest, 0);
    let Ok(number) = decimal::read(&mut cursor, precision, scale) else {
        return;
    };
    let (mut plain, mut java, mut unscaled) = (Vec::new(), Vec::new(), Vec::new());
    number.write_plain(&mut plain);
    number.write_java(&mut java);
    number.write_unscaled(&mut unscaled);
    let text = std::str::from_utf8(&plain).unwrap();
    let value: f64 = text.parse().unwrap();
    assert_eq!(std::str::from_utf8(&java).unwrap().parse::<f64>().unwrap(), value);
    let negative = unscaled.first().is_some_and(|byte| byte & 0x80 != 0);
    assert_eq!(negative, value < 0.0);
});
