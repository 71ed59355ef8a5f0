//! Checks the settings and secrets that services declare, before the first poll.

use crate::config::{Mistakes, custom_keys, target_name};
use crate::fetch::secrets::secret_sources::{SecretReader, SecretSources};
use crate::poll::plan::{Plan, Planned};
use crate::support::diagnostic::Diagnostic;
use crate::support::error::{Error, Result};
use crate::support::exit::Exit;

/// Checks the declared settings and secrets of all services. A replay needs no secrets.
///
/// # Errors
/// A setting is missing or invalid, or a secret is missing, empty or unreadable. All errors are returned together.
pub(super) fn check(plan: &Plan, is_replay: bool) -> Result<(), Exit> {
    let mut errors: Vec<Diagnostic> =
        plan.services.iter().flat_map(|planned| settings(planned, plan)).collect();
    let is_invalid = !errors.is_empty();
    for planned in plan.services.iter().filter(|_| !is_replay) {
        let reader = SecretReader::new(&planned.config.name, SecretSources::of(&planned.config));
        let of_service = |error: Error| Diagnostic::from(&error).within(&planned.config.name);
        errors.extend(secrets(planned, plan, &reader).into_iter().map(of_service));
    }
    match (errors.is_empty(), is_invalid) {
        (true, _) => Ok(()),
        (false, true) => Err(Exit::Usage(errors)),
        (false, false) => Err(Exit::Failed(errors)),
    }
}

/// Returns an error for each custom key of a service that does not fit its declared type.
pub(super) fn settings(planned: &Planned, plan: &Plan) -> Vec<Diagnostic> {
    let name = &planned.config.name;
    let settings = custom_keys::of_text(&plan.source.text, name);
    let path = match target_name::split(name) {
        (service, Some(target)) => format!("services.{service}.targets.{target}"),
        (service, None) => format!("services.{service}"),
    };
    let mistakes = |settings| planned.bound.settings().mistakes(&settings, &path);
    let list = settings.map(mistakes).unwrap_or_default();
    Vec::from(&Mistakes { file: plan.source.file.clone(), list })
}

/// Returns an error for each declared secret of a service that has no value, each cause once.
pub(super) fn secrets(planned: &Planned, plan: &Plan, reader: &SecretReader) -> Vec<Error> {
    let mut errors: Vec<Error> = Vec::new();
    for key in planned.bound.secrets() {
        let Err(error) = reader.get(key) else { continue };
        let is_new = errors.iter().all(|known| known.to_string() != error.to_string());
        errors.extend(is_new.then_some(error));
    }
    errors.into_iter().map(|error| with_source(error, planned, plan)).collect()
}

/// Adds the position of the source of the secrets to an error about them.
pub(super) fn with_source(error: Error, planned: &Planned, plan: &Plan) -> Error {
    let (name, place) = source_place(planned, plan);
    error.with_detail(name, place)
}

/// Returns the key that names the source of the secrets of a service, and its position; the service itself without a source.
fn source_place(planned: &Planned, plan: &Plan) -> (&'static str, String) {
    let config = &planned.config;
    let key = match (&config.secret_file, config.secret_environment.is_empty()) {
        (Some(_), _) => Some("secret_file_path"),
        (None, false) => Some("secret_environment"),
        (None, true) => None,
    };
    let found = key.and_then(|key| Some((key, custom_keys::place_of(&plan.source.text, &config.name, key)?)));
    let (name, place) = found.unwrap_or(("service", config.place));
    (name, place.within(&plan.source.file))
}
