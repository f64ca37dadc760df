//! The codecs of Kafka's record batches.

use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use lz4::liblz4::BlockChecksum;
use lz4::{BlockMode, BlockSize, ContentChecksum};
use std::io::{self, Read, Write};

/// A codec with its level; 0 where nobody gave one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Codec {
    None,
    Gzip(u32),
    Snappy,
    Lz4(u32),
    Zstd(i32),
}

impl Codec {
    /// Of `compression.type` and a level; `None` for a name or a level that Kafka does not have.
    pub fn of(name: &str, level: Option<i32>) -> Option<Self> {
        let in_range = |least: i32, most: i32, usual: i32| {
            let level = level.filter(|level| *level != -1).unwrap_or(usual);
            (least..=most).contains(&level).then_some(level)
        };
        Some(match name {
            "none" => Self::None,
            "gzip" => Self::Gzip(u32::try_from(in_range(0, 9, 6)?).ok()?),
            "snappy" => Self::Snappy,
            "lz4" => Self::Lz4(u32::try_from(in_range(0, 17, 1)?).ok()?),
            "zstd" => Self::Zstd(in_range(-131_072, 22, 3)?),
            _ => return None,
        })
    }

    /// The lowest bits of a batch's attributes.
    pub fn attribute(self) -> u16 {
        match self {
            Self::None => 0,
            Self::Gzip(_) => 1,
            Self::Snappy => 2,
            Self::Lz4(_) => 3,
            Self::Zstd(_) => 4,
        }
    }

    /// Appends `data`, compressed.
    pub fn compress(self, data: &[u8], to: &mut Vec<u8>) -> io::Result<()> {
        match self {
            Self::None => to.extend_from_slice(data),
            Self::Gzip(level) => {
                let mut encoder = GzEncoder::new(to, flate2::Compression::new(level));
                encoder.write_all(data)?;
                encoder.finish()?;
            }
            Self::Snappy => to.extend(snap::raw::Encoder::new().compress_vec(data)?),
            Self::Lz4(level) => lz4_frame(data, to, level)?,
            Self::Zstd(level) => to.extend(zstd::bulk::compress(data, level)?),
        }
        Ok(())
    }

    /// What was compressed by `compress`.
    pub fn decompress(self, data: &[u8]) -> io::Result<Vec<u8>> {
        let mut plain = Vec::new();
        match self {
            Self::None => plain.extend_from_slice(data),
            Self::Gzip(_) => {
                GzDecoder::new(data).read_to_end(&mut plain)?;
            }
            Self::Snappy => plain = snap::raw::Decoder::new().decompress_vec(data)?,
            Self::Lz4(_) => {
                lz4::Decoder::new(data)?.read_to_end(&mut plain)?;
            }
            Self::Zstd(_) => {
                zstd::stream::copy_decode(data, &mut plain)?;
            }
        }
        Ok(plain)
    }
}

/// Java's reader takes frames of independent blocks alone, without their checksums (KafkaLZ4BlockInputStream).
fn lz4_frame(data: &[u8], to: &mut Vec<u8>, level: u32) -> io::Result<()> {
    let mut encoder = lz4::EncoderBuilder::new()
        .block_size(BlockSize::Max64KB)
        .block_mode(BlockMode::Independent)
        .block_checksum(BlockChecksum::NoBlockChecksum)
        .checksum(ContentChecksum::NoChecksum)
        .level(level)
        .build(to)?;
    encoder.write_all(data)?;
    encoder.finish().1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_compressed_comes_back() {
        let data: Vec<u8> = (0..300_000_u32).flat_map(|i| (i / 7).to_le_bytes()).collect();
        for name in ["none", "gzip", "snappy", "lz4", "zstd"] {
            let codec = Codec::of(name, None);
            let mut small = vec![1, 2, 3];
            assert!(codec.is_some_and(|codec| codec.compress(&data, &mut small).is_ok()), "{name}");
            assert!(name == "none" || small.len() < data.len() / 2, "{name}: {}", small.len());
            let back = codec.and_then(|codec| codec.decompress(small.get(3..)?).ok());
            assert_eq!(back.as_ref(), Some(&data), "{name}");
        }
    }

    #[test]
    fn unknown_names_and_levels_are_refused() {
        assert_eq!(Codec::of("brotli", None), None);
        assert_eq!(Codec::of("gzip", Some(10)), None);
        assert_eq!(Codec::of("zstd", Some(23)), None);
        assert_eq!(Codec::of("gzip", Some(-1)), Some(Codec::Gzip(6)));
    }
}
