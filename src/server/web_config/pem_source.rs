//! The certificates and keys in a web config: a path, or the PEM text itself.

use std::path::{Path, PathBuf};

use super::yaml_value::YamlValue;
use crate::config::Problem;
use crate::config::unknown_name::is_key_material;
use crate::fetch::secrets::systemd_credentials::{claim, located};

/// The source of certificates or of a key.
#[derive(Clone)]
pub(super) enum Pem {
    File(PathBuf),
    Text(String),
}

/// A key of the file with its value.
pub(super) type Entry<'d> = (&'static str, Option<YamlValue<'d>>);

impl Pem {
    /// Reads the source from one of two keys, one for the text and one for the path of a file in `directory`.
    pub(super) fn read(
        parent: YamlValue<'_>,
        (text_key, text): Entry<'_>,
        (file_key, file): Entry<'_>,
        directory: &Path,
    ) -> Option<Self> {
        if text.is_some() && file.is_some() {
            let problem = Problem::new(format!("`{text_key}` and `{file_key}` exclude each other"));
            parent.mistake(problem.help("remove one of them"));
        }
        if let Some(text) = text.and_then(YamlValue::text) {
            return Some(Self::Text(text.to_owned()));
        }
        let value = file?;
        let path = directory.join(path(value, (text_key, file_key))?);
        if let Err(problem) = claim(&path, &format!("`{file_key}` of the web config")) {
            value.mistake(problem);
        }
        Some(Self::File(located(&path)))
    }
}

/// Returns a path. A value that is no path may be a pasted key, so the error omits it.
fn path<'d>(value: YamlValue<'d>, (text_key, file_key): (&str, &str)) -> Option<&'d str> {
    let path = value.text()?;
    if path.chars().any(char::is_control) || is_key_material(path) {
        let problem = Problem::new(format!("`{file_key}` is not a path"));
        value.mistake(problem.help(format!("write PEM text under `{text_key}`")));
        return None;
    }
    Some(path)
}

impl std::fmt::Debug for Pem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::File(file) => write!(f, "{}", file.display()),
            Self::Text(_) => f.write_str("in the web config"),
        }
    }
}
