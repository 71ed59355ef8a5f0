//! Reads secrets, and redacts them in all output.
//!
//! | file | content |
//! |---|---|
//! | `pem_value` | values in PEM, and bare values |
//! | `placeholder` | placeholders for secrets in serialized data |
//! | `redactor` | removes secrets from text |
//! | `secret` | a value that is never printed |
//! | `secret_directory` | a directory with one file per secret |
//! | `secret_environment` | secrets in environment variables |
//! | `secret_file` | a file with one line per secret |
//! | `secret_lines` | parses the lines of a secret file |
//! | `secret_sources` | the file, directory and environment of a service |
//! | `service_secrets` | the secrets of one service |
//! | `short_secret` | warns of secrets that are too short for the redaction of texts |
//! | `stored_secrets` | the opened file or directory of secrets |
//! | `systemd_credentials` | files from `$CREDENTIALS_DIRECTORY`, and their permissions |
//! | `unencrypted_url` | warns of secrets that are sent without encryption |
//! | `unverified_tls` | warns of servers whose certificates are not verified |
//! | `used_keys` | the keys that a poll used |

mod pem_value;
pub(crate) mod placeholder;
pub(crate) mod redactor;
pub(crate) mod secret;
pub(crate) mod secret_directory;
mod secret_environment;
pub(crate) mod secret_file;
mod secret_lines;
pub(crate) mod secret_sources;
pub(crate) mod service_secrets;
pub(crate) mod short_secret;
mod stored_secrets;
pub(crate) mod systemd_credentials;
pub(crate) mod unencrypted_url;
pub(crate) mod unverified_tls;
pub(crate) mod used_keys;
