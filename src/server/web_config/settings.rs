//! The settings in the file of `--web-config`.

use std::path::{Path, PathBuf};

use super::basic_auth::HIGHEST_COST;
use super::rate_limit::{RateLimitSettings, duration};
use super::yaml_value::{YamlValue, read_document, wrong};
use crate::config::unknown_name::{is_key_material, is_plain_name};
use crate::fetch::secrets::systemd_credentials::{claim, located};
use crate::support::error::{Result, unread};

/// Maximum length of a header value in bytes. The head of a response must fit into what the backend reads.
pub(in crate::server) const LONGEST_HEADER: usize = 8192;

/// The settings of a web config file.
#[derive(Debug, Default)]
pub(super) struct WebSettings {
    pub tls: Option<TlsSettings>,
    pub headers: Vec<(&'static str, String)>,
    /// The name and the bcrypt hash of each user.
    pub users: Vec<(String, String)>,
    pub pace: Option<RateLimitSettings>,
}

/// The settings of `tls_server_config`.
#[derive(Debug)]
pub(super) struct TlsSettings {
    pub certificate: Pem,
    pub key: Pem,
    pub client: ClientAuth,
    pub client_ca: Option<Pem>,
    pub client_sans: Vec<String>,
    pub least: Version,
    pub most: Version,
    pub cipher_suites: Vec<String>,
    pub curves: Vec<String>,
    pub own_order: bool,
}

/// The source of certificates or of a key.
#[derive(Clone)]
pub(super) enum Pem {
    File(PathBuf),
    Text(String),
}

/// The requirement for client certificates, in the terms of Go's `tls.ClientAuthType`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ClientAuth {
    No,
    Request,
    RequireAny,
    VerifyIfGiven,
    RequireAndVerify,
}

/// A version of TLS. Versions before 1.2 are valid in the file, but not served.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Version {
    Tls10,
    Tls11,
    Tls12,
    Tls13,
}

const CLIENT_AUTH: [(&str, ClientAuth); 5] = [
    ("NoClientCert", ClientAuth::No),
    ("RequestClientCert", ClientAuth::Request),
    ("RequireAnyClientCert", ClientAuth::RequireAny),
    ("VerifyClientCertIfGiven", ClientAuth::VerifyIfGiven),
    ("RequireAndVerifyClientCert", ClientAuth::RequireAndVerify),
];

const VERSIONS: [(&str, Version); 4] = [
    ("TLS10", Version::Tls10),
    ("TLS11", Version::Tls11),
    ("TLS12", Version::Tls12),
    ("TLS13", Version::Tls13),
];

/// The response headers that a web config can set.
pub(in crate::server) const HEADERS: [&str; 5] = [
    "Content-Security-Policy",
    "X-Frame-Options",
    "X-Content-Type-Options",
    "X-XSS-Protection",
    "Strict-Transport-Security",
];

impl WebSettings {
    /// Reads a file; the paths in it are relative to its directory.
    ///
    /// # Errors
    /// The file cannot be read, or its content is invalid.
    pub(super) fn read(file: &Path) -> Result<Self> {
        let text = std::fs::read_to_string(file)
            .map_err(|error| wrong(format!("the web config {} {}", file.display(), unread(&error))))?;
        Self::parse(file, &text)
    }

    /// Parses the text of the file at this path.
    pub(super) fn parse(file: &Path, text: &str) -> Result<Self> {
        let folder = file.parent().unwrap_or(Path::new(""));
        read_document(file, text, |root| root.map(|root| settings(root, folder)).unwrap_or_default())
    }

    /// Returns the files that the settings name.
    pub(super) fn files(&self) -> Vec<PathBuf> {
        let tls =
            self.tls.iter().flat_map(|tls| [Some(&tls.certificate), Some(&tls.key), tls.client_ca.as_ref()]);
        let named = tls.flatten().filter_map(|pem| match pem {
            Pem::File(file) => Some(file.clone()),
            Pem::Text(_) => None,
        });
        named.collect()
    }

