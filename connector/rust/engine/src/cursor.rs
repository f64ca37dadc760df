//! Checked reading of integers, strings and slices: whatever is missing or malformed is an error with its offset.

use crate::error::{Error, Result};

/// A place in `data` that moves forward as values are read.
#[derive(Debug, Clone)]
pub struct Cursor<'a> {
    pub data: &'a [u8],
    /// Index in `data` of the next byte.
    pub pos: usize,
    /// Index after the last byte that may be read.
    pub end: usize,
    /// What is added to `pos` to tell an offset within the event.
    pub origin: usize,
}

impl<'a> Cursor<'a> {
    pub fn new(data: &'a [u8], origin: usize) -> Self {
        Self { data, pos: 0, end: data.len(), origin }
    }

    pub fn within(data: &'a [u8], pos: usize, end: usize, origin: usize) -> Self {
        Self { data, pos, end: end.min(data.len()), origin }
    }

    pub fn offset(&self) -> usize {
        self.origin.saturating_add(self.pos)
    }

    pub fn remaining(&self) -> usize {
        self.end.saturating_sub(self.pos)
    }

    pub fn error(&self, what: impl AsRef<str>) -> Error {
        self.error_at(what, self.offset())
    }

    #[cold]
    pub fn error_at(&self, what: impl AsRef<str>, offset: usize) -> Error {
        Error::at(format!("{} (byte {} of the event).", what.as_ref(), offset), offset)
    }

    #[cold]
    #[inline(never)]
    fn early(&self, size: usize) -> Error {
        let missing = size.saturating_sub(self.remaining());
        self.error(format!(
            "The event ends {missing} bytes too early: {size} wanted, {} left",
            self.remaining()
        ))
    }

    #[inline]
    pub fn take(&mut self, size: usize) -> Result<&'a [u8]> {
        let stop = self.pos.saturating_add(size);
        if stop > self.end {
            return Err(self.early(size));
        }
        match self.data.get(self.pos..stop) {
            Some(bytes) => {
                self.pos = stop;
                Ok(bytes)
            }
            None => Err(self.early(size)),
        }
    }

    #[inline]
    pub fn array<const N: usize>(&mut self) -> Result<[u8; N]> {
        let bytes = self.take(N)?;
        bytes.try_into().map_err(|_| self.early(N))
    }

    #[inline]
    pub fn skip(&mut self, size: usize) -> Result<()> {
        let stop = self.pos.saturating_add(size);
        if stop > self.end {
            return Err(self.early(size));
        }
        self.pos = stop;
        Ok(())
    }

    pub fn rest(&mut self) -> &'a [u8] {
        let bytes = self.data.get(self.pos..self.end).unwrap_or(&[]);
        self.pos = self.end;
        bytes
    }

    #[inline]
    pub fn u8(&mut self) -> Result<u8> {
        let [byte] = self.array::<1>()?;
        Ok(byte)
    }

    #[inline]
    pub fn u16(&mut self) -> Result<u16> {
        Ok(u16::from_le_bytes(self.array()?))
    }

    #[inline]
    pub fn u32(&mut self) -> Result<u32> {
        Ok(u32::from_le_bytes(self.array()?))
    }

    #[inline]
    pub fn u64(&mut self) -> Result<u64> {
        Ok(u64::from_le_bytes(self.array()?))
    }

    /// Unsigned, little-endian, of at most 8 bytes.
    #[inline]
    pub fn uint(&mut self, size: usize) -> Result<u64> {
        let bytes = self.take(size)?;
        Ok(bytes.iter().rev().fold(0, |value, byte| value << 8 | u64::from(*byte)))
    }

    /// Unsigned, big-endian, of at most 8 bytes.
    #[inline]
    pub fn uint_be(&mut self, size: usize) -> Result<u64> {
        let bytes = self.take(size)?;
        Ok(bytes.iter().fold(0, |value, byte| value << 8 | u64::from(*byte)))
    }

    /// Signed, little-endian, of 1 to 8 bytes.
    #[inline]
    pub fn sint(&mut self, size: usize) -> Result<i64> {
        let value = self.uint(size)?;
        Ok(signed(value, size))
    }

    /// A length of at most four bytes, as an index.
    #[inline]
    pub fn length(&mut self, size: usize) -> Result<usize> {
        let value = self.uint(size)?;
        Ok(usize::try_from(value).unwrap_or(usize::MAX))
    }

    /// MySQL's length-encoded integer: one byte, or a mark (0xfc, 0xfd, 0xfe) and 2, 3 or 8 bytes.
    pub fn lenenc(&mut self) -> Result<u64> {
        let first = self.u8()?;
        match first {
            0..=0xFA => Ok(u64::from(first)),
            0xFC => self.uint(2),
            0xFD => self.uint(3),
            0xFE => self.uint(8),
            _ => Err(self.error_at(
                format!("0x{first:02x} does not begin a length-encoded integer"),
                self.offset().saturating_sub(1),
            )),
        }
    }

    pub fn lenenc_length(&mut self) -> Result<usize> {
        Ok(usize::try_from(self.lenenc()?).unwrap_or(usize::MAX))
    }

    pub fn lenenc_bytes(&mut self) -> Result<&'a [u8]> {
        let size = self.lenenc_length()?;
        self.take(size)
    }

    /// Unsigned integer of MySQL's serialization library (tagged GTIDs).
    pub fn varlen(&mut self) -> Result<u64> {
        let first = self.u8()?;
        let ones = first.trailing_ones();
        if ones == 8 {
            return self.u64();
        }
        let more = self.uint(usize::try_from(ones).unwrap_or(0))?;
        let wide = u128::from(first) | u128::from(more) << 8;
        Ok(u64::try_from(wide >> (ones + 1)).unwrap_or(u64::MAX))
    }

    /// Text for people and names; bytes that are not UTF-8 become U+FFFD.
    pub fn text(&mut self, size: usize) -> Result<String> {
        Ok(String::from_utf8_lossy(self.take(size)?).into_owned())
    }

    pub fn skip_nul(&mut self, what: &str) -> Result<()> {
        if self.u8()? != 0 {
            return Err(self.error_at(
                format!("{what} is not followed by a zero byte"),
                self.offset().saturating_sub(1),
            ));
        }
        Ok(())
    }

    pub fn expect_end(&self, what: &str) -> Result<()> {
        if self.remaining() > 0 {
            return Err(self.error(format!("{} bytes are left after {what}", self.remaining())));
        }
        Ok(())
    }
}

/// The number's lower `size` bytes as a signed number.
#[inline]
pub fn signed(value: u64, size: usize) -> i64 {
    let unused = 64_u32.saturating_sub(u32::try_from(size.saturating_mul(8)).unwrap_or(64)).min(63);
    i64::from_ne_bytes((value << unused).to_ne_bytes()) >> unused
}

/// Same bits, as a signed number.
#[inline]
pub fn as_signed(value: u64) -> i64 {
    i64::from_ne_bytes(value.to_ne_bytes())
}

/// Same bits, as an unsigned number.
#[inline]
pub fn as_unsigned(value: i64) -> u64 {
    u64::from_ne_bytes(value.to_ne_bytes())
}
