//! The settings of `tls_server_config`.

use std::path::Path;

use super::pem_source::Pem;
use super::yaml_value::YamlValue;
use crate::config::Problem;

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

const KEYS: [&str; 13] = [
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
];

impl TlsSettings {
    /// Reads the settings; the paths in them are relative to `directory`. `None` records an error.
    pub(super) fn read(tls: YamlValue<'_>, directory: &Path) -> Option<Self> {
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
        ] = tls.fields(KEYS);
        let certificate = Pem::read(tls, ("cert", cert), ("cert_file", cert_file), directory);
        let private = Pem::read(tls, ("key", key), ("key_file", key_file), directory);
        for (missing, name) in [(&certificate, "cert_file"), (&private, "key_file")] {
            if missing.is_none() {
                let problem = Problem::new(format!("`tls_server_config` has no `{name}`"));
                tls.mistake(problem.help(format!("add `{name}` with the path of a PEM file")));
            }
        }
        let settings = Self {
            certificate: certificate?,
            key: private?,
            client: client.map_or(Some(ClientAuth::No), |client| client.one_of(&CLIENT_AUTH))?,
            client_ca: Pem::read(
                tls,
                ("client_ca", client_ca),
                ("client_ca_file", client_ca_file),
                directory,
            ),
            client_sans: texts(sans),
            least: least.map_or(Some(Version::Tls12), |least| least.one_of(&VERSIONS))?,
            most: most.map_or(Some(Version::Tls13), |most| most.one_of(&VERSIONS))?,
            cipher_suites: texts(suites),
            curves: texts(curves),
            own_order: order.map_or(Some(true), YamlValue::bool)?,
        };
        settings.contradiction().into_iter().for_each(|problem| tls.mistake(problem));
        Some(settings)
    }

    /// Returns the sources of certificates and keys.
    pub(super) fn sources(&self) -> impl Iterator<Item = &Pem> {
        [Some(&self.certificate), Some(&self.key), self.client_ca.as_ref()].into_iter().flatten()
    }

    /// Returns the first contradiction between the settings, if there is one.
    fn contradiction(&self) -> Option<Problem> {
        use ClientAuth::{No, RequireAndVerify, RequireAny, VerifyIfGiven};
        let name =
            CLIENT_AUTH.iter().find(|(_, client)| *client == self.client).map_or("", |(name, _)| *name);
        let verifies = matches!(self.client, VerifyIfGiven | RequireAndVerify);
        let requires = matches!(self.client, RequireAny | RequireAndVerify);
        let (text, help) = if verifies && self.client_ca.is_none() {
            (
                format!("`client_auth_type` is `{name}`, but `client_ca_file` is missing"),
                "add `client_ca_file` with the authorities of the client certificates",
            )
        } else if self.client == No && self.client_ca.is_some() {
            (
                "`client_ca_file` has no effect without `client_auth_type`".to_owned(),
                "add `client_auth_type: RequireAndVerifyClientCert`, or remove `client_ca_file`",
            )
        } else if !self.client_sans.is_empty() && !requires {
            (
                format!("`client_allowed_sans` has no effect, because `client_auth_type` is `{name}`"),
                "set `client_auth_type` to `RequireAndVerifyClientCert`, or remove `client_allowed_sans`",
            )
        } else if self.most < Version::Tls12 || self.most < self.least {
            (
                "`max_version` excludes every supported version".to_owned(),
                "set `max_version` to `TLS12` or `TLS13`, and not below `min_version`",
            )
        } else {
            return None;
        };
        Some(Problem::new(text).help(help))
    }
}

fn texts(list: Option<YamlValue<'_>>) -> Vec<String> {
    let values = list.map(YamlValue::texts).unwrap_or_default();
    values.into_iter().filter_map(YamlValue::text).map(str::to_owned).collect()
}
