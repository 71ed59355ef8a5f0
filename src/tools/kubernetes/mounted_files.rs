//! The files that a service reads, and their paths in its container.

use std::path::PathBuf;

use crate::config::ServiceConfig;
use crate::support::shell;

/// The directory of the config in the container.
pub(super) const CONFIG: &str = "/etc/cton";
/// The directory of the Secret in the container.
pub(super) const SECRETS: &str = "/run/secrets/cton";
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

/// The files of a service, with their paths outside the container.
pub(super) struct MountedFiles(Vec<(FileKey, PathBuf)>);

impl MountedFiles {
    pub(super) fn of(service: &ServiceConfig) -> Self {
        let mut service = service.clone();
        Self(ALL.into_iter().filter_map(|file| Some((file, file.1(&mut service).take()?))).collect())
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Replaces the paths outside the container with those inside.
    pub(super) fn place(&self, service: &mut ServiceConfig) {
        for ((key, path), _) in &self.0 {
            *path(service) = Some(PathBuf::from(SECRETS).join(key));
        }
    }

    /// Returns the command that creates the Secret, or `None` without files.
    pub(super) fn command(&self, name: &str) -> Option<String> {
        let from =
            |((key, _), outside): &(FileKey, PathBuf)| format!(" --from-file={key}={}", shell::word(outside));
        let all: String = self.0.iter().map(from).collect();
        (!self.is_empty()).then(|| format!("kubectl create secret generic {name}{all}"))
    }
}
