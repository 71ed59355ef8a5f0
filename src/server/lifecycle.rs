//! The reload of the config by a request, which `--web-enable-lifecycle` enables.

use std::sync::mpsc::{self, RecvTimeoutError, SyncSender, TrySendError};
use std::time::Duration;

use super::request_head::RequestHead;
use crate::exposition::scrape_response::{ScrapeResponse, path};

/// The path of the request.
const PATH: &str = "/-/reload";
/// The longest wait for a reload. A response must be complete within 20 seconds.
const PATIENCE: Duration = Duration::from_secs(15);

/// The way to the thread that reloads the config.
pub(super) struct Lifecycle(SyncSender<ReloadRequest>);

/// A request to reload the config.
pub(crate) struct ReloadRequest {
    /// The receiver of the outcome; `None` for a signal, whose outcome is only logged.
    pub(crate) reply: Option<SyncSender<ReloadOutcome>>,
}

/// The summary of a reload, or the errors for which nothing was changed.
pub(crate) type ReloadOutcome = Result<String, String>;

impl Lifecycle {
    pub(super) fn new(requests: SyncSender<ReloadRequest>) -> Self {
        Self(requests)
    }

    /// Reloads the config, and returns its response.
    fn reload(&self) -> ScrapeResponse {
        let (reply, outcome) = mpsc::sync_channel(1);
        match self.0.try_send(ReloadRequest { reply: Some(reply) }) {
            Ok(()) => {}
            Err(TrySendError::Full(_)) => return later("Too many reloads wait: retry later."),
            Err(TrySendError::Disconnected(_)) => return later("The process stops."),
        }
        match outcome.recv_timeout(PATIENCE) {
            Ok(Ok(summary)) => ScrapeResponse::text(200, summary),
            Ok(Err(errors)) => ScrapeResponse::text(400, errors),
            Err(RecvTimeoutError::Timeout) => later(
                "The reload continues: its outcome is in the log and in cton_config_last_reload_successful.",
            ),
            Err(RecvTimeoutError::Disconnected) => later("The reload failed: see the log."),
        }
    }
}

/// Returns the response to a request for `/-/reload`; `None` for another request.
pub(super) fn respond(lifecycle: Option<&Lifecycle>, head: &RequestHead) -> Option<ScrapeResponse> {
    if path(&head.target) != Some(PATH) {
        return None;
    }
    let refused = |status, reason: &str| Some(ScrapeResponse::text(status, format!("{reason}\n")));
    match lifecycle {
        None => refused(403, "The reload by a request is disabled: start cton with --web-enable-lifecycle."),
        Some(_) if !matches!(head.method.as_str(), "POST" | "PUT") => {
            refused(405, "Method not allowed: use POST or PUT.")
                .map(|response| response.with("Allow", "POST, PUT"))
        }
        // A page of another site must not reload the config of a machine that its reader reaches.
        Some(_) if head.is_cross_site => refused(403, "A page of another site must not reload the config."),
        Some(lifecycle) => Some(lifecycle.reload()),
    }
}

fn later(reason: &str) -> ScrapeResponse {
    ScrapeResponse::text(503, format!("{reason}\n"))
}
