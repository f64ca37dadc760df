//! Bytes of the MySQL and MariaDB binary log to events, and row images to the bytes of Kafka records.
//!
//! Pure: no I/O, no clock, no Python. Any input gives a value or an [`Error`], never a panic. The reference
//! implementation in Python (`rowtide.binlog.reference`, `rowtide.types`, `rowtide.converters`) says what is right.
#![forbid(unsafe_code)]

pub mod cursor;
pub mod error;
pub mod compression;
pub mod decoder;
pub mod event_types;
pub mod events;
pub mod header;
pub mod lane;
pub mod packets;
pub mod plan;
pub mod result_set;
pub mod rows;
pub mod table;
pub mod text;
pub mod values;

pub use error::{Error, Result};
