//! Checks the settings and secrets that services declare, before the first poll.

use crate::config::written_keys::WrittenKeys;
use crate::config::{Mistakes, target_name};
use crate::fetch::secrets::secret_sources::{SecretReader, SecretSources};
use crate::poll::plan::{Plan, Planned};
use crate::support::diagnostic::Diagnostic;
use crate::support::error::{Error, Result};
use crate::support::exit::Exit;

/// The settings and secrets that the services of a plan declare.
pub(super) struct Declared<'a> {
    plan: &'a Plan,
    keys: WrittenKeys,
}

impl<'a> Declared<'a> {
    pub(super) fn of(plan: &'a Plan) -> Self {
        Self { plan, keys: WrittenKeys::of(&plan.source.text) }
    }

    /// Checks the settings and secrets of all services. A replay needs no secrets.
    ///
    /// # Errors
    /// A setting is missing or invalid, or a secret is missing, empty or unreadable. All errors are returned together.
    pub(super) fn check(&self, is_replay: bool) -> Result<(), Exit> {
        let services = &self.plan.services;
        let mut errors: Vec<Diagnostic> =
            services.iter().flat_map(|planned| self.settings(planned)).collect();
        let is_invalid = !errors.is_empty();
        for planned in services.iter().filter(|_| !is_replay) {
            let reader = SecretReader::new(&planned.config.name, SecretSources::of(&planned.config));
            let of_service = |error: Error| Diagnostic::from(&error).within(&planned.config.name);
            errors.extend(self.secrets(planned, &reader).into_iter().map(of_service));
        }
        match (errors.is_empty(), is_invalid) {
            (true, _) => Ok(()),
            (false, true) => Err(Exit::Usage(errors)),
            (false, false) => Err(Exit::Failed(errors)),
        }
    }

    /// Returns an error for each custom key of a service that does not fit its declared type.
    pub(super) fn settings(&self, planned: &Planned) -> Vec<Diagnostic> {
        let name = &planned.config.name;
        let path = match target_name::split(name) {
            (service, Some(target)) => format!("services.{service}.targets.{target}"),
            (service, None) => format!("services.{service}"),
        };
        let mistakes = |settings| planned.bound.settings().mistakes(&settings, &path);
        let list = self.keys.custom(name).map(mistakes).unwrap_or_default();
        Vec::from(&Mistakes { file: self.plan.source.file.clone(), list })
    }

    /// Returns an error for each declared secret of a service that has no value, each cause once.
    pub(super) fn secrets(&self, planned: &Planned, reader: &SecretReader) -> Vec<Error> {
        let mut errors: Vec<Error> = Vec::new();
        for key in planned.bound.secrets() {
            let Err(error) = reader.get(key) else { continue };
            let is_new = errors.iter().all(|known| known.to_string() != error.to_string());
            errors.extend(is_new.then_some(error));
        }
        errors.into_iter().map(|error| self.with_source(error, planned)).collect()
    }

    /// Adds the position of the source of the secrets to an error about them.
    pub(super) fn with_source(&self, error: Error, planned: &Planned) -> Error {
        let (name, place) = self.source_place(planned);
        error.with_detail(name, place)
    }

    /// Returns the key that names the source of the secrets of a service, and its position; the service itself without a source.
    fn source_place(&self, planned: &Planned) -> (&'static str, String) {
        let config = &planned.config;
        let key = match (&config.secret_file, config.secret_environment.is_empty()) {
            (Some(_), _) => Some("secret_file_path"),
            (None, false) => Some("secret_environment"),
            (None, true) => None,
        };
        let found = key.and_then(|key| Some((key, self.keys.place(&config.name, key)?)));
        let (name, place) = found.unwrap_or(("service", config.place));
        (name, place.within(&self.plan.source.file))
    }
}
