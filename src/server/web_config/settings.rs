//! The settings in the file of `--web-config`.

use std::path::{Path, PathBuf};

use super::basic_auth::HIGHEST_COST;
use super::pem_source::Pem;
use super::rate_limit::{RateLimitSettings, duration};
use super::tls_settings::TlsSettings;
use super::yaml_value::{USER, YamlValue, read_document, shown};
use crate::config::unknown_name::is_plain_name;
use crate::config::{Mistakes, Position, Problem};
use crate::support::error::read_help;

/// Maximum length of a header value in bytes. The head of a response must fit into what the backend reads.
pub(in crate::server) const LONGEST_HEADER: usize = 8192;

/// The help for a password that is not hashed as required.
const HASH_HELP: &str = r#"create the hash with `htpasswd -nBC 10 "" | tr -d ':\n'`"#;

/// The settings of a web config file.
#[derive(Debug, Default)]
pub(super) struct WebSettings {
    pub tls: Option<TlsSettings>,
    pub headers: Vec<(&'static str, String)>,
    /// The name and the bcrypt hash of each user.
    pub users: Vec<(String, String)>,
    pub pace: Option<RateLimitSettings>,
}

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
    pub(super) fn read(file: &Path) -> Result<Self, Mistakes> {
        let text = std::fs::read_to_string(file).map_err(|error| {
            let problem = Problem::new(format!("cannot read the web config: {error}"));
            of_file(file, problem.help_if(read_help(&error)))
        })?;
        Self::parse(file, &text)
    }

    /// Parses the text of the file at this path.
    pub(super) fn parse(file: &Path, text: &str) -> Result<Self, Mistakes> {
        let directory = file.parent().unwrap_or(Path::new(""));
        read_document(file, text, |root| root.map(|root| settings(root, directory)).unwrap_or_default())
    }

    /// Returns the files that the settings name.
    pub(super) fn files(&self) -> Vec<PathBuf> {
        let named = self.tls.iter().flat_map(TlsSettings::sources).filter_map(|pem| match pem {
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

/// Returns the error of a whole file.
pub(super) fn of_file(file: &Path, problem: Problem) -> Mistakes {
    Mistakes { file: file.display().to_string(), list: vec![problem.at(Position::default())] }
}

fn settings(root: YamlValue<'_>, directory: &Path) -> WebSettings {
    let [tls, http, users, pace] =
        root.fields(["tls_server_config", "http_server_config", "basic_auth_users", "rate_limit"]);
    WebSettings {
        tls: tls.and_then(|tls| TlsSettings::read(tls, directory)),
        headers: http.map(headers).unwrap_or_default(),
        users: users.map(self::users).unwrap_or_default(),
        pace: pace.and_then(self::pace),
    }
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
        value.mistake(format!("`{name}` contains a character that is not printable ASCII"));
        None
    };
    HEADERS.into_iter().zip(values).filter_map(header).collect()
}

fn users(users: YamlValue<'_>) -> Vec<(String, String)> {
    let mut read = Vec::new();
    for (name, value) in users.entries() {
        // A name without a blank after its colon is one with its password.
        let name_shown = if is_plain_name(name) { name } else { USER };
        if name.contains(':') {
            let problem = Problem::new("a user name contains `:`, which basic authentication cannot send");
            value.mistake(problem.help("write a space between the `:` and the hash"));
            continue;
        }
        let Some(hash) = value.named(name_shown).text() else { continue };
        // The message omits the text, which is most likely a plaintext password.
        let text = match hash.parse::<bcrypt::HashParts>() {
            Ok(parts) if parts.get_cost() <= HIGHEST_COST => {
                read.push((name.to_owned(), hash.to_owned()));
                continue;
            }
            Ok(parts) => format!(
                "the password of {} is hashed with a cost of {}, expected at most {HIGHEST_COST}",
                shown(name_shown),
                parts.get_cost()
            ),
            Err(_) => format!("the password of {} is not a bcrypt hash", shown(name_shown)),
        };
        value.mistake(Problem::new(text).help(HASH_HELP));
    }
    read
}

fn pace(pace: YamlValue<'_>) -> Option<RateLimitSettings> {
    let [interval, burst] = pace.fields(["interval", "burst"]);
    let interval = interval?;
    let Some(every) = interval.text().and_then(duration) else {
        interval.mistake("`interval` is not a duration, such as 500ms, 1s or 1m30s");
        return None;
    };
    let burst = burst.map_or(Some(1), YamlValue::count)?;
    (!every.is_zero()).then_some(RateLimitSettings { every, burst })
}
