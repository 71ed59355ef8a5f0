//! Where a file of the config is, and who else can read it.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use crate::log;
use crate::shell::word;

/// The file that is read for a path: the credential of its name, if systemd handed one to the process
/// (`LoadCredential=`), else the path itself.
pub fn located(path: &Path) -> PathBuf {
    credential(path, folder().as_deref()).unwrap_or_else(|| path.to_owned())
}

/// Says once for each file that others can read what is secret in it.
pub fn warn_if_open(path: &Path) {
    static SAID: Mutex<BTreeSet<PathBuf>> = Mutex::new(BTreeSet::new());
    let handed = folder().is_some_and(|folder| path.starts_with(folder));
    if handed || !is_open(path) {
        return;
    }
    if SAID.lock().unwrap_or_else(PoisonError::into_inner).insert(path.to_owned()) {
        let file = path.display();
        let advice = format!("chmod 600 {}", word(path));
        log::warning("the group or others can read a secret file", &[("file", &file), ("advice", &advice)]);
    }
}

/// Where systemd puts credentials, which it guards itself.
fn folder() -> Option<PathBuf> {
    std::env::var_os("CREDENTIALS_DIRECTORY").filter(|folder| !folder.is_empty()).map(PathBuf::from)
}

fn credential(path: &Path, folder: Option<&Path>) -> Option<PathBuf> {
    Some(folder?.join(path.file_name()?)).filter(|credential| credential.is_file())
}

/// Whether the group or others may read it.
#[cfg(unix)]
fn is_open(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::metadata(path).is_ok_and(|about| about.permissions().mode() & 0o044 != 0)
}

/// Elsewhere there is no such thing as a mode.
#[cfg(not(unix))]
fn is_open(_: &Path) -> bool {
    false
}

#[cfg(test)]
mod tests {
    use super::super::scratch;
    use super::*;

    #[test]
    fn a_credential_stands_in_for_the_file_of_its_name() {
        let dir = scratch("credentials");
        std::fs::write(dir.join("splunk"), "A=1").unwrap();
        assert_eq!(credential(Path::new("/etc/cton/splunk"), Some(&dir)), Some(dir.join("splunk")));
        assert_eq!(credential(Path::new("/etc/cton/other"), Some(&dir)), None);
        assert_eq!(credential(Path::new("/etc/cton/.."), Some(&dir)), None);
        assert_eq!(credential(Path::new("splunk"), None), None);
    }

    #[cfg(unix)]
    #[test]
    fn a_file_is_open_if_group_or_others_can_read_it() {
        use std::os::unix::fs::PermissionsExt;
        let file = scratch("open").join("secrets");
        std::fs::write(&file, "A=1").unwrap();
        for (mode, open) in [(0o600, false), (0o400, false), (0o640, true), (0o604, true), (0o711, false)] {
            std::fs::set_permissions(&file, PermissionsExt::from_mode(mode)).unwrap();
            assert_eq!(is_open(&file), open, "{mode:o}");
        }
        assert!(!is_open(Path::new("tests/nowhere")));
    }
}
