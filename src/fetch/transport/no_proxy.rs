//! The variable `NO_PROXY`: the hosts that requests reach without a proxy.
//!
//! `NoProxy` of ureq has no ranges of addresses and no ports, and its `example.com` does not include the names below.

use std::net::IpAddr;

use crate::config::url_parts::host_and_port;

/// Returns true if a list such as `example.com,10.0.0.0/8,*` names a host.
///
/// An entry is a name, an address, a range of addresses, or `*`, each with or without a port. A name includes all names
/// below it, with or without `.` or `*.` in front.
pub(super) fn names(list: &str, host: &str, port: u16) -> bool {
    let host = host.trim_start_matches('[').trim_end_matches([']', '.']);
    let entries = list.split(|c: char| c == ',' || c.is_whitespace()).filter(|entry| !entry.is_empty());
    entries.map(str::to_ascii_lowercase).any(|entry| {
        let (name, at) = with_port(&entry);
        at.is_none_or(|at| at == port) && matches(name, host)
    })
}

/// Splits an entry into its name and port. Text that is no port belongs to the name.
fn with_port(entry: &str) -> (&str, Option<u16>) {
    let (name, port) = host_and_port(entry);
    match port.and_then(|port| port.parse().ok()) {
        Some(port) => (name, Some(port)),
        None => (entry, None),
    }
}

fn matches(name: &str, host: &str) -> bool {
    let name = name.trim_start_matches('[').trim_end_matches([']', '.']);
    if let Ok(address) = host.parse::<IpAddr>() {
        return name == "*" || in_range(name, address);
    }
    let name = name.strip_prefix('*').unwrap_or(name);
    let name = name.strip_prefix('.').unwrap_or(name);
    let below = |rest: &str| rest.is_empty() || rest.ends_with('.');
    name.is_empty() || host.strip_suffix(name).is_some_and(below)
}

/// Returns true if an address equals `name`, or is in a range such as `10.0.0.0/8`.
fn in_range(name: &str, address: IpAddr) -> bool {
    let Some((network, length)) = name.split_once('/') else {
        return name.parse() == Ok(address);
    };
    let bits = |address: IpAddr| match address {
        IpAddr::V4(v4) => (u128::from(v4.to_bits()) << 96, 32),
        IpAddr::V6(v6) => (v6.to_bits(), 128),
    };
    let (Ok(network), Ok(length)) = (network.parse(), length.parse::<u32>()) else { return false };
    let ((network, width), (address, other)) = (bits(network), bits(address));
    let mask = u128::MAX.checked_shl(128 - length.min(128)).unwrap_or_default();
    width == other && length <= width && network & mask == address & mask
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_stand_for_all_below_them() {
        for list in
            ["example.com", ".example.com", "*.example.com", "a.b, EXAMPLE.com.", "a example.com", "*"]
        {
            assert!(names(list, "api.example.com", 443), "{list}");
        }
        for list in ["", ",", "ple.com", "i.example.com", "example", "api.example.com.evil", "10.0.0.0/8"] {
            assert!(!names(list, "api.example.com", 443), "{list}");
        }
    }

    #[test]
    fn a_port_limits_an_entry() {
        assert!(names("example.com:8443", "example.com", 8443));
        assert!(!names("example.com:8443", "example.com", 443));
        assert!(names("[fd00::1]:443", "[fd00::1]", 443));
        assert!(!names("[fd00::1]:443", "[fd00::1]", 444));
    }

    #[test]
    fn addresses_are_matched_by_their_bits() {
        for (list, host) in [
            ("10.1.2.3", "10.1.2.3"),
            ("10.0.0.0/8", "10.1.2.3"),
            ("10.1.2.3/32", "10.1.2.3"),
            ("0.0.0.0/0", "10.1.2.3"),
            ("fd00::/8", "[fd12::1]"),
            ("fd00::1", "[fd00:0::1]"),
            ("*", "10.1.2.3"),
        ] {
            assert!(names(list, host, 80), "{list}");
        }
        for (list, host) in [
            ("10.1.2.4", "10.1.2.3"),
            ("11.0.0.0/8", "10.1.2.3"),
            ("10.0.0.0/33", "10.1.2.3"),
            ("::/0", "10.1.2.3"),
            ("2.3", "10.1.2.3"),
            ("fe80::/10", "[fd12::1]"),
        ] {
            assert!(!names(list, host, 80), "{list}");
        }
    }
}
