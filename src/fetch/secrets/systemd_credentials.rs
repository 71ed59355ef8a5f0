//! Locates files of the config in `$CREDENTIALS_DIRECTORY`, and checks their permissions.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use crate::config::Problem;
use crate::support::locks::locked;
use crate::support::log;
use crate::support::shell::word;

/// Returns the file that is read for a path: the systemd credential of the same name (`LoadCredential=`) if it exists,
/// otherwise the path itself.
pub(crate) fn located(path: &Path) -> PathBuf {
    credential(path, folder().as_deref()).unwrap_or_else(|| path.to_owned())
}

/// The paths that have a credential, by its name.
type Claims = BTreeMap<OsString, Claim>;

/// A path of the config, the key that holds it, and true if a service has that key.
type Claim = (PathBuf, String, bool);

static CLAIMED: Mutex<Claims> = Mutex::new(BTreeMap::new());

/// Claims the credential of a path's name for that path, if systemd passes credentials. `what` is the key that holds the
/// path.
///
/// # Errors
/// Another path has the same file name, so that one file would be read instead of two.
pub(crate) fn claim(path: &Path, what: &str) -> Result<(), Problem> {
    let Some(folder) = folder() else { return Ok(()) };
    claimed(&mut locked(&CLAIMED), &folder, (path, what, false))
}

/// Claims the credentials of all services instead of those of their last config. Each has a path and the key that holds it.
///
/// # Errors
/// Two paths have the same file name. Nothing is changed then.
pub(crate) fn claim_for_services<'a>(
    paths: impl IntoIterator<Item = (&'a Path, String)>,
) -> Result<(), Problem> {
    let Some(folder) = folder() else { return Ok(()) };
    let mut claims = locked(&CLAIMED);
    let mut next = claims.clone();
    next.retain(|_, (.., is_of_service)| !*is_of_service);
    for (path, what) in paths {
        claimed(&mut next, &folder, (path, &what, true))?;
    }
    *claims = next;
    Ok(())
}

fn claimed(
    claims: &mut Claims,
    folder: &Path,
    (path, what, is_of_service): (&Path, &str, bool),
) -> Result<(), Problem> {
    let whole = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    // A path in the credentials directory is not selected by its name, and a directory is no credential.
    let Some(name) = whole.file_name().filter(|_| !whole.starts_with(folder) && !whole.is_dir()) else {
        return Ok(());
    };
    let first = || (whole.clone(), what.to_owned(), is_of_service);
    let (first, owner, _) = claims.entry(name.to_owned()).or_insert_with(first);
    if *first == whole {
        return Ok(());
    }
    let text = format!(
        "{what} is {}, and {owner} is {}, but only one credential of systemd can have the name `{}`",
        whole.display(),
        first.display(),
        name.to_string_lossy()
    );
    Err(Problem::new(text).help("rename one of the files, and its credential (`LoadCredential=`)"))
}

/// Logs a warning, once per file, if the group or others can read a secret in a directory. Returns true if they can.
///
/// They cannot if the directory is closed to them. Kubernetes and Docker mount secrets read-only with open modes, which
/// `chmod` cannot change, and the container is the boundary there.
pub(crate) fn warn_if_open_within(dir: &Path, file: &Path) -> bool {
    !is_closed(dir) && warn_if_open(file)
}

/// Logs a warning, once per file, if the group or others can read a secret file. Returns true if they can.
pub(crate) fn warn_if_open(path: &Path) -> bool {
    static SAID: Mutex<BTreeSet<PathBuf>> = Mutex::new(BTreeSet::new());
    let handed = folder().is_some_and(|folder| path.starts_with(folder));
    if handed || !is_open(path) {
        return false;
    }
    if locked(&SAID).insert(path.to_owned()) {
        let file = path.display();
        let hint = format!("run `{}`", closing(path));
        log::warning("secret file readable by others", &[("file", &file), ("hint", &hint)]);
    }
    true
}

/// Returns the command that makes a file readable only by the user of this process.
#[cfg(unix)]
fn closing(path: &Path) -> String {
    use std::os::unix::fs::MetadataExt as _;
    let owner = std::fs::metadata(path).map(|about| about.uid()).ok();
    closed_for(&word(path), owner, rustix::process::geteuid().as_raw())
}

/// Returns the command that makes a file readable only by its user.
#[cfg(not(unix))]
fn closing(path: &Path) -> String {
    format!("chmod 600 {}", word(path))
}

/// Returns the command that makes a file readable only by `user`, who loses access if only the mode changes and somebody
/// else owns the file. Root never loses it.
#[cfg(unix)]
fn closed_for(file: &str, owner: Option<u32>, user: u32) -> String {
    match owner {
        Some(owner) if ![0, owner].contains(&user) => {
            format!("sudo chown {user} {file} && sudo chmod 600 {file}")
        }
        _ => format!("chmod 600 {file}"),
    }
}