    /// Returns true if the file contains secrets, so that only its owner should be able to read it.
    pub(super) fn has_secrets(&self) -> bool {
        !self.users.is_empty() || self.tls.as_ref().is_some_and(|tls| matches!(tls.key, Pem::Text(_)))
    }
}

fn settings(root: YamlValue<'_>, folder: &Path) -> WebSettings {
    let [tls, http, users, pace] =
        root.fields(["tls_server_config", "http_server_config", "basic_auth_users", "rate_limit"]);
    WebSettings {
        tls: tls.and_then(|tls| self::tls(tls, folder)),
        headers: http.map(headers).unwrap_or_default(),
        users: users.map(self::users).unwrap_or_default(),
        pace: pace.and_then(self::pace),
    }
}

fn tls(tls: YamlValue<'_>, folder: &Path) -> Option<TlsSettings> {
    let [
        cert,
        cert_file,
        key,
        key_file,
        client,
        client_ca,
        client_ca_file,
        sans,
        least,
        most,
        suites,
        order,
        curves,
    ] = tls.fields([
        "cert",
        "cert_file",
        "key",
        "key_file",
        "client_auth_type",
        "client_ca",
        "client_ca_file",
        "client_allowed_sans",
        "min_version",
        "max_version",
        "cipher_suites",
        "prefer_server_cipher_suites",
        "curve_preferences",
    ]);
    let certificate = pem(tls, ("cert", cert), ("cert_file", cert_file), folder);
    let private = pem(tls, ("key", key), ("key_file", key_file), folder);
    for (missing, name) in [(&certificate, "cert"), (&private, "key")] {
        if missing.is_none() {
            tls.mistake(format!(
                "`tls_server_config` has no `{name}_file`: TLS needs a certificate and its key"
            ));
        }
    }
    let settings = TlsSettings {
        certificate: certificate?,
        key: private?,
        client: client.map_or(Some(ClientAuth::No), |client| client.one_of(&CLIENT_AUTH))?,
        client_ca: pem(tls, ("client_ca", client_ca), ("client_ca_file", client_ca_file), folder),
        client_sans: texts(sans),
        least: least.map_or(Some(Version::Tls12), |least| least.one_of(&VERSIONS))?,
        most: most.map_or(Some(Version::Tls13), |most| most.one_of(&VERSIONS))?,
        cipher_suites: texts(suites),
        curves: texts(curves),
        own_order: order.map_or(Some(true), YamlValue::bool)?,
    };
    settings.mistake().into_iter().for_each(|mistake| tls.mistake(mistake));
    Some(settings)
}

impl TlsSettings {
    /// Returns the first contradiction between the settings, if there is one.
    fn mistake(&self) -> Option<String> {
        use ClientAuth::{No, RequireAndVerify, RequireAny, VerifyIfGiven};
        let name =
            CLIENT_AUTH.iter().find(|(_, client)| *client == self.client).map_or("", |(name, _)| *name);
        let verifies = matches!(self.client, VerifyIfGiven | RequireAndVerify);
        let requires = matches!(self.client, RequireAny | RequireAndVerify);
        if verifies && self.client_ca.is_none() {
            Some(format!("`client_auth_type` is `{name}`, and there is no `client_ca_file` to verify with"))
        } else if self.client == No && self.client_ca.is_some() {
            Some("`client_ca_file` is of no use without `client_auth_type`: `RequireAndVerifyClientCert` was meant?".into())
        } else if !self.client_sans.is_empty() && !requires {
            let needed = "`RequireAnyClientCert` or `RequireAndVerifyClientCert`";
            Some(format!("`client_allowed_sans` needs {needed} as `client_auth_type`, which is `{name}`"))
        } else if self.most < Version::Tls12 || self.most < self.least {
            Some("`max_version` leaves no version: TLS12 and TLS13 are spoken, from `min_version` on".into())
        } else {
            None
        }
    }
}

