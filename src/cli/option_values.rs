//! Parsers of option values. The first line of an error is the problem, and the second one the help.

use std::net::{IpAddr, Ipv6Addr, SocketAddr};

use crate::exposition::targets;
use crate::poll::selection::Listen;
use crate::support::log::LogFormat;

/// Parses the format of log lines.
pub(super) fn log_format(word: &str) -> Result<LogFormat, String> {
    match word {
        "logfmt" => Ok(LogFormat::Logfmt),
        "json" => Ok(LogFormat::Json),
        _ => Err(invalid(word, "log format", "give `logfmt` or `json`")),
    }
}

/// Parses a listen address: `IP`, `IP:PORT` or `:PORT`.
pub(super) fn listen(word: &str) -> Result<Listen, String> {
    let bare = word.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(word);
    let (ip, port) = if let Ok(ip) = bare.parse::<IpAddr>() {
        (Some(ip), None)
    } else if let Ok(address) = word.parse::<SocketAddr>() {
        (Some(address.ip()), Some(address.port()))
    } else {
        (None, word.strip_prefix(':').and_then(|port| port.parse().ok()))
    };
    if (ip, port) == (None, None) || port == Some(0) {
        let forms = "give IP, IP:PORT or :PORT, such as 127.0.0.1, [::]:8000 or :8000";
        return Err(invalid(word, "listen address", forms));
    }
    Ok(Listen { ip, port })
}

/// Parses a host name or an IP address. Returns it in the form that can precede a port, with brackets for IPv6.
pub(super) fn host(word: &str) -> Result<String, String> {
    match word.parse::<Ipv6Addr>() {
        Ok(ip) => Ok(format!("[{ip}]")),
        Err(_) if targets::is_host(word) => Ok(word.to_owned()),
        Err(_) => Err(invalid(word, "host", "give a name or an IP address without a port")),
    }
}

/// Parses a largest number, at least 1.
pub(super) fn limit(word: &str) -> Result<usize, String> {
    match word.parse() {
        Ok(0) | Err(_) => Err(invalid(word, "limit", "give a whole number from 1")),
        Ok(limit) => Ok(limit),
    }
}

/// Parses a method of HTTP, in upper or lower case. Methods that usually change data without a body are none of them.
pub(super) fn method(word: &str) -> Result<String, String> {
    let method = word.to_ascii_lowercase();
    match method.as_str() {
        "get" | "post" | "put" | "patch" => Ok(method),
        _ => Err(invalid(word, "method", "give `get`, `post`, `put` or `patch`")),
    }
}

fn invalid(word: &str, kind: &str, help: &str) -> String {
    format!("invalid {kind} `{word}`\n{help}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::poll::selection::Listen;

    #[test]
    fn listen_takes_an_ip_a_port_or_both() {
        let ip = |text: &str| Some(text.parse().unwrap());
        assert_eq!(listen("127.0.0.1"), Ok(Listen { ip: ip("127.0.0.1"), port: None }));
        assert_eq!(listen("127.0.0.1:9"), Ok(Listen { ip: ip("127.0.0.1"), port: Some(9) }));
        assert_eq!(listen(":9"), Ok(Listen { ip: None, port: Some(9) }));
        for text in ["::1", "[::1]"] {
            assert_eq!(listen(text), Ok(Listen { ip: ip("::1"), port: None }));
        }
        assert_eq!(listen("[::]:9"), Ok(Listen { ip: ip("::"), port: Some(9) }));
        for wrong in ["localhost", ":0", ":65536", "127.0.0.1:0", "", ":", "1.2.3"] {
            let error = listen(wrong).unwrap_err();
            assert!(error.starts_with(&format!("invalid listen address `{wrong}`\n")), "{error}");
        }
    }

    #[test]
    fn a_host_can_precede_a_port() {
        for (word, found) in [("a.b", "a.b"), ("10.0.0.1", "10.0.0.1"), ("::1", "[::1]"), ("[::1]", "[::1]")]
        {
            assert_eq!(host(word), Ok(found.to_owned()));
        }
        for wrong in ["", "a:80", "a/b", "a b", "http://a", "[a]", "\"", "é"] {
            let error = host(wrong).unwrap_err();
            assert!(error.starts_with(&format!("invalid host `{wrong}`\n")), "{error}");
        }
    }
}
