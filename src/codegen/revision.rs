//! The revision of the package, which `cton version` and `cton_build_info` report.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use super::tell;

/// Passes the target and the revision of the package to rustc.
///
/// The revision is `CTON_REVISION` of the environment, or the commit that git has checked out. A debug build reads no
/// commit, because each commit would recompile the package.
pub(super) fn tell_revision(package: &Path) {
    let variable = |name: &str| env::var(name).unwrap_or_default();
    tell("rerun-if-env-changed", "CTON_REVISION");
    tell("rustc-env", &format!("CTON_TARGET={}", variable("TARGET")));
    let given = variable("CTON_REVISION");
    if !given.is_empty() {
        return tell("rustc-env", &format!("CTON_REVISION={}", given.lines().next().unwrap_or_default()));
    }
    // A commit of a repository around collectington does not recompile collectington.
    let depth = if variable("CARGO_PKG_NAME") == "collectington" { 1 } else { usize::MAX };
    let log = checkout_log(package, depth).filter(|_| variable("PROFILE") == "release");
    if let Some((log, text)) = log {
        tell("rerun-if-changed", &log.display().to_string());
        if let Some(commit) = last_commit(&text) {
            tell("rustc-env", &format!("CTON_REVISION={commit}"));
        }
    }
}

/// Returns the file in which git logs each commit that it checks out, and its text. The repository is searched in the
/// package and the directories around it, at most `depth` directories in total.
fn checkout_log(package: &Path, depth: usize) -> Option<(PathBuf, String)> {
    let mut places = package.ancestors().take(depth).map(|directory| directory.join(".git"));
    let git = places.find(|git| git.exists())?;
    let directory = match fs::read_to_string(&git) {
        // In a worktree and a submodule, `.git` is a file with the path of the directory.
        Ok(text) => git.parent()?.join(text.strip_prefix("gitdir:")?.trim()),
        Err(_) => git,
    };
    let log = directory.join("logs/HEAD");
    let text = fs::read_to_string(&log).ok()?;
    Some((log, text))
}

/// Returns the short hash of the last commit of a log, whose lines begin with the hashes before and after a change.
fn last_commit(log: &str) -> Option<&str> {
    let hash = log.lines().last()?.split(' ').nth(1)?;
    hash.get(..7).filter(|short| short.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOG: &str = "0000000000000000 9cac971d5af953da Jo <jo@e.org> 1 +0000\tclone: from b\n\
                       9cac971d5af953da 067f1bb71d0f4bb6 Jo <jo@e.org> 2 +0000\tcommit: a b\n";

    fn directory(name: &str) -> PathBuf {
        let directory = env::temp_dir().join(format!("cton-revision-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&directory);
        fs::create_dir_all(directory.join("package/in")).unwrap();
        directory
    }

    #[test]
    fn the_last_commit_is_the_hash_after_the_last_change() {
        assert_eq!(last_commit(LOG), Some("067f1bb"));
        for log in ["", "\n", "one", "0000000 short", "0000000 no-hash-at-all"] {
            assert_eq!(last_commit(log), None, "{log:?}");
        }
    }

    #[test]
    fn the_repository_is_searched_around_the_package_but_not_beyond_the_depth() {
        let root = directory("around");
        fs::create_dir_all(root.join(".git/logs")).unwrap();
        fs::write(root.join(".git/logs/HEAD"), LOG).unwrap();
        let package = root.join("package/in");
        let log = root.join(".git/logs/HEAD");
        assert_eq!(checkout_log(&package, usize::MAX), Some((log.clone(), LOG.to_owned())));
        assert_eq!(checkout_log(&root, 1), Some((log, LOG.to_owned())));
        assert_eq!(checkout_log(&package, 1), None);
    }

    #[test]
    fn a_worktree_names_the_directory_of_its_log() {
        let root = directory("worktree");
        fs::create_dir_all(root.join("git/worktrees/w/logs")).unwrap();
        fs::write(root.join("git/worktrees/w/logs/HEAD"), LOG).unwrap();
        fs::write(root.join("package/.git"), "gitdir: ../git/worktrees/w\n").unwrap();
        let log = root.join("package/../git/worktrees/w/logs/HEAD");
        assert_eq!(checkout_log(&root.join("package"), 1), Some((log, LOG.to_owned())));
    }
}
