//! Helpers without knowledge of services: logging, errors, and the process.
//!
//! | file | content |
//! |---|---|
//! | `atomic_write` | replaces a file as a whole, and syncs it |
//! | `build_info` | the version, revision and target of the binary |
//! | `checksum` | CRC-32 |
//! | `diagnostic` | errors on standard error: problem, details, help |
//! | `error` | the error type of the crate |
//! | `essential_thread` | threads whose panic exits the process |
//! | `excerpt` | parts of long texts |
//! | `exit` | the reasons to exit, with their exit codes |
//! | `file_identity` | detects changes of files |
//! | `file_lock` | one process per file |
//! | `fingerprint_text` | fingerprints as text, for state files |
//! | `flap_log` | the log lines of the start and the end of flapping |
//! | `flapping` | limits the log lines of states that flap |
//! | `hash_key` | keyed hashes, which nobody can predict |
//! | `heartbeat` | the stage of a poll loop, readable without a lock |
//! | `locks` | locks that survive a panic |
//! | `log` | log lines on standard error |
//! | `logged_causes` | the causes that were logged since the last success |
//! | `memory_limit` | the memory that one poll may take |
//! | `outages` | decides which errors and recoveries are logged |
//! | `panics` | turns panics into errors |
//! | `pem` | certificates and keys in PEM |
//! | `printable` | text from outside, safe to print |
//! | `progress` | the progress line on a terminal |
//! | `quoted_string` | quoted strings of header fields and JSON |
//! | `scratch` | empty directories for tests |
//! | `shell` | quotes text for a shell |
//! | `size` | sizes in bytes for people |
//! | `systemd` | notifies systemd (sd_notify(3)) |
//! | `terminal` | the capabilities of a terminal |
//! | `token_bucket` | a rate limit that allows bursts |
//! | `writable_directory` | checks whether a directory is writable |

pub(crate) mod atomic_write;
pub(crate) mod build_info;
pub(crate) mod checksum;
pub(crate) mod diagnostic;
pub(crate) mod error;
pub(crate) mod essential_thread;
pub(crate) mod excerpt;
pub(crate) mod exit;
pub(crate) mod file_identity;
pub(crate) mod file_lock;
pub(crate) mod fingerprint_text;
pub(crate) mod flap_log;
pub(crate) mod flapping;
pub(crate) mod hash_key;
pub(crate) mod heartbeat;
pub(crate) mod locks;
pub(crate) mod log;
pub(crate) mod logged_causes;
pub(crate) mod memory_limit;
pub(crate) mod outages;
pub(crate) mod panics;
pub(crate) mod pem;
pub(crate) mod printable;
pub(crate) mod progress;
pub(crate) mod quoted_string;
#[cfg(test)]
pub(crate) mod scratch;
pub(crate) mod shell;
pub(crate) mod size;
pub(crate) mod systemd;
pub(crate) mod terminal;
pub(crate) mod token_bucket;
pub(crate) mod writable_directory;
