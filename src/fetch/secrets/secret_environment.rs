//! Secrets in environment variables.

use std::ffi::OsString;

use super::pem_value::bare;
use super::secret::Secret;
use super::secret_file::secret_error;
use crate::support::error::Result;

/// Returns the value of a variable, without one line break at its end; `None` if it is not set.
pub(super) fn variable(name: &str, value: Option<OsString>) -> Result<Option<Secret>> {
    let Some(value) = value else { return Ok(None) };
    let value = bare(value.as_encoded_bytes()).map_err(|what| {
        let help = "set it to the value, or remove it from the environment";
        secret_error(format!("the environment variable {name} {what}")).with_help(help)
    })?;
    Ok(Some(Secret::of(value.as_str())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_or_binary_variable_is_an_error_without_its_value() {
        for (value, problem) in
            [("", "is empty"), ("\n", "is empty"), ("hu\u{7}sh", "has a control character")]
        {
            let said = variable("API_KEY", Some(value.into())).unwrap_err().to_string();
            assert!(
                said.starts_with(&format!("the environment variable API_KEY {problem}; help: ")),
                "{said}"
            );
        }
        assert_eq!(variable("API_KEY", Some("hush\n".into())).unwrap().unwrap().expose(), "hush");
        let pem = "-----BEGIN K-----\nAA\n-----END K-----";
        let escaped = pem.replace('\n', "\\n");
        assert_eq!(variable("API_KEY", Some(escaped.into())).unwrap().unwrap().expose(), pem);
    }
}
