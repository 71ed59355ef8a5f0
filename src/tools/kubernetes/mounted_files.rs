//! The files that a service and its targets read, and their paths in the container.

use std::path::{Path, PathBuf};

use crate::config::{ServiceConfig, target_name};
use crate::support::checksum::checksum;
use crate::support::diagnostic::Diagnostic;
use crate::support::shell;

/// The directory of the config in the container.
pub(super) const CONFIG: &str = "/etc/cton";
/// The directory of the target files in the container.
pub(super) const TARGETS: &str = "/etc/cton-targets";
/// The directory of the Secret in the container.
pub(super) const SECRETS: &str = "/run/secrets/cton";
/// The directory of the Secret with one file per key in the container. Others have this path and the name of their target.
const KEYS: &str = "/run/secrets/cton-keys";
/// The directory of the state in the container.
pub(super) const STATE: &str = "/var/lib/cton";

/// A kind of file: its key in the Secret, and its path in the config.
type FileKind = (&'static str, fn(&mut ServiceConfig) -> &mut Option<PathBuf>);

/// The files that a service or a target can have. The keys are distinct, whatever the files are called. No key starts with
/// another one and a dot, so they stay distinct with the name of a target behind them.
pub(super) const ALL: [FileKind; 4] = [
    ("secrets", |service| &mut service.secret_file),
    ("ca.pem", |service| &mut service.ca_file),
    ("client.pem", |service| &mut service.client_cert),
    ("client-key.pem", |service| &mut service.client_key),
];

/// The files and secret variables of a service and its targets, with their paths outside the container.
#[derive(Default)]
pub(super) struct MountedFiles {
    /// The files, each once, with their keys in the Secret.
    files: Vec<(PathBuf, String)>,
    /// The directories that `secret_file_path` names. Each becomes a separate Secret.
    directories: Vec<KeyDirectory>,
    /// The variables of `secret_environment`.
    variables: Vec<String>,
}

/// A directory of keys.
pub(super) struct KeyDirectory {
    outside: PathBuf,
    /// The end of the names of its Secret, its volume and its directory in the container, such as `keys` or `keys-eu`.
    name: String,
}

impl KeyDirectory {
    /// Returns the name of the volume.
    pub(super) fn volume(&self) -> &str {
        &self.name
    }

    /// Returns the name of the Secret of the service `name`.
    pub(super) fn secret(&self, name: &str) -> String {
        format!("{name}-{}", self.name)
    }

    /// Returns the path in the container.
    pub(super) fn inside(&self) -> String {
        format!("{KEYS}{}", self.name.trim_start_matches("keys"))
    }
}

impl MountedFiles {
    /// Adds the files of a service or one of its targets, if they are not known yet.
    ///
    /// # Errors
    /// Another file has the same key.
    pub(super) fn add(&mut self, service: &ServiceConfig) -> Result<(), Diagnostic> {
        let target = target_name::split(&service.name).1;
        let key = |kind: &str, _: &Path| match target {
            Some(target) => format!("{kind}.{target}"),
            None => kind.to_owned(),
        };
        self.add_keyed(service, key)
    }

    /// Adds the files of a target of a target file. Their keys are their file names: the target file keeps its paths, and `cton`
    /// reads the file of this name in the directory of the Secret.
    ///
    /// # Errors
    /// Another file has the same key, or the target reads a directory.
    pub(super) fn add_named(&mut self, target: &ServiceConfig) -> Result<(), Diagnostic> {
        let directory = target.secret_file.as_ref().filter(|path| is_directory(path));
        if let Some(path) = directory.filter(|path| self.directory(path).is_none()) {
            let problem = format!("target `{}`: {} is a directory", target.name, path.display());
            let help = "write the target into `targets` of config.json: a Secret cannot be mounted for a target file";
            return Err(Diagnostic::new(problem).help(help));
        }
        self.add_keyed(target, |_, path| path.file_name().unwrap_or_default().to_string_lossy().into_owned())
    }

    fn add_keyed(
        &mut self,
        service: &ServiceConfig,
        key: impl Fn(&str, &Path) -> String,
    ) -> Result<(), Diagnostic> {
        let mut service = service.clone();
        if let Some(path) = service.secret_file.take_if(|path| is_directory(path)) {
            self.add_directory(path, &service.name);
        }
        for (kind, path) in ALL {
            if let Some(path) = path(&mut service).take().filter(|path| self.key(path).is_none()) {
                let key = key(kind, &path);
                self.add_file(path, key, &service.name)?;
            }
        }
        let new = service.secret_environment.into_iter().filter(|name| !self.variables.contains(name));
        let new: Vec<String> = new.collect();
        self.variables.extend(new);
        Ok(())
    }

    fn add_file(&mut self, path: PathBuf, key: String, owner: &str) -> Result<(), Diagnostic> {
        // A target file may contain a path inside the container.
        let is_inside = path.starts_with(SECRETS);
        if let Some((other, _)) = self.files.iter().find(|(_, known)| *known == key && !is_inside) {
            let (path, other) = (path.display(), other.display());
            let problem = format!("`{owner}`: {path} and {other} have the key `{key}` of one Secret");
            return Err(Diagnostic::new(problem).help("rename one of the files"));
        }
        self.files.push((path, key));
        Ok(())
    }

    fn add_directory(&mut self, outside: PathBuf, owner: &str) {
        if self.directory(&outside).is_none() {
            let name = match target_name::split(owner).1 {
                Some(target) => format!("keys-{}", label(target)),
                None => "keys".to_owned(),
            };
            self.directories.push(KeyDirectory { outside, name });
        }
    }

    fn key(&self, path: &Path) -> Option<&str> {
        self.files.iter().find(|(known, _)| known == path).map(|(_, key)| key.as_str())
    }

    fn directory(&self, path: &Path) -> Option<&KeyDirectory> {
        self.directories.iter().find(|directory| directory.outside == path)
    }

    /// Returns true if no file is mounted from the Secret of the service.
    pub(super) fn is_empty(&self) -> bool {
        self.files.is_empty()
    }

    /// Returns the directories of keys.
    pub(super) fn directories(&self) -> &[KeyDirectory] {
        &self.directories
    }

    /// Returns the names of the variables whose values are in the Secret.
    pub(super) fn variables(&self) -> &[String] {
        &self.variables
    }

    /// Replaces the paths outside the container with those inside.
    pub(super) fn place(&self, service: &mut ServiceConfig) {
        for (_, path) in ALL {
            let path = path(service);
            let inside = path.as_ref().and_then(|path| Some(PathBuf::from(SECRETS).join(self.key(path)?)));
            *path = inside.or(path.take());
        }
        let directory = service.secret_file.as_ref().and_then(|path| self.directory(path));
        if let Some(directory) = directory {
            service.secret_file = Some(directory.inside().into());
        }
    }

    /// Returns the commands that create the Secrets; empty without files and variables.
    ///
    /// The value of each variable is in a file with its name, because a value in a command would be visible to others.
    pub(super) fn commands(&self, name: &str) -> Vec<String> {
        let create = |secret: &str| format!("kubectl create secret generic {secret}");
        let outside = self.files.iter().filter(|(path, _)| !path.starts_with(SECRETS));
        let files = outside.map(|(path, key)| {
            let key = shell::word(key.as_ref());
            format!(" --from-file={key}={}", shell::word(path))
        });
        let variables = self.variables.iter().map(|name| format!(" --from-file={name}=./{name}"));
        let all: String = files.chain(variables).collect();
        let files = (!all.is_empty()).then(|| create(name) + &all);
        let keys = self.directories.iter().map(|directory| {
            let create = create(&directory.secret(name));
            format!("{create} --from-file={}", shell::word(&directory.outside))
        });
        files.into_iter().chain(keys).collect()
    }
}

/// Returns true if a path of `secret_file_path` names a directory.
fn is_directory(path: &Path) -> bool {
    path.is_dir() || path.as_os_str().as_encoded_bytes().ends_with(b"/")
}

/// Returns the name of a target as a part of the name of an object, or a checksum of a name that cannot be one.
fn label(target: &str) -> String {
    let is_plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    let is_label =
        target.len() <= 40 && target.chars().all(|c| is_plain(c) || c == '-') && target.ends_with(is_plain);
    if is_label { target.to_owned() } else { format!("{:08x}", checksum(target.as_bytes())) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_targets_have_a_key_in_common() {
        for (one, _) in ALL {
            for (other, _) in ALL.iter().filter(|(other, _)| *other != one) {
                assert!(!other.starts_with(&format!("{one}.")), "{one}, {other}");
            }
        }
    }

    #[test]
    fn a_target_becomes_a_part_of_an_object_name() {
        assert_eq!(label("eu-1"), "eu-1");
        for odd in ["EU", "a_b", "10.0.0.1", "a-", &"x".repeat(41)] {
            let label = label(odd);
            assert!(label.len() == 8 && label.chars().all(|c| c.is_ascii_hexdigit()), "{odd}: {label}");
        }
    }
}
