//! The proxy that the environment names for an origin.
//!
//! `Proxy::try_from_env` of ureq skips an invalid variable without an error, and does not select by scheme.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;

use super::no_proxy;
use crate::config::url_parts::{UrlParts, host_and_port};
use crate::fetch::cache::request_key::RequestKey;
use crate::fetch::url::Url;
use crate::support::error::{Error, ErrorKind, Result};

/// A proxy and the variable that names it.
#[derive(Debug, Clone)]
pub(crate) struct Proxy {
    proxy: ureq::Proxy,
    variable: &'static str,
    /// The address without user and password, such as `http://proxy.example.org:3128`.
    shown: String,
}

impl Proxy {
    /// Returns the proxy for a URL, or `None` if no variable names one, `no_proxy` names the host, or the host is this machine.
    ///
    /// The scheme of the URL selects `https_proxy` or `http_proxy`. If that is not set, `all_proxy` applies. Each is also
    /// read in capitals, except `HTTP_PROXY` in a CGI program.
    ///
    /// # Errors
    /// Returns an error if the variable is not the URL of an HTTP proxy.
    pub(crate) fn of_environment(url: &Url) -> Result<Option<Self>> {
        Self::named(url, |name| std::env::var_os(name).map(|value| value.to_string_lossy().into_owned()))
    }

    fn named(url: &Url, variable: impl Fn(&str) -> Option<String>) -> Result<Option<Self>> {
        let value = |name: &str| {
            variable(name).map(|value| value.trim().to_owned()).filter(|value| !value.is_empty())
        };
        let exempt = value("no_proxy").or_else(|| value("NO_PROXY")).unwrap_or_default();
        if url.is_loopback() || no_proxy::names(&exempt, url.host(), url.port()) {
            return Ok(None);
        }
        // In a CGI program HTTP_PROXY holds the header `Proxy` of a client (CVE-2016-5385).
        let is_cgi = value("REQUEST_METHOD").is_some();
        let names = match (url.scheme(), is_cgi) {
            ("https", _) => ["https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"].as_slice(),
            (_, false) => &["http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"],
            (_, true) => &["http_proxy", "all_proxy", "ALL_PROXY"],
        };
        names.iter().find_map(|name| Some(Self::parse(name, &value(name)?))).transpose()
    }

