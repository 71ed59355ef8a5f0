//! The hosts that a request may name, as a protection against DNS rebinding.
//!
//! A web page can point its own host name to an address of this machine, and then read the responses of this server.
//! Such a request names the host of that page.

use std::net::IpAddr;

use super::request_head::RequestHead;
use crate::config::url_parts::UrlParts;
use crate::exposition::targets;

/// The host names that a request may name; an empty list allows any host.
#[derive(Debug, Default)]
pub(super) struct AllowedHosts(Vec<String>);

impl AllowedHosts {
    /// Creates the list from the values of `--allowed-host`.
    pub(super) fn new(names: &[String]) -> Self {
        Self(names.iter().map(|name| canonical(name)).collect())
    }

    /// Returns true if a request names only allowed hosts. A request without a host is allowed: no browser sends one.
    pub(super) fn allow(&self, head: &RequestHead) -> bool {
        let named = [head.host.as_deref(), authority(&head.target)];
        self.0.is_empty() || named.into_iter().flatten().all(|named| named.is_empty() || self.has(named))
    }

    /// Returns true if a host is allowed. IP addresses and `localhost` always are, because no name server resolves them.
    fn has(&self, named: &str) -> bool {
        let Some(host) = targets::host(named) else { return false };
        let host = canonical(host);
        let address = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(&host);
        address.parse::<IpAddr>().is_ok()
            || host == "localhost"
            || host.ends_with(".localhost")
            || self.0.contains(&host)
    }
}

/// Returns the host and port of a target that is a whole URL, which overrides `Host` (RFC 9112, section 3.2.2).
fn authority(target: &str) -> Option<&str> {
    UrlParts::split(target).filter(|_| !target.starts_with('/')).map(|parts| parts.authority)
}

/// Returns a host name in lower case and without the dot of the root.
fn canonical(name: &str) -> String {
    name.strip_suffix('.').unwrap_or(name).to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allows(hosts: &AllowedHosts, host: Option<&str>, target: &str) -> bool {
        hosts.allow(&RequestHead {
            method: "GET".to_owned(),
            target: target.to_owned(),
            host: host.map(str::to_owned),
            headers: Vec::new(),
            authorization: None,
            is_cross_site: false,
        })
    }

    #[test]
    fn only_allowed_names_and_addresses_are_served() {
        let hosts = AllowedHosts::new(&["cton.internal".to_owned(), "Metrics.Example.Org.".to_owned()]);
        for allowed in [
            "cton.internal",
            "cton.internal:8000",
            "cton.internal:",
            "[::1]:",
            "CTON.internal.",
            "metrics.example.org",
            "127.0.0.1",
            "10.1.2.3:8000",
            "[::1]",
            "[2001:db8::1]:8000",
            "localhost:8000",
            "splunk.localhost",
            "",
        ] {
            assert!(allows(&hosts, Some(allowed), "/metrics"), "{allowed}");
        }
        for other in [
            "evil.example",
            "cton.internal.evil.example",
            "internal",
            "x.cton.internal",
            "localhost.evil.example",
            "127.0.0.1.evil.example",
            "127.0.0.1.",
            "2130706433",
            "notlocalhost",
            "cton.internal:x",
            "[::1",
            ":8000",
            ":",
            "evil.example:",
        ] {
            assert_eq!(allows(&hosts, Some(other), "/metrics"), other == "127.0.0.1.", "{other}");
            assert!(allows(&AllowedHosts::default(), Some(other), "/metrics"), "{other}");
        }
    }

    #[test]
    fn the_host_of_a_whole_url_counts_too() {
        let hosts = AllowedHosts::new(&["a".to_owned()]);
        for (host, target, allowed) in [
            (Some("a"), "http://a:80/metrics", true),
            (Some("a:"), "http://a:/metrics", true),
            (Some("a"), "http://evil/metrics", false),
            (Some("a"), "http://evil?x=/", false),
            (Some("a"), "http://a@evil/metrics", false),
            (Some("evil"), "http://a/metrics", false),
            (Some("a"), "/metrics?x=http://evil/", true),
            (None, "/metrics", true),
            (None, "http://evil/metrics", false),
        ] {
            assert_eq!(allows(&hosts, host, target), allowed, "{host:?} {target}");
        }
    }
}