/// Returns the directory in which systemd puts credentials, which it protects itself.
fn folder() -> Option<PathBuf> {
    std::env::var_os("CREDENTIALS_DIRECTORY").filter(|folder| !folder.is_empty()).map(PathBuf::from)
}

fn credential(path: &Path, folder: Option<&Path>) -> Option<PathBuf> {
    Some(folder?.join(path.file_name()?)).filter(|credential| credential.is_file())
}

/// Returns true if the group or others may read the file.
#[cfg(unix)]
fn is_open(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::metadata(path).is_ok_and(|about| about.permissions().mode() & 0o044 != 0)
}

/// Returns true if neither the group nor others can enter the directory, or if it is on a separate read-only mount.
#[cfg(unix)]
fn is_closed(dir: &Path) -> bool {
    use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};

    use rustix::fs::{StatVfsMountFlags, statvfs};

    let is_read_only = || statvfs(dir).is_ok_and(|mount| mount.f_flag.contains(StatVfsMountFlags::RDONLY));
    let root = std::fs::metadata("/").map(|root| root.dev()).ok();
    std::fs::metadata(dir).is_ok_and(|about| {
        about.permissions().mode() & 0o011 == 0 || Some(about.dev()) != root && is_read_only()
    })
}

/// Returns false, because other systems have no file modes.
#[cfg(not(unix))]
fn is_closed(_: &Path) -> bool {
    false
}

/// Returns false, because other systems have no file modes.
#[cfg(not(unix))]
fn is_open(_: &Path) -> bool {
    false
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::support::scratch::empty_dir;

    #[test]
    fn a_credential_stands_in_for_the_file_of_its_name() {
        let dir = empty_dir("credentials");
        std::fs::write(dir.join("splunk"), "A=1").unwrap();
        assert_eq!(credential(Path::new("/etc/cton/splunk"), Some(&dir)), Some(dir.join("splunk")));
        assert_eq!(credential(Path::new("/etc/cton/other"), Some(&dir)), None);
        assert_eq!(credential(Path::new("/etc/cton/.."), Some(&dir)), None);
        assert_eq!(credential(Path::new("splunk"), None), None);
    }

    #[test]
    fn two_paths_with_one_name_are_refused_where_credentials_are_handed_over() {
        let mut claims = BTreeMap::new();
        let mut claim =
            |path: &str, what: &str| claimed(&mut claims, Path::new("/run/c"), (Path::new(path), what, true));
        assert_eq!(claim("/etc/a/key", "`secret_file_path` of service `a`"), Ok(()));
        assert_eq!(claim("/etc/a/./key", "`secret_file_path` of service `b`"), Ok(()));
        assert_eq!(claim("/etc/a/key.pem", "`client_key_path` of service `a`"), Ok(()));
        assert_eq!(claim("/run/c/key", "`secret_file_path` of service `c`"), Ok(()));
        let error = claim("key", "`ca_file_path` of service `b`").unwrap_err().to_string();
        for part in
            ["`ca_file_path` of service `b`", "`secret_file_path` of service `a`", "/etc/a/key", "rename"]
        {
            assert!(error.contains(part), "{error}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_file_of_another_user_needs_a_new_owner() {
        let both = "sudo chown 7 ./k && sudo chmod 600 ./k";
        assert_eq!(closed_for("./k", Some(0), 7), both);
        assert_eq!(closed_for("./k", Some(8), 7), both);
        for (owner, user) in [(Some(7), 7), (Some(7), 0), (None, 7)] {
            assert_eq!(closed_for("./k", owner, user), "chmod 600 ./k");
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_directory_that_others_cannot_enter_is_closed() {
        use std::os::unix::fs::PermissionsExt;
        let dir = empty_dir("closed");
        for (mode, closed) in [(0o700, true), (0o744, true), (0o711, false), (0o710, false), (0o755, false)] {
            std::fs::set_permissions(&dir, PermissionsExt::from_mode(mode)).unwrap();
            assert_eq!(is_closed(&dir), closed, "{mode:o}");
        }
        assert!(!is_closed(Path::new("/")) && !is_closed(Path::new("tests/nowhere")));
    }

    #[cfg(unix)]
    #[test]
    fn a_file_is_open_if_group_or_others_can_read_it() {
        use std::os::unix::fs::PermissionsExt;
        let file = empty_dir("open").join("secrets");
        std::fs::write(&file, "A=1").unwrap();
        for (mode, open) in [(0o600, false), (0o400, false), (0o640, true), (0o604, true), (0o711, false)] {
            std::fs::set_permissions(&file, PermissionsExt::from_mode(mode)).unwrap();
            assert_eq!(is_open(&file), open, "{mode:o}");
        }
        assert!(!is_open(Path::new("tests/nowhere")));
    }
}
