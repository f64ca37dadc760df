//! What a producer is told, under librdkafka's names, and which of that this one does not do.

use crate::compression::Codec;
use crate::endpoint::Endpoint;
use std::collections::HashMap;
use std::time::Duration;

/// Why settings cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refused {
    /// Another client can.
    Unsupported(String),
    Wrong(String),
}

#[derive(Debug, Clone)]
pub struct Settings {
    pub bootstrap: Vec<Endpoint>,
    pub client_id: String,
    /// -1 is all replicas in sync.
    pub acks: i16,
    pub idempotent: bool,
    pub codec: Codec,
    /// Of a batch, uncompressed; also a record's longest.
    pub batch_bytes: usize,
    pub record_bytes: usize,
    pub linger: Duration,
    /// How long a record is tried; `None` is for ever.
    pub delivery: Option<Duration>,
    pub request: Duration,
    pub connect: Duration,
    pub retries: u32,
    pub retry_backoff: Duration,
    pub reconnect_backoff: (Duration, Duration),
    pub metadata_age: Duration,
}

/// Understood, and of no effect here: one request is under way at a time, queues are bounded by who fills them, and
/// failures alone are told.
const WITHOUT_EFFECT: [&str; 9] = [
    "max.in.flight.requests.per.connection",
    "queue.buffering.max.kbytes",
    "queue.buffering.max.messages",
    "batch.num.messages",
    "delivery.report.only.error",
    "socket.keepalive.enable",
    "client.dns.lookup",
    "connections.max.idle.ms",
    "retry.backoff.max.ms",
];

impl Settings {
    pub fn parse(given: &[(String, String)]) -> Result<Self, Refused> {
        let mut left: HashMap<&str, &str> =
            given.iter().map(|(name, value)| (name.as_str(), value.trim())).collect();
        let settings = Self::taken(&mut left)?;
        for name in WITHOUT_EFFECT {
            left.remove(name);
        }
        match left.into_keys().min() {
            Some(name) => Err(Refused::Unsupported(name.to_string())),
            None => Ok(settings),
        }
    }

    fn taken(left: &mut HashMap<&str, &str>) -> Result<Self, Refused> {
        only(left, "security.protocol", &["plaintext"])?;
        only(left, "partitioner", &["murmur2_random"])?;
        let record_bytes = number(left, "message.max.bytes", 1 << 20)?;
        let acks = match left.remove("acks").unwrap_or("all") {
            "all" | "-1" => -1,
            "1" => 1,
            other => return Err(Refused::Unsupported(format!("acks={other}"))),
        };
        let idempotent = flag(left, "enable.idempotence")?;
        if idempotent && acks != -1 {
            return Err(Refused::Wrong("enable.idempotence=true needs acks=all".to_string()));
        }
        Ok(Self {
            bootstrap: Endpoint::list(left.remove("bootstrap.servers").unwrap_or(""))?,
            client_id: left.remove("client.id").unwrap_or("rowtide").to_string(),
            acks,
            idempotent,
            codec: codec(left)?,
            batch_bytes: number(left, "batch.size", 1 << 20)?.min(record_bytes),
            record_bytes,
            linger: time(left, "linger.ms", 0)?,
            delivery: Some(time(left, "message.timeout.ms", 300_000)?).filter(|time| !time.is_zero()),
            request: time(left, "request.timeout.ms", 30_000)?,
            connect: time(left, "socket.connection.setup.timeout.ms", 30_000)?,
            retries: number(left, "retries", i32::MAX as usize)?.try_into().unwrap_or(u32::MAX),
            retry_backoff: time(left, "retry.backoff.ms", 100)?,
            reconnect_backoff: (
                time(left, "reconnect.backoff.ms", 50)?,
                time(left, "reconnect.backoff.max.ms", 1000)?,
            ),
            metadata_age: time(left, "metadata.max.age.ms", 300_000)?,
        })
    }
}

fn only(left: &mut HashMap<&str, &str>, name: &str, values: &[&str]) -> Result<(), Refused> {
    match left.remove(name) {
        Some(value) if !values.contains(&value.to_lowercase().as_str()) => {
            Err(Refused::Unsupported(format!("{name}={value}")))
        }
        _ => Ok(()),
    }
}

fn codec(left: &mut HashMap<&str, &str>) -> Result<Codec, Refused> {
    let name = left.remove("compression.type").or(left.remove("compression.codec")).unwrap_or("none");
    let level = match left.remove("compression.level") {
        Some(text) => Some(text.parse().map_err(|_| wrong("compression.level", text))?),
        None => None,
    };
    Codec::of(name, level).ok_or_else(|| match level {
        Some(level) => Refused::Wrong(format!("compression.type={name} has no level {level}")),
        None => wrong("compression.type", name),
    })
}

fn flag(left: &mut HashMap<&str, &str>, name: &str) -> Result<bool, Refused> {
    match left.remove(name) {
        None => Ok(false),
        Some(text) => text.to_lowercase().parse().map_err(|_| wrong(name, text)),
    }
}

fn number(left: &mut HashMap<&str, &str>, name: &str, usual: usize) -> Result<usize, Refused> {
    left.remove(name).map_or(Ok(usual), |text| text.parse().map_err(|_| wrong(name, text)))
}

fn time(left: &mut HashMap<&str, &str>, name: &str, usual: u32) -> Result<Duration, Refused> {
    let milliseconds = match left.remove(name) {
        // The library takes fractions of milliseconds to linger.
        Some(text) => text.parse().ok().filter(|ms| (0.0..=1e12).contains(ms)).ok_or_else(|| wrong(name, text))?,
        None => f64::from(usual),
    };
    Ok(Duration::from_secs_f64(milliseconds / 1000.0))
}

fn wrong(name: &str, value: &str) -> Refused {
    Refused::Wrong(format!("{name}={value} is no valid value"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(given: &[(&str, &str)]) -> Result<Settings, Refused> {
        let mut all = vec![("bootstrap.servers".to_string(), "localhost:9092".to_string())];
        all.extend(given.iter().map(|(name, value)| ((*name).to_string(), (*value).to_string())));
        Settings::parse(&all)
    }

    #[test]
    fn settings_are_taken_under_the_librarys_names() {
        let settings = parse(&[
            ("acks", "all"),
            ("enable.idempotence", "true"),
            ("compression.type", "lz4"),
            ("linger.ms", "2.5"),
            ("message.timeout.ms", "0"),
            ("batch.size", "2000000"),
        ]);
        assert!(settings.is_ok_and(|settings| settings.acks == -1
            && settings.idempotent
            && settings.codec == Codec::Lz4(1)
            && settings.linger == Duration::from_micros(2500)
            && settings.delivery.is_none()
            && settings.batch_bytes == 1 << 20));
    }

    #[test]
    fn what_this_client_does_not_do_is_told() {
        for (name, value) in [("acks", "0"), ("security.protocol", "SSL"), ("transactional.id", "x"), ("debug", "all")] {
            assert!(matches!(parse(&[(name, value)]), Err(Refused::Unsupported(text)) if text.starts_with(name)));
        }
    }

    #[test]
    fn wrong_values_are_told() {
        for (name, value) in [("linger.ms", "soon"), ("compression.type", "best"), ("batch.size", "-1")] {
            assert!(matches!(parse(&[(name, value)]), Err(Refused::Wrong(text)) if text.contains(name)), "{name}");
        }
    }
}
