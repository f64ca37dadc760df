//! The one error of this crate: bytes that make no sense, with the place.

/// What `rowtide.errors.BinlogError` says, or what the server said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Error {
    pub message: String,
    /// Byte within the event.
    pub offset: i64,
    /// Place in the log file; -1 when it is not known.
    pub position: i64,
    /// The packet in which the server ended the stream, if it did.
    pub server_packet: Option<Vec<u8>>,
}

pub type Result<T> = std::result::Result<T, Error>;

impl Error {
    pub fn new(message: impl Into<String>) -> Self {
        Self::at(message, 0)
    }

    pub fn at(message: impl Into<String>, offset: usize) -> Self {
        Self {
            message: message.into(),
            offset: i64::try_from(offset).unwrap_or(i64::MAX),
            position: -1,
            server_packet: None,
        }
    }
}
