//! The JSON of the service discoveries `http_sd` and `file_sd` of Prometheus, which lists every port of the process.

use std::net::{IpAddr, SocketAddr};

use serde_json::{Value, json};

use crate::config::target_name;
use crate::config::url_parts::host_and_port;

/// The ports of a process, and the name by which they are reached.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Targets {
    /// The configured name or address of this machine; an IPv6 address is in brackets.
    pub advertised: Option<String>,
    /// True if the ports use TLS.
    pub tls: bool,
    /// The ports, in the order of the config.
    pub ports: Vec<Target>,
}

/// One port, which is one target even if it has many services.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// The address on which the port listens.
    pub address: SocketAddr,
    /// The full names of the services and targets on the port.
    pub services: Vec<String>,
}

impl Targets {
    /// Returns the JSON. `host` replaces an address that is not one of a machine, such as 0.0.0.0.
    pub fn json(&self, host: &str) -> String {
        let groups: Vec<Value> = self.ports.iter().map(|port| self.group(port, host)).collect();
        format!("{:#}\n", Value::from(groups))
    }

    /// Returns the group of one port. Labels that begin with `__meta_` are for relabeling and are not in any series.
    fn group(&self, port: &Target, host: &str) -> Value {
        // The targets of a service share its port, so one scrape target has all of them, and the service is listed once.
        // Commas at both ends let `.*,name,.*` match each name, as in the service discoveries of Prometheus.
        let mut services: Vec<_> = port.services.iter().map(|name| target_name::split(name).0).collect();
        services.dedup();
        let mut labels = json!({ "__meta_cton_services": format!(",{},", services.join(",")) });
        if self.tls {
            labels["__scheme__"] = "https".into();
        }
        json!({ "targets": [self.told(port, host)], "labels": labels })
    }

    /// Returns the host and port at which a port is reached by a client that knows the machine as `host`.
    pub fn told(&self, port: &Target, host: &str) -> String {
        let host = match (&self.advertised, port.address.ip()) {
            (Some(advertised), _) => advertised.clone(),
            (None, ip) if ip.is_unspecified() => host.to_owned(),
            (None, IpAddr::V4(ip)) => ip.to_string(),
            (None, IpAddr::V6(ip)) => format!("[{ip}]"),
        };
        format!("{host}:{}", port.address.port())
    }
}

/// Returns the host of a `Host` header (RFC 9110, section 7.2); `None` if it is invalid.
///
/// A port may follow, even an empty one (RFC 3986, section 3.2.3).
pub(crate) fn host(header: &str) -> Option<&str> {
    let (host, port) = host_and_port(header);
    let is_number = |port: &str| port.is_empty() || port.parse::<u16>().is_ok();
    (port.is_none_or(is_number) && is_host(host)).then_some(host)
}

/// Returns true if the text can precede a port: it is a name, an IPv4 address, or an IPv6 address in brackets.
pub(crate) fn is_host(host: &str) -> bool {
    if let Some(ip) = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
        return ip.parse::<std::net::Ipv6Addr>().is_ok();
    }
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_');
    host.len() <= 253 && host.starts_with(|c: char| c.is_ascii_alphanumeric()) && host.chars().all(allowed)
}

/// Returns the host name of this machine, or `localhost` if it is not usable.
pub(crate) fn machine() -> String {
    #[cfg(unix)]
    let name = rustix::system::uname().nodename().to_string_lossy().into_owned();
    #[cfg(not(unix))]
    let name = String::new();
    if is_host(&name) { name } else { "localhost".to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn targets(addresses: &[&str]) -> Targets {
        let port = |address: &&str| Target {
            address: address.parse().unwrap(),
            services: vec!["a".into(), "b_c".into()],
        };
        Targets { ports: addresses.iter().map(port).collect(), ..Targets::default() }
    }

    fn told(targets: &Targets, host: &str) -> Vec<String> {
        let groups: Value = serde_json::from_str(&targets.json(host)).unwrap();
        let target = |group: &Value| group["targets"][0].as_str().unwrap().to_owned();
        groups.as_array().unwrap().iter().map(target).collect()
    }

    #[test]
    fn an_address_of_the_machine_is_told_as_it_is_and_any_other_as_who_asks_calls_it() {
        let ports = targets(&["0.0.0.0:1", "127.0.0.1:2", "[::]:3", "[fe80::1]:4"]);
        assert_eq!(told(&ports, "here"), ["here:1", "127.0.0.1:2", "here:3", "[fe80::1]:4"]);
        let advertised = Targets { advertised: Some("[::1]".into()), ..ports };
        assert_eq!(told(&advertised, "here"), ["[::1]:1", "[::1]:2", "[::1]:3", "[::1]:4"]);
        assert_eq!(targets(&[]).json("here"), "[]\n");
    }

    #[test]
    fn a_port_with_tls_is_told_as_https_and_its_services_are_there_to_relabel_by() {
        let group = |tls| {
            let json = Targets { tls, ..targets(&["0.0.0.0:1"]) }.json("here");
            serde_json::from_str::<Value>(&json).unwrap()[0]["labels"].clone()
        };
        assert_eq!(group(false), json!({ "__meta_cton_services": ",a,b_c," }));
        assert_eq!(group(true), json!({ "__meta_cton_services": ",a,b_c,", "__scheme__": "https" }));
    }

    #[test]
    fn a_service_with_targets_is_listed_once() {
        let services = ["a/eu", "a/us", "b", "c/eu"].map(str::to_owned).to_vec();
        let port = Target { address: "127.0.0.1:1".parse().unwrap(), services };
        let json = Targets { ports: vec![port], ..Targets::default() }.json("here");
        let groups: Value = serde_json::from_str(&json).unwrap();
        assert_eq!(groups[0]["labels"]["__meta_cton_services"], ",a,b,c,");
    }

    #[test]
    fn the_host_of_a_header_is_taken_only_where_it_can_stand_before_a_port() {
        for (header, found) in [
            ("a.b", "a.b"),
            ("a-1:80", "a-1"),
            ("10.0.0.1:65535", "10.0.0.1"),
            ("[::1]:9", "[::1]"),
            ("a:", "a"),
            ("[::1]:", "[::1]"),
        ] {
            assert_eq!(host(header), Some(found), "{header}");
        }
        for wrong in
            ["", ":80", ":", "a::", "a:b", "a:65536", "::1", "[::1", "[::1]x", "[a]", "a%41", "-a", "a:1:2"]
        {
            assert_eq!(host(wrong), None, "{wrong}");
        }
    }
}
