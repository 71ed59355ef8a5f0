//! The type of the custom keys of a service, by which they are checked before the first poll.

mod buried_value;
mod key_deserializer;
mod node_deserializer;
mod node_variant;
mod placeholder_deserializer;
mod setting_error;

use serde::de::DeserializeOwned;

use crate::config::json_tree::Node;
use crate::config::{Mistake, Problem};
use node_deserializer::NodeDeserializer;
use setting_error::{Recovery, SettingError};

/// The type of the custom keys of a service, as the value of [`Service::SETTINGS`](crate::Service::SETTINGS).
///
/// `cton check` and the start of the exporter check the custom keys of config.json with it. They report each invalid, missing
/// or misspelt key with its line. An unknown key is an error if the type has the attribute `#[serde(deny_unknown_fields)]`.
///
/// ```
/// use collectington::{Api, Result, Service, SettingsType};
///
/// #[derive(serde::Deserialize)]
/// #[serde(deny_unknown_fields)]
/// struct Settings {
///     projects: Vec<String>,
///     #[serde(default)]
///     archived: bool,
/// }
///
/// struct BoardApi {
///     issues: u64,
/// }
///
/// impl Service for BoardApi {
///     const SETTINGS: SettingsType = SettingsType::of::<Settings>();
///
///     fn poll(api: &mut Api) -> Result<Self> {
///         let settings: Settings = api.settings()?;
///         let request = api.get().query("archived", settings.archived);
///         # let request = api.get().query("archived", settings.projects.len() > 7);
///         request.json().map(|issues| Self { issues })
///     }
/// }
/// ```
#[derive(Debug, Clone, Copy)]
pub struct SettingsType(Option<fn(&Node, &str) -> Vec<Mistake>>);

impl SettingsType {
    /// The type of services that do not declare one: any custom keys are valid.
    pub const ANY: Self = Self(None);

    /// Returns the type `S`, whose fields are the custom keys of the service.
    pub const fn of<S: DeserializeOwned>() -> Self {
        Self(Some(mistakes::<S>))
    }

    /// Returns each error in the custom keys of a service; `path` is the path of its entry.
    pub(crate) fn mistakes(self, settings: &Node, path: &str) -> Vec<Mistake> {
        self.0.map(|mistakes| mistakes(settings, path)).unwrap_or_default()
    }
}

/// Reads the custom keys of a service as `S`.
///
/// # Errors
/// A key is missing or unknown, or its value has another type. Only the first error is returned.
pub(super) fn read<S: DeserializeOwned>(settings: &Node, path: &str) -> Result<S, Problem> {
    let recovery = Recovery::default();
    S::deserialize(NodeDeserializer::new(settings, path.to_owned(), &recovery)).map_err(SettingError::problem)
}

fn mistakes<S: DeserializeOwned>(settings: &Node, path: &str) -> Vec<Mistake> {
    let mut recovery = Recovery::default();
    while let Err(error) = S::deserialize(NodeDeserializer::new(settings, path.to_owned(), &recovery)) {
        if !recovery.set_aside(error) {
            break;
        }
    }
    recovery.into_mistakes()
}

#[cfg(test)]
mod tests;
