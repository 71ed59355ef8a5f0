//! The source from which a team's own package gets collectington.

use std::path::{Component, Path, PathBuf};

use crate::support::diagnostic::Diagnostic;

/// The directory with the source of collectington.
#[derive(Debug, PartialEq)]
pub(super) struct PackageSource {
    /// The path in Cargo.toml, relative to the package unless the given path is absolute.
    written: PathBuf,
    /// The path from the working directory.
    pub seen: PathBuf,
}

impl PackageSource {
    /// Finds the source. It is `given`, or the first directory around or beside the package that contains
    /// collectington.
    ///
    /// # Errors
    /// The source does not exist. A name and a version alone would let cargo build any package of that name.
    pub(super) fn find(package: &Path, given: Option<&Path>) -> Result<Self, Diagnostic> {
        let package = absolute(package);
        match given {
            Some(directory) if !is_source(directory) => {
                let other = Diagnostic::new(format!(
                    "--source {}: not the source of Collectington",
                    directory.display()
                ));
                Err(other.help("pass the directory whose Cargo.toml has `name = \"collectington\"`"))
            }
            Some(directory) if directory.is_absolute() => {
                Ok(Self { written: directory.to_owned(), seen: directory.to_owned() })
            }
            Some(directory) => Ok(Self::directory(&package, directory)),
            None => {
                let around = package
                    .ancestors()
                    .skip(1)
                    .flat_map(|directory| [directory.to_owned(), directory.join("collectington")]);
                let found = around.into_iter().find(|directory| is_source(directory));
                found.map(|directory| Self::directory(&package, &directory)).ok_or_else(|| {
                    Diagnostic::new("source of Collectington not found in a parent directory of the package")
                        .help("clone it, and pass its directory with `--source`")
                })
            }
        }
    }

    /// Returns the dependency for Cargo.toml, with `further` keys.
    pub(super) fn dependency(&self, further: &str) -> String {
        let path = self.written.display().to_string().replace('\\', "\\\\").replace('"', "\\\"");
        format!("{{ path = \"{path}\"{further} }}")
    }

    fn directory(package: &Path, directory: &Path) -> Self {
        let target = absolute(directory);
        let (from, to): (Vec<_>, Vec<_>) = (package.components().collect(), target.components().collect());
        let common = from.iter().zip(&to).take_while(|(from, to)| from == to).count();
        let up = from[common..].iter().map(|_| Component::ParentDir);
        Self { written: up.chain(to[common..].iter().copied()).collect(), seen: directory.to_owned() }
    }
}

/// Returns the nearest directory above a package that contains a workspace.
pub(super) fn workspace(package: &Path) -> Option<PathBuf> {
    let package = absolute(package);
    let keeps = |directory: &&Path| {
        let manifest = std::fs::read_to_string(directory.join("Cargo.toml")).unwrap_or_default();
        manifest.lines().any(|line| line.trim_start().starts_with("[workspace"))
    };
    package.ancestors().skip(1).find(keeps).map(Path::to_owned)
}

fn is_source(directory: &Path) -> bool {
    let manifest = std::fs::read_to_string(directory.join("Cargo.toml")).unwrap_or_default();
    manifest.lines().any(|line| line.trim() == "name = \"collectington\"")
}

/// Returns the absolute path, even if it does not exist. Returns the path unchanged if the working directory does not
/// exist.
fn absolute(path: &Path) -> PathBuf {
    let whole = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let known = whole.ancestors().find_map(|directory| Some((directory, directory.canonicalize().ok()?)));
    let (directory, known) = known.unwrap_or((Path::new(""), PathBuf::new()));
    let rest = whole.strip_prefix(directory).unwrap_or(Path::new(""));
    rest.components().fold(known, |mut path, part| {
        match part {
            Component::ParentDir => _ = path.pop(),
            part => path.push(part),
        }
        path
    })
}
