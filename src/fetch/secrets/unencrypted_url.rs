//! Warns of secrets that are sent without encryption.

use super::secret_sources::SecretSources;
use crate::config::ServiceConfig;
use crate::fetch::url::Url;
use crate::support::log;

/// Logs a warning if the secrets of a service are sent unencrypted to another host. Returns true if they are.
pub(crate) fn warn_if_unencrypted(service: &ServiceConfig, url: &Url) -> bool {
    let is_read = url.is_in_the_clear() && !SecretSources::of(service).is_empty();
    if is_read {
        let hint = "use https://, or the keys can be read on the way";
        log::warning("unencrypted api_url used", &[("service", &service.name), ("hint", &hint)]);
    }
    is_read
}
