//! The greeting on a terminal.

use std::io::IsTerminal as _;
use std::net::SocketAddr;
use std::path::Path;

use crate::server::listener::Listener;
use crate::support::log;

/// Returns the greeting: the addresses at which the status page responds, and the directory of a replay.
pub(super) fn text<'a>(
    listeners: impl Iterator<Item = &'a Listener>,
    scheme: &str,
    replay: Option<&Path>,
) -> String {
    let pages: Vec<String> = listeners.map(|listener| page(listener, scheme)).collect();
    let (version, pages) = (env!("CARGO_PKG_VERSION"), pages.join(" "));
    match replay {
        Some(dir) => format!("cton {version} replays the recordings of {} on {pages}", dir.display()),
        None => format!("cton {version} serves {pages}"),
    }
}

/// Prints the greeting on a terminal, never to a log file.
pub(super) fn print(text: &str) {
    if std::io::stderr().is_terminal() {
        log::print(&format!("{text} (press Ctrl-C to stop)\n"));
    }
}

fn page(listener: &Listener, scheme: &str) -> String {
    listener.address().map_or_else(|| listener.to_string(), |address| url(address, scheme))
}

/// Returns the URL of an address; that of all addresses is the one of `localhost`.
fn url(address: SocketAddr, scheme: &str) -> String {
    if address.ip().is_unspecified() {
        format!("{scheme}://localhost:{}/", address.port())
    } else {
        format!("{scheme}://{address}/")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_address_of_the_greeting_responds() {
        for (address, expected) in [
            ("127.0.0.2:18079", "http://127.0.0.2:18079/"),
            ("[::1]:8000", "http://[::1]:8000/"),
            ("0.0.0.0:8000", "http://localhost:8000/"),
            ("[::]:8000", "http://localhost:8000/"),
        ] {
            assert_eq!(url(address.parse().unwrap(), "http"), expected);
        }
    }

    #[test]
    fn the_greeting_of_a_replay_names_its_recordings() {
        let listener = Listener::bind(([127, 0, 0, 1], 0).into()).unwrap();
        let port = listener.address().unwrap().port();
        let text = text([&listener].into_iter(), "http", Some("replay/splunk".as_ref()));
        assert!(
            text.ends_with(&format!(" replays the recordings of replay/splunk on http://127.0.0.1:{port}/"))
        );
    }
}
