//! The connector of ureq, with errors that tell the proxy from the API.

use std::error;
use std::fmt;

use ureq::unversioned::transport::{ConnectProxyConnector, ConnectionDetails, Connector, Transport};

use super::http2_detector::Http2Detector;
use super::kept_connection::{KeptConnector, StaleConnection};
use super::socket_connector::SocketConnector;
use super::tls_connector::TlsConnector;

/// An error of the connection to the proxy or of its response to CONNECT.
#[derive(Debug)]
pub(super) struct ProxyFailure(pub ureq::Error);

/// A connector to the proxy that marks its errors: ureq reports the same ones for the API behind the proxy.
#[derive(Debug, Default)]
struct ProxyConnector(ConnectProxyConnector);

/// Returns a connector that connects over TCP and TLS, and through the proxy of the config if there is one.
pub(super) fn connector(socket: SocketConnector, tls: TlsConnector, kept: KeptConnector) -> impl Connector {
    ().chain(ProxyConnector::default()).chain(socket).chain(tls).chain(kept).chain(Http2Detector)
}

impl<In: Transport> Connector<In> for ProxyConnector {
    type Out = <ConnectProxyConnector as Connector<In>>::Out;

    fn connect(
        &self,
        details: &ConnectionDetails<'_>,
        chained: Option<In>,
    ) -> Result<Option<Self::Out>, ureq::Error> {
        let connected = self.0.connect(details, chained);
        connected
            .map_err(|error| ureq::Error::Other(Box::new(ProxyFailure(StaleConnection::unmarked(error)))))
    }
}

impl fmt::Display for ProxyFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl error::Error for ProxyFailure {}
