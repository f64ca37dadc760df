//! Events with GTIDs and sets of them, and how a lane joins them.
#![no_main]

use libfuzzer_sys::fuzz_target;
use rowtide_engine::decoder::Decoder;
use rowtide_engine::lane::{Begin, Gtid, Run};

const KINDS: [u8; 5] = [33, 35, 42, 162, 163];

fuzz_target!(|data: &[u8]| {
    let Some((choice, body)) = data.split_first() else {
        return;
    };
    let kind = KINDS[usize::from(*choice) % KINDS.len()];
    let size = u16::try_from(body.len()).unwrap_or(u16::MAX).to_le_bytes();
    let framed = [&[*choice, kind, size[0], size[1]], body].concat();
    rowtide_fuzz::decoded(&rowtide_fuzz::stream(&framed), &mut Decoder::new(None));

    let mut run = Run::default();
    for pair in body.chunks_exact(2) {
        let (source, number) = (pair[0], pair[1]);
        let gtid = match source % 4 {
            0 => Gtid::Mariadb { domain: u32::from(source), server: 1, sequence: u64::from(number) },
            1 => Gtid::Mysql { sid: [source; 16], tag: Some("t".to_string()), gno: i128::from(number) },
            _ => Gtid::Mysql { sid: [source; 16], tag: None, gno: i128::from(number) },
        };
        run.transactions.push(Begin { gtid: Some(gtid), position: 0 });
    }
    assert!(run.gtids(run.transactions.len()).len() <= run.transactions.len());
});
