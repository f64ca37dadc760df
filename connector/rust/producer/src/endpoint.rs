//! Where a broker listens.

use crate::settings::Refused;
use std::fmt;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint {
    pub host: String,
    pub port: u16,
}

impl Endpoint {
    /// Of a list as `bootstrap.servers` has it: `host:port`, also `protocol://host:port` and `[::1]:port`.
    pub fn list(text: &str) -> Result<Vec<Self>, Refused> {
        let endpoints: Option<Vec<Self>> =
            text.split(',').map(str::trim).filter(|item| !item.is_empty()).map(Self::parse).collect();
        endpoints
            .filter(|endpoints| !endpoints.is_empty())
            .ok_or_else(|| Refused::Wrong(format!("bootstrap.servers={text} is no list of host:port")))
    }

    fn parse(text: &str) -> Option<Self> {
        let address = text.split_once("://").map_or(text, |(_, address)| address);
        let (host, port) = address.rsplit_once(':')?;
        let host = host.trim_start_matches('[').trim_end_matches(']');
        let port = port.parse().ok().filter(|port| *port > 0)?;
        (!host.is_empty()).then(|| Self { host: host.to_string(), port })
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.host.contains(':') {
            true => write!(to, "[{}]:{}", self.host, self.port),
            false => write!(to, "{}:{}", self.host, self.port),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn endpoints_are_read_as_java_writes_them() {
        let texts = Endpoint::list(" a:1, SSL://b.example:9093,[::1]:9092 ,")
            .map(|all| all.iter().map(ToString::to_string).collect::<Vec<_>>());
        assert_eq!(texts, Ok(vec!["a:1".to_string(), "b.example:9093".to_string(), "[::1]:9092".to_string()]));
    }

    #[test]
    fn a_list_without_an_endpoint_is_wrong() {
        for text in ["", ",", "a", "a:x", ":1", "a:0", "a:70000"] {
            assert!(Endpoint::list(text).is_err(), "{text}");
        }
    }
}
