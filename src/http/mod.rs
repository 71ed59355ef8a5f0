//! Requests to an API and what comes back: limits, retries, the kept answers, pages, secrets, record and replay.

mod agent;
mod allowance;
mod altered;
mod answer;
mod brief;
mod bucket;
mod budget;
mod calls;
mod client;
mod counted;
mod credentials;
mod delivery;
mod exchange;
mod faults;
mod fingerprint;
mod identity;
mod key;
mod limits;
mod no_proxy;
mod oauth2;
mod outgoing;
mod paging;
mod parameters;
mod pem;
mod poll_time;
mod proxy;
mod rate_headers;
mod record;
mod redactor;
mod replay;
mod request;
mod resolver;
mod response;
mod retry;
mod secret;
mod secret_file;
mod secrets;
mod source;
mod store;
mod tls;
mod token_answer;
mod url;
mod validators;

pub(crate) use altered::{Alteration, Values};
pub use answer::Answer;
pub use client::{Client, Mode};
pub(crate) use counted::Counted;
pub use credentials::{claim, located, warn_if_open};
pub use delivery::Delivery;
#[cfg(feature = "tools")]
pub(crate) use exchange::Exchange;
pub use fingerprint::Salt;
pub use key::Key;
pub use limits::Pace;
pub use oauth2::{CLIENT_ID, CLIENT_SECRET};
pub use outgoing::Outgoing;
pub use paging::{Pages, Paging};
pub use pem::{certificates, client_certificate};
pub use poll_time::PollTime;
pub use proxy::Proxy;
#[cfg(any(test, fuzzing))]
pub(crate) use rate_headers::Quota;
pub use record::Recorder;
pub use redactor::Redactor;
pub use replay::Replay;
pub use request::{HeaderValue, Request};
pub use response::Response;
pub use secret::Secret;
pub use secret_file::SecretFile;
pub use secrets::Secrets;
pub use source::Source;
pub use store::{Fetched, Kept, Look};
pub use tls::system_certificates;
pub use url::Url;
pub use validators::may_have_condition;

/// A new, empty directory: no other call returns it, even with the same name.
#[cfg(test)]
pub(crate) fn scratch(name: &str) -> std::path::PathBuf {
    use std::sync::atomic::{AtomicU64, Ordering};
    static CALLS: AtomicU64 = AtomicU64::new(0);
    let call = CALLS.fetch_add(1, Ordering::Relaxed);
    let dir = std::env::temp_dir().join(format!("cton-{name}-{}-{call}", std::process::id()));
    let _ = std::fs::remove_dir_all(&dir);
    std::fs::create_dir_all(&dir).unwrap();
    dir
}
