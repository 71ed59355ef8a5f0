//! The detector of servers that support only HTTP/2, which ureq reports as an invalid version.

use std::error;
use std::fmt;

use ureq::unversioned::transport::{Buffers, ConnectionDetails, Connector, NextTimeout, Transport};

/// The length in bytes of the header of a frame, which begins with the length of its payload (RFC 9113 section 4.1).
const FRAME_HEADER: usize = 9;
/// The type of the frame that a server sends first (RFC 9113 sections 3.4 and 6.5).
const SETTINGS: u8 = 4;

/// The error of a connection on which a frame of HTTP/2 was received.
#[derive(Debug)]
pub(super) struct Http2Received;

/// A connector whose connections fail at the first byte of HTTP/2.
#[derive(Debug)]
pub(super) struct Http2Detector;

/// A connection that fails if its first bytes are a frame of HTTP/2.
#[derive(Debug)]
pub(super) struct CheckedTransport<T> {
    inner: T,
    is_checked: bool,
}

impl<In: Transport> Connector<In> for Http2Detector {
    type Out = CheckedTransport<In>;

    fn connect(
        &self,
        _: &ConnectionDetails<'_>,
        chained: Option<In>,
    ) -> Result<Option<Self::Out>, ureq::Error> {
        Ok(chained.map(|inner| CheckedTransport { inner, is_checked: false }))
    }
}

impl<T: Transport> Transport for CheckedTransport<T> {
    fn buffers(&mut self) -> &mut dyn Buffers {
        self.inner.buffers()
    }

    fn transmit_output(&mut self, amount: usize, timeout: NextTimeout) -> Result<(), ureq::Error> {
        self.inner.transmit_output(amount, timeout)
    }

    fn await_input(&mut self, timeout: NextTimeout) -> Result<bool, ureq::Error> {
        let is_more = self.inner.await_input(timeout)?;
        if !self.is_checked {
            let input = self.inner.buffers().input();
            self.is_checked = input.len() >= FRAME_HEADER;
            // The first byte of a length below 64 KiB is zero, and no response of HTTP/1.1 begins with it.
            if self.is_checked && input[0] == 0 && input[3] == SETTINGS {
                return Err(ureq::Error::Other(Box::new(Http2Received)));
            }
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

impl fmt::Display for Http2Received {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a frame of HTTP/2 was received")
    }
}

impl error::Error for Http2Received {}
