//! The service of a test, which a recording replaces.

use std::path::Path;
use std::sync::Arc;

use serde_json::json;

use super::cassette::replay::Replay;
use super::client::{Client, Mode};
use crate::config::minimal_config::{minimal_config, minimal_service};
use crate::config::{self, ServiceConfig};
use crate::support::error::{Error, ErrorKind, Result};

/// Returns a service with default settings for the recordings in `dir`, and its client.
///
/// # Errors
/// Returns an error if the recordings cannot be read.
pub(crate) fn recorded_service(dir: &Path) -> Result<(ServiceConfig, Arc<Client>)> {
    let target = Replay::open(dir)?.first_target();
    let path = target.split('?').next().unwrap_or_default();
    let service = config_of(&format!("http://replay.invalid{path}"))?;
    let client = Client::new(Mode::Replay(dir.to_owned()), std::slice::from_ref(&service))?;
    Ok((service, client))
}

/// Returns the config of a service with default settings, as the config parser reads it.
fn config_of(api_url: &str) -> Result<ServiceConfig> {
    let service = minimal_service(&json!({ "api_url": api_url }));
    let file = minimal_config([("test".to_owned(), service)]);
    let config = config::parse("the test's config", &file);
    let config = config.map_err(|mistakes| Error::new(ErrorKind::Config, mistakes.to_string()))?;
    config.services.into_iter().next().ok_or_else(|| Error::from("the test's config has no service"))
}
