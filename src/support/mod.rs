//! Helpers without knowledge of services: logging, errors, and the process.
//!
//! | file | content |
//! |---|---|
//! | `checksum` | CRC-32 |
//! | `error` | the error type of the crate |
//! | `excerpt` | parts of long texts |
//! | `exit` | the reasons to exit, with their exit codes |
//! | `file_identity` | detects changes of files |
//! | `fingerprint_text` | fingerprints as text, for state files |
//! | `hash_key` | keyed hashes, which nobody can predict |
//! | `heartbeat` | the stage of a poll loop, readable without a lock |
//! | `locks` | locks that survive a panic |
//! | `log` | log lines on standard error |
//! | `memory_limit` | the memory that one poll may take |
//! | `panics` | turns panics into errors |
//! | `pem` | certificates and keys in PEM |
//! | `printable` | text from outside, safe to print |
//! | `progress` | the progress line on a terminal |
//! | `quoted_string` | quoted strings of header fields and JSON |
//! | `scratch` | empty directories for tests |
//! | `shell` | quotes text for a shell |
//! | `size` | sizes in bytes for people |
//! | `systemd` | notifies systemd (sd_notify(3)) |
//! | `token_bucket` | a rate limit that allows bursts |
//! | `writable_directory` | checks whether a directory is writable |

#[cfg(feature = "run")]
pub(crate) mod checksum;
pub(crate) mod error;
pub(crate) mod excerpt;
#[cfg(feature = "run")]
pub(crate) mod exit;
#[cfg(feature = "run")]
pub(crate) mod file_identity;
#[cfg(feature = "run")]
pub(crate) mod fingerprint_text;
#[cfg(feature = "run")]
pub(crate) mod hash_key;
#[cfg(feature = "run")]
pub(crate) mod heartbeat;
#[cfg(feature = "run")]
pub(crate) mod locks;
#[cfg(feature = "run")]
pub(crate) mod log;
#[cfg_attr(not(feature = "run"), allow(dead_code))]
pub(crate) mod memory_limit;
#[cfg(feature = "run")]
pub(crate) mod panics;
#[cfg(feature = "run")]
pub(crate) mod pem;
#[cfg(feature = "run")]
pub(crate) mod printable;
#[cfg(feature = "run")]
pub(crate) mod progress;
pub(crate) mod quoted_string;
#[cfg(all(feature = "run", test))]
pub(crate) mod scratch;
#[cfg(feature = "run")]
pub(crate) mod shell;
#[cfg(feature = "run")]
pub(crate) mod size;
#[cfg(feature = "run")]
pub(crate) mod systemd;
#[cfg(feature = "run")]
pub(crate) mod token_bucket;
#[cfg(feature = "run")]
pub(crate) mod writable_directory;
