//! The connector for TLS, and its connections.

use std::fmt;
use std::io::{self, Read, Write};
use std::sync::Arc;

use rustls::pki_types::ServerName;
use rustls::{ClientConnection, StreamOwned};
use ureq::unversioned::transport::time::{Duration, Instant};
use ureq::unversioned::transport::{
    Buffers, ConnectionDetails, Connector, Either, LazyBuffers, NextTimeout, Transport, TransportAdapter,
};

use super::tls::TlsConfigs;
use super::tls_records::TlsRecords;

/// A connector that adds TLS to the connections of https URLs.
#[derive(Debug)]
pub(super) struct TlsConnector {
    pub(super) configs: TlsConfigs,
    /// The name of the API's certificate, or `None` for the host of the URL.
    pub(super) server_name: Option<ServerName<'static>>,
    /// True if connections lead through a proxy.
    pub(super) has_proxy: bool,
}

/// A connection with TLS.
pub(super) struct TlsTransport {
    buffers: LazyBuffers,
    /// The sizes of the buffers for input and output.
    sizes: (usize, usize),
    stream: StreamOwned<ClientConnection, TlsSocket>,
}

/// A connection below TLS, which counts the records that arrive.
struct TlsSocket {
    inner: TransportAdapter,
    received: TlsRecords,
}

impl TlsConnector {
    /// Returns true if the connection leads to the proxy: ureq connects to it without a proxy in the config.
    fn is_to_proxy(&self, details: &ConnectionDetails<'_>) -> bool {
        self.has_proxy && details.config.proxy().is_none()
    }

    fn connection(&self, details: &ConnectionDetails<'_>) -> Result<ClientConnection, ureq::Error> {
        let is_to_proxy = self.is_to_proxy(details);
        let config = if is_to_proxy { &self.configs.proxy } else { &self.configs.api };
        let host = details.uri.host().unwrap_or_default().trim_matches(['[', ']']);
        let name = match self.server_name.as_ref().filter(|_| !is_to_proxy) {
            Some(name) => name.clone(),
            None => ServerName::try_from(host.to_owned()).map_err(|_| {
                ureq::Error::Tls("the host of the URL is neither a DNS name nor an IP address")
            })?,
        };
        Ok(ClientConnection::new(Arc::clone(config), name)?)
    }
}

impl<In: Transport> Connector<In> for TlsConnector {
    type Out = Either<In, TlsTransport>;

    fn connect(
        &self,
        details: &ConnectionDetails<'_>,
        chained: Option<In>,
    ) -> Result<Option<Self::Out>, ureq::Error> {
        let Some(transport) = chained else { return Ok(None) };
        if !details.needs_tls() || transport.is_tls() {
            return Ok(Some(Either::A(transport)));
        }
        let conn = self.connection(details)?;
        let inner = TransportAdapter::new(transport.boxed(), Arc::clone(&details.current_time));
        let mut stream = StreamOwned::new(conn, TlsSocket { inner, received: TlsRecords::default() });
        stream.sock.inner.set_timeout(left(details));
        stream.conn.complete_io(&mut stream.sock)?;
        let sizes = (details.config.input_buffer_size(), details.config.output_buffer_size());
        let buffers = LazyBuffers::new(sizes.0, sizes.1);
        Ok(Some(Either::B(TlsTransport { buffers, sizes, stream })))
    }
}

/// Returns the timeout of a connection without the time that it has taken so far.
fn left(details: &ConnectionDetails<'_>) -> NextTimeout {
    let mut timeout = details.timeout;
    let times = (timeout.after, (details.current_time)(), details.now);
    if let (Duration::Exact(limit), Instant::Exact(now), Instant::Exact(start)) = times {
        timeout.after = limit.saturating_sub(now.saturating_duration_since(start)).into();
    }
    timeout
}

impl TlsTransport {
    /// Returns true if nothing was received that no request has read: no part of a record, no data and no closure.
    fn is_idle(&mut self) -> bool {
        let state = self.stream.conn.process_new_packets();
        let is_empty =
            |state: rustls::IoState| state.plaintext_bytes_to_read() == 0 && !state.peer_has_closed();
        self.stream.sock.received.is_complete() && state.is_ok_and(is_empty)
    }
}

impl Transport for TlsTransport {
    fn buffers(&mut self) -> &mut dyn Buffers {
        &mut self.buffers
    }

    fn transmit_output(&mut self, amount: usize, timeout: NextTimeout) -> Result<(), ureq::Error> {
        self.stream.sock.inner.set_timeout(timeout);
        Ok(self.stream.write_all(&self.buffers.output()[..amount])?)
    }

    fn await_input(&mut self, timeout: NextTimeout) -> Result<bool, ureq::Error> {
        self.stream.sock.inner.set_timeout(timeout);
        let amount = self.stream.read(self.buffers.input_append_buf())?;
        self.buffers.input_appended(amount);
        Ok(amount > 0)
    }

    fn is_open(&mut self) -> bool {
        let is_open = self.is_idle() && self.stream.sock.inner.get_mut().is_open();
        if is_open && self.buffers.input().is_empty() {
            // An idle connection needs no buffers.
            self.buffers = LazyBuffers::new(self.sizes.0, self.sizes.1);
        }
        is_open
    }

    fn is_tls(&self) -> bool {
        true
    }
}

impl fmt::Debug for TlsTransport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TlsTransport").field("inner", &self.stream.sock.inner.get_ref()).finish()
    }
}

impl Read for TlsSocket {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let amount = self.inner.read(buffer)?;
        self.received.pass(&buffer[..amount]);
        Ok(amount)
    }
}

impl Write for TlsSocket {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        self.inner.write(buffer)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}
