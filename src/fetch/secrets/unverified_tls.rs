//! Warns of servers whose certificates are not verified.

use crate::config::ServiceConfig;
use crate::support::log;

/// Logs a warning if the config turns the verification of certificates off. Returns true if it does.
pub(crate) fn warn_if_unverified(service: &ServiceConfig) -> bool {
    if service.insecure_skip_verify {
        let hint = "name the certificate of the server in `ca_file_path`; otherwise, anyone on the route can read the secrets and change the responses";
        log::warning(
            "certificates not verified",
            &[("service", &service.name), ("key", &"insecure_skip_verify"), ("hint", &hint)],
        );
    }
    service.insecure_skip_verify
}
