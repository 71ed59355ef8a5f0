//! Where a package of a team's own gets collectington from.

use std::env;
use std::path::{Component, Path, PathBuf};

/// What Cargo.toml says of it.
#[derive(Debug, PartialEq)]
pub enum Source {
    /// A folder, as it is written in Cargo.toml, and where it is seen from here.
    Folder {
        /// Relative to the package, unless it was given as an absolute one.
        written: PathBuf,
        /// From the working directory.
        seen: PathBuf,
    },
    /// A version, from the registry or from what is vendored in its place.
    Version,
}

impl Source {
    /// The folder `given`, or the first around or beside the package that has collectington in it, or the version of this
    /// binary.
    pub fn find(package: &Path, given: Option<&Path>) -> Result<Self, String> {
        let package = absolute(package);
        match given {
            Some(folder) if !is_source(folder) => Err(format!(
                "{}: no collectington there, expected the folder of its source, with a Cargo.toml that says `name = \
                 \"collectington\"`: give that one",
                folder.display()
            )),
            Some(folder) if folder.is_absolute() => {
                Ok(Self::Folder { written: folder.to_owned(), seen: folder.to_owned() })
            }
            Some(folder) => Ok(Self::folder(&package, folder)),
            None => {
                let around = package
                    .ancestors()
                    .skip(1)
                    .flat_map(|folder| [folder.to_owned(), folder.join("collectington")]);
                let found = around.into_iter().find(|folder| is_source(folder));
                Ok(found.map_or(Self::Version, |folder| Self::folder(&package, &folder)))
            }
        }
    }

    /// As a dependency with these further keys.
    pub fn dependency(&self, further: &str) -> String {
        let (key, value) = match self {
            Self::Folder { written, .. } => ("path", written.display().to_string()),
            Self::Version => ("version", env!("CARGO_PKG_VERSION").to_owned()),
        };
        let value = value.replace('\\', "\\\\").replace('"', "\\\"");
        format!("{{ {key} = \"{value}\"{further} }}")
    }

    fn folder(package: &Path, folder: &Path) -> Self {
        let target = absolute(folder);
        let (from, to): (Vec<_>, Vec<_>) = (package.components().collect(), target.components().collect());
        let common = from.iter().zip(&to).take_while(|(from, to)| from == to).count();
        let up = from[common..].iter().map(|_| Component::ParentDir);
        Self::Folder { written: up.chain(to[common..].iter().copied()).collect(), seen: folder.to_owned() }
    }
}

/// The nearest folder around a package that keeps a workspace.
pub fn workspace(package: &Path) -> Option<PathBuf> {
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

/// The path from the root, also of what is not there yet; as it is where even the working directory is gone.
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
