//! Reads secrets, and redacts them in all output.
//!
//! | file | content |
//! |---|---|
//! | `redactor` | removes secrets from text |
//! | `secret` | a value that is never printed |
//! | `secret_file` | parses a secret file |
//! | `service_secrets` | the secrets of one service |
//! | `systemd_credentials` | files from `$CREDENTIALS_DIRECTORY`, and their permissions |
//! | `unencrypted_url` | warns of secrets that are sent without encryption |
//! | `used_keys` | the keys that a poll used |

pub(crate) mod redactor;
pub(crate) mod secret;
pub(crate) mod secret_file;
pub(crate) mod service_secrets;
pub(crate) mod systemd_credentials;
pub(crate) mod unencrypted_url;
pub(crate) mod used_keys;
