//! The hash that Java's producer chooses partitions by (`Utils.murmur2`), so that keys keep theirs.

const SEED: u32 = 0x9747_b28c;
const M: u32 = 0x5bd1_e995;
const R: u32 = 24;

/// Which of `partitions` (more than none) a key belongs to.
pub fn partition_of(key: &[u8], partitions: usize) -> usize {
    usize::try_from(murmur2(key) & 0x7fff_ffff).unwrap_or(0) % partitions.max(1)
}

fn murmur2(data: &[u8]) -> u32 {
    let length = u32::try_from(data.len() & 0xffff_ffff).unwrap_or(0);
    let mut hash = SEED ^ length;
    let mut words = data.chunks_exact(4);
    for word in words.by_ref() {
        let word = word.first_chunk::<4>().copied().unwrap_or_default();
        let mut k = u32::from_le_bytes(word).wrapping_mul(M);
        k ^= k >> R;
        hash = hash.wrapping_mul(M) ^ k.wrapping_mul(M);
    }
    let rest = words.remainder();
    if !rest.is_empty() {
        for (byte, shift) in rest.iter().zip([0, 8, 16]) {
            hash ^= u32::from(*byte) << shift;
        }
        hash = hash.wrapping_mul(M);
    }
    hash ^= hash >> 13;
    hash = hash.wrapping_mul(M);
    hash ^ (hash >> 15)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_are_those_of_kafkas_own_test() {
        let cases: [(&[u8], i32); 7] = [
            (b"21", -973_932_308),
            (b"foobar", -790_332_482),
            (b"a-little-bit-long-string", -985_981_536),
            (b"a-little-bit-longer-string", -1_486_304_829),
            (b"lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58_897_971),
            (b"abc", 479_470_107),
            (b"", 275_646_681),
        ];
        for (key, hash) in cases {
            assert_eq!(murmur2(key), u32::from_ne_bytes(hash.to_ne_bytes()), "{key:?}");
        }
    }
}