    fn parse(variable: &'static str, value: &str) -> Result<Self> {
        // The error omits the value, which may hold a password.
        let wrong = |what: &str| {
            let text = format!("the environment variable `{variable}` {what}");
            Error::new(ErrorKind::Config, text)
                .with_help("set it to http://HOST:PORT or https://HOST:PORT, or unset it")
        };
        let url = if value.contains("://") { value.to_owned() } else { format!("http://{value}") };
        let parts = UrlParts::split(&url).ok_or_else(|| wrong("is not a URL"))?;
        let (scheme, authority) = (parts.scheme.to_ascii_lowercase(), parts.authority);
        if scheme.starts_with("socks") {
            return Err(wrong("names a SOCKS proxy, which is not supported"));
        }
        if !parts.is_http() {
            return Err(wrong("has a scheme that is not http or https"));
        }
        let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host).to_ascii_lowercase();
        if host.is_empty() || host.starts_with(':') {
            return Err(wrong("has no host"));
        }
        if host_and_port(&host).1.is_some_and(|port| !port.parse::<u16>().is_ok_and(|port| port > 0)) {
            return Err(wrong("has a port that is not a number from 1 to 65535"));
        }
        let proxy = ureq::Proxy::new(&format!("{scheme}://{authority}"));
        let proxy = proxy.map_err(|_| wrong("is not a URL"))?;
        Ok(Self { proxy, variable, shown: format!("{scheme}://{host}") })
    }

    /// Returns the proxy in the form that ureq uses.
    pub(crate) fn client(&self) -> ureq::Proxy {
        self.proxy.clone()
    }

    /// Returns a fingerprint of the proxy and its credentials.
    pub(crate) fn identity(&self) -> RequestKey {
        let (user, password) = (self.proxy.username().unwrap_or_default(), self.proxy.password());
        RequestKey::of([self.shown.as_bytes(), user.as_bytes(), password.unwrap_or_default().as_bytes()])
    }

    /// Returns the address and the variable for messages, without user and password.
    pub(crate) fn shown(&self) -> String {
        format!("{} ({})", self.shown, self.variable)
    }

    /// Returns the environment variable that names the proxy.
    pub(super) fn variable(&self) -> &'static str {
        self.variable
    }

    /// Returns the host, with an IPv6 address in brackets.
    pub(super) fn host(&self) -> &str {
        let authority = self.shown.split_once("://").map_or(self.shown.as_str(), |(_, authority)| authority);
        host_and_port(authority).0
    }

    /// Returns the secrets of the URL: the password or token, and the credentials in base64.
    pub(crate) fn secrets(&self) -> Vec<String> {
        let (user, password) = (self.proxy.username().unwrap_or_default(), self.proxy.password());
        // A user without a password is a token.
        let secret = password.unwrap_or(user);
        if secret.is_empty() {
            return Vec::new();
        }
        vec![secret.to_owned(), BASE64.encode(format!("{user}:{}", password.unwrap_or_default()))]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(url: &str, environment: &[(&str, &str)]) -> Result<Option<String>> {
        let variable = |name: &str| {
            let found = environment.iter().find(|(known, _)| *known == name);
            found.map(|(_, value)| (*value).to_owned())
        };
        Ok(Proxy::named(&Url::parse(url)?, variable)?.map(|proxy| proxy.shown()))
    }

    #[test]
    fn the_scheme_says_which_variable_counts() {
        let all = [("https_proxy", "http://s:1"), ("http_proxy", "p:2"), ("ALL_PROXY", "https://A:3/")];
        assert_eq!(named("https://h/", &all), Ok(Some("http://s:1 (https_proxy)".into())));
        assert_eq!(named("http://h/", &all), Ok(Some("http://p:2 (http_proxy)".into())));
        assert_eq!(named("http://h/", &all[2..]), Ok(Some("https://a:3 (ALL_PROXY)".into())));
        assert_eq!(named("https://h/", &[("HTTPS_PROXY", " "), ("http_proxy", "p")]), Ok(None));
        assert_eq!(named("https://h/", &[("NO_PROXY", "h"), all[0]]), Ok(None));
    }

    #[test]
    fn this_machine_is_never_asked_through_a_proxy() {
        for url in ["http://127.0.0.1:8/", "https://localhost/", "http://[::1]/", "http://127.9.9.9/"] {
            assert_eq!(named(url, &[("all_proxy", "http://p:1")]), Ok(None), "{url}");
        }
    }

    #[test]
    fn to_a_cgi_program_http_proxy_is_a_header_of_its_client() {
        let environment = [("REQUEST_METHOD", "GET"), ("HTTP_PROXY", "http://evil:1")];
        assert_eq!(named("http://h/", &environment), Ok(None));
        assert!(named("http://h/", &environment[1..]).unwrap().is_some());
        assert!(named("http://h/", &[environment[0], ("http_proxy", "p:1")]).unwrap().is_some());
    }

    #[test]
    fn a_wrong_proxy_is_named_by_its_variable_and_not_shown() {
        for (value, what) in [
            ("socks5://u:hush@p:1080", "SOCKS"),
            ("ftp://u:hush@p", "scheme"),
            ("http://u:hush@", "no host"),
            ("http://u:hush@:80", "no host"),
            ("u:hush@p:99999", "port"),
            ("http://u:hush@p:0", "port"),
            ("http://u:hush@p q", "not a URL"),
        ] {
            let error = named("https://h/", &[("HTTPS_PROXY", value)]).unwrap_err();
            let text = error.to_string();
            assert!(text.contains("`HTTPS_PROXY`") && text.contains(what), "{value}: {text}");
            assert!(!text.contains("hush"), "{text}");
        }
    }

    #[test]
    fn the_password_is_known_as_a_secret_and_not_shown() {
        let proxy = Proxy::parse("ALL_PROXY", "http://u:hu%40sh@p:1").unwrap();
        assert_eq!(proxy.secrets(), ["hu@sh".to_owned(), BASE64.encode("u:hu@sh")]);
        assert!(!format!("{proxy:?} {}", proxy.shown()).contains("hu"));
        assert_eq!(Proxy::parse("ALL_PROXY", "token@p:1").unwrap().secrets()[0], "token");
        assert!(Proxy::parse("ALL_PROXY", "p:1").unwrap().secrets().is_empty());
    }
}