fn pem(
    parent: YamlValue<'_>,
    text: (&str, Option<YamlValue<'_>>),
    file: (&str, Option<YamlValue<'_>>),
    folder: &Path,
) -> Option<Pem> {
    if text.1.is_some() && file.1.is_some() {
        parent.mistake(format!("`{}` and `{}` exclude each other: give one of them", text.0, file.0));
    }
    let text_key = text.0;
    let text = text.1.and_then(YamlValue::text).map(|text| Pem::Text(text.to_owned()));
    let (key, value) = file;
    text.or_else(|| {
        let path = folder.join(path(value?, text_key)?);
        if let Err(text) = claim(&path, &format!("`{key}` of the web config")) {
            value?.mistake(text);
        }
        Some(Pem::File(located(&path)))
    })
}

/// Returns a path. A value that is no path may be a pasted key, so the error omits it.
fn path<'d>(value: YamlValue<'d>, text_key: &str) -> Option<&'d str> {
    let path = value.text()?;
    if path.chars().any(char::is_control) || is_key_material(path) {
        value.mistake(format!(
            "a path is expected here, on one line: write the PEM itself under `{text_key}`"
        ));
        return None;
    }
    Some(path)
}

fn texts(list: Option<YamlValue<'_>>) -> Vec<String> {
    let values = list.map(YamlValue::texts).unwrap_or_default();
    values.into_iter().filter_map(YamlValue::text).map(str::to_owned).collect()
}

fn headers(http: YamlValue<'_>) -> Vec<(&'static str, String)> {
    // `http2` is valid because Go has it, but the server uses HTTP/1.1 for any value.
    let [http2, headers] = http.fields(["http2", "headers"]);
    http2.map(YamlValue::bool);
    let values = headers.map(|headers| headers.fields(HEADERS)).unwrap_or_default();
    let header = |(name, value): (&'static str, Option<YamlValue<'_>>)| {
        let value = value?;
        let text = value.text_or_number().filter(|text| !text.is_empty())?;
        if text.len() > LONGEST_HEADER {
            value.mistake(format!("`{name}` has {} bytes, expected at most {LONGEST_HEADER}", text.len()));
            return None;
        }
        if text.chars().all(|c| c == ' ' || c.is_ascii_graphic()) {
            return Some((name, text));
        }
        value.mistake(format!("`{name}` may hold printable ASCII only"));
        None
    };
    HEADERS.into_iter().zip(values).filter_map(header).collect()
}

fn users(users: YamlValue<'_>) -> Vec<(String, String)> {
    let mut read = Vec::new();
    for (name, value) in users.entries() {
        // A name without a blank after its colon is one with its password.
        let name_shown = if is_plain_name(name) { name } else { "a user" };
        if name.contains(':') {
            value.mistake(
                "a user has a `:` in the name, which basic authentication cannot send; before a hash, write a blank after the `:`",
            );
            continue;
        }
        let Some(hash) = value.named(name_shown).text() else { continue };
        // The message omits the text, which is most likely a plaintext password.
        let advice = "make it with htpasswd -nBC 10 \"\" | tr -d ':\\n'";
        match hash.parse::<bcrypt::HashParts>() {
            Ok(parts) if parts.get_cost() <= HIGHEST_COST => read.push((name.to_owned(), hash.to_owned())),
            Ok(parts) => value.mistake(format!(
                "the password of `{name_shown}` is hashed with a cost of {}, more than {HIGHEST_COST}: {advice}",
                parts.get_cost()
            )),
            Err(_) => {
                value.mistake(format!("the password of `{name_shown}` is not hashed with bcrypt: {advice}"));
            }
        }
    }
    read
}

fn pace(pace: YamlValue<'_>) -> Option<RateLimitSettings> {
    let [interval, burst] = pace.fields(["interval", "burst"]);
    let interval = interval?;
    let Some(every) = interval.text().and_then(duration) else {
        interval.mistake("`interval` is no duration, expected one such as 500ms, 1s or 1m30s");
        return None;
    };
    let burst = burst.map_or(Some(1), YamlValue::count)?;
    (!every.is_zero()).then_some(RateLimitSettings { every, burst })
}

impl std::fmt::Debug for Pem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::File(file) => write!(f, "{}", file.display()),
            Self::Text(_) => f.write_str("in the web config"),
        }
    }
}
