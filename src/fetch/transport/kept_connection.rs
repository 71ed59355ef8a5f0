//! Connections that are kept for the next request, and the errors of those that the server has closed in the meantime.

use std::error;
use std::fmt;
use std::io;

use ureq::unversioned::transport::{Buffers, ConnectionDetails, Connector, NextTimeout, Transport};

/// The error of a connection that was kept for a request, and closed before a byte of its response arrived.
#[derive(Debug)]
pub(super) struct StaleConnection {
    /// True if no byte of the request was sent.
    pub(super) is_unsent: bool,
    error: ureq::Error,
}

/// The error of a socket that has sent nothing since it received the last byte.
#[derive(Debug)]
pub(super) struct NothingSent(pub(super) io::Error);

/// A connector whose connections know if they were kept.
#[derive(Debug)]
pub(super) struct KeptConnector {
    /// True if connections lead through a proxy.
    pub(super) has_proxy: bool,
}

/// A connection that knows the stage of its exchange.
#[derive(Debug)]
pub(super) struct KeptTransport<T> {
    inner: T,
    /// The stage of the exchange, or `None` for a connection to a proxy, which carries another one.
    stage: Option<ExchangeStage>,
}

/// The stage of an exchange on a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum ExchangeStage {
    /// The first request is sent.
    First,
    /// A response arrives, or has arrived.
    Response,
    /// A further request is sent.
    Further,
}

impl<In: Transport> Connector<In> for KeptConnector {
    type Out = KeptTransport<In>;

    fn connect(
        &self,
        details: &ConnectionDetails<'_>,
        chained: Option<In>,
    ) -> Result<Option<Self::Out>, ureq::Error> {
        let is_to_proxy = self.has_proxy && details.config.proxy().is_none();
        let stage = (!is_to_proxy).then_some(ExchangeStage::First);
        Ok(chained.map(|inner| KeptTransport { inner, stage }))
    }
}

impl<T> KeptTransport<T> {
    /// Marks the error of a connection that was closed while it was kept.
    fn marked(&self, error: ureq::Error) -> ureq::Error {
        let is_unsent = matches!(&error, ureq::Error::Other(other) if other.is::<NothingSent>());
        match self.stage {
            Some(ExchangeStage::Further) if is_unsent || is_closure(&error) => {
                ureq::Error::Other(Box::new(StaleConnection { is_unsent, error: plain(error) }))
            }
            _ => error,
        }
    }
}

impl StaleConnection {
    /// Returns true if an error is that of a stale connection after which a request may be sent again.
    ///
    /// An idempotent request may be (RFC 9110 section 9.2.2). Any other one may be if the server cannot have received it
    /// (RFC 9112 section 9.3.1).
    pub(super) fn allows_retry(error: &ureq::Error, is_idempotent: bool) -> bool {
        Self::of(error).is_some_and(|stale| is_idempotent || stale.is_unsent)
    }

    /// Returns the stale connection that is the error, or `None` for another error.
    pub(super) fn of(error: &ureq::Error) -> Option<&Self> {
        match error {
            ureq::Error::Other(other) => other.downcast_ref(),
            _ => None,
        }
    }

    /// Returns the error of the connection itself, without the marks of this module.
    pub(super) fn unmarked(error: ureq::Error) -> ureq::Error {
        match error {
            ureq::Error::Other(other) => match other.downcast::<Self>() {
                Ok(stale) => stale.error,
                Err(other) => plain(ureq::Error::Other(other)),
            },
            error => error,
        }
    }
}

/// Returns true for the errors of a connection that the peer has closed.
fn is_closure(error: &ureq::Error) -> bool {
    use io::ErrorKind::{BrokenPipe, ConnectionAborted, ConnectionReset, NotConnected, UnexpectedEof};
    let closures = [BrokenPipe, ConnectionAborted, ConnectionReset, NotConnected, UnexpectedEof];
    matches!(error, ureq::Error::Io(error) if closures.contains(&error.kind()))
}

/// Returns the error of a socket without its mark.
fn plain(error: ureq::Error) -> ureq::Error {
    match error {
        ureq::Error::Other(other) => match other.downcast::<NothingSent>() {
            Ok(unsent) => unsent.0.into(),
            Err(other) => ureq::Error::Other(other),
        },
        error => error,
    }
}

impl<T: Transport> Transport for KeptTransport<T> {
    fn buffers(&mut self) -> &mut dyn Buffers {
        self.inner.buffers()
    }

