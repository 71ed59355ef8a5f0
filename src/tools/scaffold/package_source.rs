//! The source from which a team's own package gets collectington.

use std::path::{Component, Path, PathBuf};

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
    pub(super) fn find(package: &Path, given: Option<&Path>) -> Result<Self, String> {
        let package = absolute(package);
        match given {
            Some(folder) if !is_source(folder) => Err(format!(
                "{}: no collectington there, expected the folder of its source, with a Cargo.toml that says `name = \
                 \"collectington\"`: give that one",
                folder.display()
            )),
            Some(folder) if folder.is_absolute() => {
                Ok(Self { written: folder.to_owned(), seen: folder.to_owned() })
            }
            Some(folder) => Ok(Self::folder(&package, folder)),
            None => {
                let around = package
                    .ancestors()
                    .skip(1)
                    .flat_map(|folder| [folder.to_owned(), folder.join("collectington")]);
                let found = around.into_iter().find(|folder| is_source(folder));
                found.map(|folder| Self::folder(&package, &folder)).ok_or_else(|| {
                    "collectington's source is neither around the new folder nor in a folder `collectington` there: fetch \
                     it, and say where it is with `--path`"
                        .to_owned()
                })
            }
        }
    }

    /// Returns the dependency for Cargo.toml, with `further` keys.
    pub(super) fn dependency(&self, further: &str) -> String {
        let path = self.written.display().to_string().replace('\\', "\\\\").replace('"', "\\\"");
        format!("{{ path = \"{path}\"{further} }}")
    }

    fn folder(package: &Path, folder: &Path) -> Self {
        let target = absolute(folder);
        let (from, to): (Vec<_>, Vec<_>) = (package.components().collect(), target.components().collect());
        let common = from.iter().zip(&to).take_while(|(from, to)| from == to).count();
        let up = from[common..].iter().map(|_| Component::ParentDir);
        Self { written: up.chain(to[common..].iter().copied()).collect(), seen: folder.to_owned() }
    }
}

/// Returns the nearest directory above a package that contains a workspace.
pub(super) fn workspace(package: &Path) -> Option<PathBuf> {
    let package = absolute(package);
    let keeps = |folder: &&Path| {
        let manifest = std::fs::read_to_string(folder.join("Cargo.toml")).unwrap_or_default();
        manifest.lines().any(|line| line.trim_start().starts_with("[workspace"))
    };
    package.ancestors().skip(1).find(keeps).map(Path::to_owned)
}

fn is_source(folder: &Path) -> bool {
    let manifest = std::fs::read_to_string(folder.join("Cargo.toml")).unwrap_or_default();
    manifest.lines().any(|line| line.trim() == "name = \"collectington\"")
}

/// Returns the absolute path, even if it does not exist. Returns the path unchanged if the working directory does not
/// exist.
fn absolute(path: &Path) -> PathBuf {
    let whole = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let known = whole.ancestors().find_map(|folder| Some((folder, folder.canonicalize().ok()?)));
    let (folder, known) = known.unwrap_or((Path::new(""), PathBuf::new()));
    let rest = whole.strip_prefix(folder).unwrap_or(Path::new(""));
    rest.components().fold(known, |mut path, part| {
        match part {
            Component::ParentDir => _ = path.pop(),
            part => path.push(part),
        }
        path
    })
}
