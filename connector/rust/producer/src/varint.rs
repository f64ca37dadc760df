//! Variable-length integers of Kafka's records: zigzag, seven bits a byte, the lowest first.

/// Appends a number.
pub fn put(to: &mut Vec<u8>, number: i64) {
    let mut rest = zigzag(number);
    while rest >= 0x80 {
        to.push(low_bits(rest) | 0x80);
        rest >>= 7;
    }
    to.push(low_bits(rest));
}

/// How many bytes `put` appends.
pub fn size(number: i64) -> usize {
    let bits = 64 - (zigzag(number) | 1).leading_zeros() as usize;
    bits.div_ceil(7)
}

/// Takes a number from the front of `data`; `None` when it does not end there.
pub fn take(data: &mut &[u8]) -> Option<i64> {
    let mut zigzag = 0_u64;
    for shift in (0..64).step_by(7) {
        let (first, rest) = data.split_first()?;
        *data = rest;
        zigzag |= u64::from(first & 0x7f) << shift;
        if first & 0x80 == 0 {
            let magnitude = i64::from_ne_bytes((zigzag >> 1).to_ne_bytes());
            return Some(if zigzag & 1 == 0 { magnitude } else { !magnitude });
        }
    }
    None
}

fn zigzag(number: i64) -> u64 {
    u64::from_ne_bytes(((number << 1) ^ (number >> 63)).to_ne_bytes())
}

fn low_bits(number: u64) -> u8 {
    let [low, ..] = number.to_le_bytes();
    low & 0x7f
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_come_back_and_have_the_size_that_was_told() {
        for number in [0, -1, 1, 63, 64, -64, -65, 8191, 8192, 1 << 40, i64::MAX, i64::MIN] {
            let mut bytes = Vec::new();
            put(&mut bytes, number);
            assert_eq!(bytes.len(), size(number), "{number}");
            let mut rest = bytes.as_slice();
            assert_eq!(take(&mut rest), Some(number));
            assert!(rest.is_empty());
        }
    }

    #[test]
    fn an_unfinished_number_is_none() {
        assert_eq!(take(&mut [0x80_u8].as_slice()), None);
        assert_eq!(take(&mut [0xff_u8; 11].as_slice()), None);
    }

    #[test]
    fn the_protocols_own_examples_hold() {
        let mut bytes = Vec::new();
        put(&mut bytes, 150);
        assert_eq!(bytes, [0xac, 0x02]);
    }
}
