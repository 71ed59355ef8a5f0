//! The values that a service may set in a header, and the rules for them.

use std::net::Ipv6Addr;

use crate::config::credential_names::is_credential;
use crate::config::url_parts::host_and_port;
use crate::fetch::http_token::is_http_token;
use crate::fetch::secrets::secret::Secret;
use crate::support::error::{Error, ErrorKind};

/// A value for a header: text, or a [`Secret`].
pub trait HeaderValue {
    /// Returns the text that is sent.
    fn sent(&self) -> &str;

    /// Returns true if the value must be redacted everywhere.
    fn is_secret(&self) -> bool {
        false
    }
}

/// The headers that a service cannot set, because they control the transfer of the message.
const FRAMING: [&str; 7] =
    ["accept-encoding", "connection", "content-length", "expect", "te", "transfer-encoding", "upgrade"];

/// The endings of names whose values differ between requests, so that they do not identify an account.
const ONE_TIME: [&str; 8] = ["csrf", "otp", "passcode", "pin", "sig", "signature", "totp", "xsrf"];

/// Returns true if a header or parameter of this name identifies an account, even if its value is not a [`Secret`].
pub(super) fn is_lasting_credential(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    is_credential(&name) && !ONE_TIME.iter().any(|word| name.ends_with(word))
}

impl HeaderValue for str {
    fn sent(&self) -> &str {
        self
    }
}

impl HeaderValue for String {
    fn sent(&self) -> &str {
        self
    }
}

impl HeaderValue for Secret {
    fn sent(&self) -> &str {
        self.expose()
    }

    fn is_secret(&self) -> bool {
        true
    }
}

impl<V: HeaderValue + ?Sized> HeaderValue for &V {
    fn sent(&self) -> &str {
        (**self).sent()
    }

    fn is_secret(&self) -> bool {
        (**self).is_secret()
    }
}

/// Returns true if a text is a host with an optional port, as in the header `Host` (RFC 9110 section 7.2).
fn is_host(text: &str) -> bool {
    let (host, port) = host_and_port(text);
    let is_port =
        port.is_none_or(|port| port.bytes().all(|c| c.is_ascii_digit()) && port.parse::<u16>().is_ok());
    let address = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    let is_name = |c: char| c.is_ascii_alphanumeric() || "-._".contains(c);
    is_port
        && match address {
            Some(address) => address.parse::<Ipv6Addr>().is_ok(),
            None => !host.is_empty() && host.chars().all(is_name),
        }
}

/// Returns the error of a header that cannot be sent (RFC 9110 sections 5.1 and 5.5). The message omits the value.
pub(super) fn refused_header(name: &str, value: &str) -> Option<Error> {
    let what = if !is_http_token(name) {
        "has an invalid name"
    } else if FRAMING.contains(&name) {
        "cannot be set by a service"
    } else if name == "host" && !is_host(value) {
        "has an invalid value, expected a host and port such as `web.example.org:8080`"
    } else if value.chars().any(|c| c.is_control() && c != '\t') {
        "has a value with a line break or another control character"
    } else {
        return None;
    };
    Some(Error::new(ErrorKind::Service, format!("the header {name:?} {what}")))
}
