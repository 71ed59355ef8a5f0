//! A custom key of a new service.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::identifiers;
use crate::config;
use crate::config::minimal_config::{minimal_config, minimal_service};

/// A custom key with its value in the entry of the service.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct ServiceSetting {
    /// The key, which is also the name of a field.
    pub key: String,
    /// The initial value in config.json: text or a whole number.
    pub value: Value,
    /// True if the user must replace the value.
    pub is_placeholder: bool,
    /// A sentence about the meaning, which becomes a doc comment.
    pub doc: String,
}

impl ServiceSetting {
    /// Creates a setting with a key that is valid and not in `taken`. Without a value that config.json may contain, it gets a
    /// placeholder.
    pub(super) fn new(
        name: &str,
        value: Option<Value>,
        is_integer: bool,
        doc: String,
        taken: &mut BTreeSet<String>,
    ) -> Self {
        let key = identifiers::field(name, taken);
        // The entry has keys that other words are too similar to, such as `port`.
        let key = if is_valid(&key, &json!("x")) {
            key
        } else {
            identifiers::field(&format!("{key}_parameter"), taken)
        };
        let value = value.filter(|value| is_valid(&key, value));
        let is_placeholder = value.is_none();
        let placeholder =
            || if is_integer { json!(0) } else { format!("YOUR_{}", key.to_ascii_uppercase()).into() };
        Self { value: value.unwrap_or_else(placeholder), key, is_placeholder, doc }
    }

    /// Returns the value as it is sent.
    #[cfg(test)]
    pub(super) fn text(&self) -> String {
        self.value.as_str().map_or_else(|| self.value.to_string(), str::to_owned)
    }

    /// Returns the type of the field.
    pub(super) fn type_name(&self) -> &'static str {
        if self.value.is_i64() { "i64" } else { "String" }
    }
}

/// Returns true if the entry of a service may have this key with this value.
fn is_valid(key: &str, value: &Value) -> bool {
    let service = minimal_service(&json!({ key: value }));
    let is_custom = minimal_service(&json!({})).get(key).is_none();
    is_custom && config::parse("the entry", &minimal_config([("test".to_owned(), service)])).is_ok()
}

/// Returns the code of the struct with the settings of a service.
pub(super) fn code(settings: &[ServiceSetting], name: &str) -> String {
    let field = |setting: &ServiceSetting| {
        format!(
            "    /// {}\n    {}: {},\n",
            identifiers::escaped(&setting.doc),
            setting.key,
            setting.type_name()
        )
    };
    let fields: String = settings.iter().map(field).collect();
    format!(
        "/// The custom keys of the service in config.json.\n#[derive(serde::Deserialize)]\n#[serde(deny_unknown_fields)]\n\
         struct {name} {{\n{fields}}}\n\n"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_valid_and_a_value_that_the_config_refuses_becomes_a_placeholder() {
        let mut taken = BTreeSet::new();
        let mut made = |name: &str, value: Option<Value>, is_integer| {
            let setting = ServiceSetting::new(name, value, is_integer, String::new(), &mut taken);
            (setting.key.clone(), setting.text(), setting.is_placeholder)
        };
        let setting =
            |key: &str, text: &str, is_placeholder| (key.to_owned(), text.to_owned(), is_placeholder);
        assert_eq!(made("projectId", Some(json!(7)), true), setting("project_id", "7", false));
        assert_eq!(made("project-id", None, true), setting("project_id_2", "0", true));
        assert_eq!(made("port", Some(json!("a")), false), setting("port_parameter", "a", false));
        assert_eq!(made("ports", None, false).0, "ports");
        assert_eq!(made("log_level", None, false).0, "log_level_parameter");
        assert_eq!(
            made("x", Some(json!("ghp_16C7e42F292c6912E7710c838347Ae178B4a")), false),
            setting("x", "YOUR_X", true)
        );
    }
}
