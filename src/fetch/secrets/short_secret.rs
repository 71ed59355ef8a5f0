//! Warns of secrets that are too short for the redaction of texts.

use std::collections::BTreeSet;
use std::sync::Mutex;

use super::redactor::SHORTEST;
use super::secret::Secret;
use crate::support::locks::locked;
use crate::support::log;

/// The services and keys whose secrets are too short.
static SHORT: Mutex<BTreeSet<(String, String)>> = Mutex::new(BTreeSet::new());

/// Logs a warning, once per key of a service, if a secret is too short to be redacted within a text.
///
/// It is no error, because an API may issue a PIN of 3 digits.
pub(super) fn warn_if_short(service: &str, key: &str, secret: &Secret) {
    let is_short = secret.expose().len() < SHORTEST;
    if is_short && locked(&SHORT).insert((service.to_owned(), key.to_owned())) {
        let hint = format!(
            "use a longer secret: one with fewer than {SHORTEST} characters is not redacted within a text"
        );
        log::warning("secret too short", &[("service", &service), ("key", &key), ("hint", &hint)]);
    }
}

/// Returns true if a warning about a secret of the service was logged.
pub(crate) fn has_short_secret(service: &str) -> bool {
    locked(&SHORT).iter().any(|(known, _)| known == service)
}
