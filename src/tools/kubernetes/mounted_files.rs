//! The files that a service reads, and their paths in its container.

use std::path::PathBuf;

use crate::config::ServiceConfig;
use crate::support::shell;

/// The directory of the config in the container.
pub(super) const CONFIG: &str = "/etc/cton";
/// The directory of the Secret in the container.
pub(super) const SECRETS: &str = "/run/secrets/cton";
/// The directory of the Secret with one file per key in the container.
pub(super) const KEYS: &str = "/run/secrets/cton-keys";
/// The directory of the state in the container.
pub(super) const STATE: &str = "/var/lib/cton";

/// A file of the Secret: its key there, and its path in the config.
type FileKey = (&'static str, fn(&mut ServiceConfig) -> &mut Option<PathBuf>);

/// The files that a service can have. The keys are distinct, whatever the files are called.
const ALL: [FileKey; 4] = [
    ("secrets", |service| &mut service.secret_file),
    ("ca.pem", |service| &mut service.ca_file),
    ("client.pem", |service| &mut service.client_cert),
    ("client-key.pem", |service| &mut service.client_key),
];

/// The files and secret variables of a service, with their paths outside the container.
pub(super) struct MountedFiles {
    files: Vec<(FileKey, PathBuf)>,
    /// The directory that `secret_file_path` names, which becomes a separate Secret.
    keys: Option<PathBuf>,
    /// The variables of `secret_environment`.
    variables: Vec<String>,
}

impl MountedFiles {
    pub(super) fn of(service: &ServiceConfig) -> Self {
        let mut service = service.clone();
        let keys = service
            .secret_file
            .take_if(|path| path.is_dir() || path.as_os_str().as_encoded_bytes().ends_with(b"/"));
        let files = ALL.into_iter().filter_map(|file| Some((file, file.1(&mut service).take()?))).collect();
        Self { files, keys, variables: service.secret_environment }
    }

    /// Returns true if no file is mounted from the Secret of the service.
    pub(super) fn is_empty(&self) -> bool {
        self.files.is_empty()
    }

    /// Returns true if a directory of keys is mounted.
    pub(super) fn has_keys(&self) -> bool {
        self.keys.is_some()
    }

    /// Returns the names of the variables whose values are in the Secret.
    pub(super) fn variables(&self) -> &[String] {
        &self.variables
    }

    /// Replaces the paths outside the container with those inside.
    pub(super) fn place(&self, service: &mut ServiceConfig) {
        for ((key, path), _) in &self.files {
            *path(service) = Some(PathBuf::from(SECRETS).join(key));
        }
        if self.has_keys() {
            service.secret_file = Some(PathBuf::from(KEYS));
        }
    }

    /// Returns the commands that create the Secrets; empty without files and variables.
    ///
    /// The value of each variable is in a file with its name, because a value in a command would be visible to others.
    pub(super) fn commands(&self, name: &str) -> Vec<String> {
        let create = format!("kubectl create secret generic {name}");
        let from =
            |((key, _), outside): &(FileKey, PathBuf)| format!(" --from-file={key}={}", shell::word(outside));
        let variables = self.variables.iter().map(|name| format!(" --from-file={name}=./{name}"));
        let all: String = self.files.iter().map(from).chain(variables).collect();
        let files = (!all.is_empty()).then(|| format!("{create}{all}"));
        let keys = self.keys.as_ref().map(|dir| format!("{create}-keys --from-file={}", shell::word(dir)));
        files.into_iter().chain(keys).collect()
    }
}