    fn transmit_output(&mut self, amount: usize, timeout: NextTimeout) -> Result<(), ureq::Error> {
        if self.stage == Some(ExchangeStage::Response) {
            self.stage = Some(ExchangeStage::Further);
        }
        self.inner.transmit_output(amount, timeout).map_err(|error| self.marked(error))
    }

    fn await_input(&mut self, timeout: NextTimeout) -> Result<bool, ureq::Error> {
        let is_more = self.inner.await_input(timeout).map_err(|error| self.marked(error))?;
        if is_more {
            self.stage = self.stage.map(|_| ExchangeStage::Response);
        } else if self.stage == Some(ExchangeStage::Further) {
            return Err(self.marked(io::Error::from(io::ErrorKind::UnexpectedEof).into()));
        }
        Ok(is_more)
    }

    fn is_open(&mut self) -> bool {
        self.inner.is_open()
    }

    fn is_tls(&self) -> bool {
        self.inner.is_tls()
    }
}

impl fmt::Display for StaleConnection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.error.fmt(f)
    }
}

impl error::Error for StaleConnection {}

impl fmt::Display for NothingSent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl error::Error for NothingSent {}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;

    use ureq::unversioned::transport::LazyBuffers;

    use super::*;

    type Outcome = Result<bool, ureq::Error>;

    /// A connection with these outcomes of its reads and writes.
    #[derive(Debug)]
    struct Scripted(LazyBuffers, VecDeque<Outcome>);

    impl Transport for Scripted {
        fn buffers(&mut self) -> &mut dyn Buffers {
            &mut self.0
        }

        fn transmit_output(&mut self, _: usize, timeout: NextTimeout) -> Result<(), ureq::Error> {
            self.await_input(timeout).map(|_| ())
        }

        fn await_input(&mut self, _: NextTimeout) -> Outcome {
            self.1.pop_front().unwrap()
        }

        fn is_open(&mut self) -> bool {
            true
        }
    }

    /// Returns the error of the last of these writes (`>`) and reads (`<`).
    fn last(
        stage: Option<ExchangeStage>,
        calls: &str,
        outcomes: impl IntoIterator<Item = Outcome>,
    ) -> ureq::Error {
        let inner = Scripted(LazyBuffers::new(1, 1), outcomes.into_iter().collect());
        let mut connection = KeptTransport { inner, stage };
        let timeout = NextTimeout::default();
        let mut call = |call| match call {
            '>' => connection.transmit_output(0, timeout).err(),
            _ => connection.await_input(timeout).err(),
        };
        calls.chars().map(&mut call).last().flatten().unwrap()
    }

    fn socket(kind: io::ErrorKind) -> ureq::Error {
        ureq::Error::Io(kind.into())
    }

    fn unsent() -> ureq::Error {
        ureq::Error::Other(Box::new(NothingSent(io::ErrorKind::BrokenPipe.into())))
    }

    #[test]
    fn only_a_closure_before_the_first_byte_of_a_further_response_is_stale() {
        let (first, reset) = (Some(ExchangeStage::First), io::ErrorKind::ConnectionReset);
        let good = || [Ok(true), Ok(true)];
        let allows =
            |error: &ureq::Error| [true, false].map(|post| StaleConnection::allows_retry(error, post));
        for (error, retry) in [
            (last(first, "><>", good().into_iter().chain([Err(unsent())])), [true, true]),
            (last(first, "><><", good().into_iter().chain([Ok(true), Err(unsent())])), [true, true]),
            (last(first, "><>", good().into_iter().chain([Err(socket(reset))])), [true, false]),
            (last(first, "><><", good().into_iter().chain([Ok(true), Err(socket(reset))])), [true, false]),
            (last(first, "><><", good().into_iter().chain([Ok(true), Ok(false)])), [true, false]),
            // The first request, a response that has begun, a timeout, and a connection to a proxy.
            (last(first, ">", [Err(unsent())]), [false, false]),
            (last(first, "><", [Ok(true), Err(socket(reset))]), [false, false]),
            (last(first, "><<", good().into_iter().chain([Err(socket(reset))])), [false, false]),
            (
                last(first, "><>", good().into_iter().chain([Err(socket(io::ErrorKind::TimedOut))])),
                [false, false],
            ),
            (last(None, "><>", good().into_iter().chain([Err(socket(reset))])), [false, false]),
        ] {
            assert_eq!(allows(&error), retry, "{error:?}");
            assert!(matches!(StaleConnection::unmarked(error), ureq::Error::Io(_)));
        }
    }
}
