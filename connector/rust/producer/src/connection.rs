//! One connection to a broker: requests and their answers, one after the other (Kafka's protocol guide).

use crate::endpoint::Endpoint;
use crate::settings::Settings;
use bytes::Bytes;
use kafka_protocol::messages::{ApiVersionsRequest, RequestHeader, ResponseHeader};
use kafka_protocol::protocol::{Decodable, Encodable, HeaderVersion, Request, StrBytes};
use std::collections::HashMap;
use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpStream, ToSocketAddrs};

/// A longer answer is none.
const ANSWER_BYTES_MAX: usize = 64 << 20;

/// What ends a connection.
#[derive(Debug)]
pub enum Trouble {
    Io(io::Error),
    /// The broker answers what cannot be understood, or has no version of a request in common with us.
    Protocol(String),
}

impl From<io::Error> for Trouble {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

impl std::fmt::Display for Trouble {
    fn fmt(&self, to: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Io(error) if matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut) => {
                write!(to, "no answer in time")
            }
            Self::Io(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
                write!(to, "the broker closed the connection")
            }
            Self::Io(error) => write!(to, "{error}"),
            Self::Protocol(text) => write!(to, "{text}"),
        }
    }
}

/// A request that waits for its answer.
#[derive(Debug, Clone, Copy)]
pub struct Pending {
    correlation: i32,
    version: i16,
}

#[derive(Debug)]
pub struct Connection {
    stream: TcpStream,
    client_id: StrBytes,
    correlation: i32,
    /// Lowest and highest version that the broker takes, by request.
    versions: HashMap<i16, (i16, i16)>,
    buffer: Vec<u8>,
}

impl Connection {
    pub fn open(endpoint: &Endpoint, settings: &Settings) -> Result<Self, Trouble> {
        let stream = connect(endpoint, settings)?;
        let mut connection = Self {
            stream,
            client_id: StrBytes::from_string(settings.client_id.clone()),
            correlation: 0,
            versions: HashMap::from([(ApiVersionsRequest::KEY, (0, 0))]),
            buffer: Vec::new(),
        };
        let answer = connection.call(&ApiVersionsRequest::default(), 0)?;
        if answer.error_code != 0 {
            return Err(Trouble::Protocol(format!("the broker tells no versions: error {}", answer.error_code)));
        }
        connection.versions =
            answer.api_keys.iter().map(|api| (api.api_key, (api.min_version, api.max_version))).collect();
        Ok(connection)
    }

    /// Something that ends the connection from another thread.
    pub fn handle(&self) -> io::Result<Handle> {
        Ok(Handle(self.stream.try_clone()?))
    }

    /// Sends a request in the highest version that both sides know, `highest` at most.
    pub fn send<Q: Request>(&mut self, request: &Q, highest: i16) -> Result<Pending, Trouble> {
        let version = self.version(Q::KEY, highest)?;
        self.correlation = self.correlation.wrapping_add(1);
        let header = RequestHeader::default()
            .with_request_api_key(Q::KEY)
            .with_request_api_version(version)
            .with_correlation_id(self.correlation)
            .with_client_id(Some(self.client_id.clone()));
        self.buffer.clear();
        self.buffer.extend_from_slice(&[0; 4]);
        header.encode(&mut self.buffer, Q::header_version(version)).map_err(unencodable)?;
        request.encode(&mut self.buffer, version).map_err(unencodable)?;
        let length = u32::try_from(self.buffer.len() - 4).map_err(unencodable)?;
        if let Some(place) = self.buffer.first_chunk_mut::<4>() {
            *place = length.to_be_bytes();
        }
        self.stream.write_all(&self.buffer)?;
        Ok(Pending { correlation: self.correlation, version })
    }

    /// The answer to the request that was sent last.
    pub fn receive<Q: Request>(&mut self, pending: Pending) -> Result<Q::Response, Trouble> {
        let mut length = [0; 4];
        self.stream.read_exact(&mut length)?;
        let length = usize::try_from(u32::from_be_bytes(length)).unwrap_or(usize::MAX);
        if length > ANSWER_BYTES_MAX {
            return Err(Trouble::Protocol(format!("the broker announces an answer of {length} bytes; is it Kafka?")));
        }
        let mut answer = vec![0; length];
        self.stream.read_exact(&mut answer)?;
        let mut answer = Bytes::from(answer);
        let header = ResponseHeader::decode(&mut answer, Q::Response::header_version(pending.version))
            .map_err(undecodable)?;
        if header.correlation_id != pending.correlation {
            return Err(Trouble::Protocol("the broker answers what was not asked".to_string()));
        }
        Q::Response::decode(&mut answer, pending.version).map_err(undecodable)
    }

    pub fn call<Q: Request>(&mut self, request: &Q, highest: i16) -> Result<Q::Response, Trouble> {
        let pending = self.send(request, highest)?;
        self.receive::<Q>(pending)
    }

    fn version(&self, key: i16, highest: i16) -> Result<i16, Trouble> {
        match self.versions.get(&key) {
            Some((lowest, most)) if *lowest <= highest => Ok(highest.min(*most)),
            _ => Err(Trouble::Protocol(format!("the broker does not know version {highest} of request {key}"))),
        }
    }
}

/// Ends a connection that another thread uses, or waits on.
#[derive(Debug)]
pub struct Handle(TcpStream);

impl Handle {
    pub fn end(&self) {
        // It may have ended already.
        let _ = self.0.shutdown(Shutdown::Both);
    }
}

fn connect(endpoint: &Endpoint, settings: &Settings) -> Result<TcpStream, Trouble> {
    let addresses = (endpoint.host.as_str(), endpoint.port).to_socket_addrs()?;
    let mut last = io::Error::new(io::ErrorKind::NotFound, format!("{} has no address", endpoint.host));
    for address in addresses {
        match TcpStream::connect_timeout(&address, settings.connect) {
            Ok(stream) => {
                stream.set_nodelay(true)?;
                stream.set_read_timeout(Some(settings.request))?;
                stream.set_write_timeout(Some(settings.request))?;
                return Ok(stream);
            }
            Err(error) => last = error,
        }
    }
    Err(last.into())
}

fn unencodable(error: impl std::fmt::Display) -> Trouble {
    Trouble::Protocol(format!("a request cannot be written: {error}"))
}

fn undecodable(error: impl std::fmt::Display) -> Trouble {
    Trouble::Protocol(format!("the broker's answer cannot be read: {error}"))
}
