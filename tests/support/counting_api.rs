//! An API whose every response has one new incident, so that each response must be counted once.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex};

use super::fake_api::{FakeApi, Request, Response};

const PATH: &str = "/api-reporting/v2/incidents";

/// An API that counts its responses by the key of the request, as in `key-7`.
pub struct CountingApi {
    api: FakeApi,
    state: Arc<ApiState>,
}

#[derive(Default)]
struct ApiState {
    counts: Mutex<Counts>,
    released: Condvar,
}

#[derive(Default)]
struct Counts {
    responses: HashMap<u64, u64>,
    /// The key whose next response waits.
    held: Option<u64>,
    is_waiting: bool,
    is_paused: bool,
}

impl CountingApi {
    pub fn start() -> Self {
        let state = Arc::<ApiState>::default();
        let api = FakeApi::start({
            let state = Arc::clone(&state);
            move |request| state.respond(request)
        });
        Self { api, state }
    }

    pub fn url(&self) -> String {
        self.api.url(PATH)
    }

    /// Returns the number of responses with an incident for that key.
    pub fn responses(&self, key: u64) -> u64 {
        self.state.counts.lock().unwrap().responses.get(&key).copied().unwrap_or_default()
    }

    /// Responds with an error from now on, so that the counts stay.
    pub fn pause(&self) {
        self.state.counts.lock().unwrap().is_paused = true;
    }

    /// Lets the next response for that key wait until [`release`](Self::release).
    pub fn hold(&self, key: u64) {
        self.state.counts.lock().unwrap().held = Some(key);
    }

    /// Returns true if a response waits.
    pub fn is_held(&self) -> bool {
        self.state.counts.lock().unwrap().is_waiting
    }

    pub fn release(&self) {
        self.state.counts.lock().unwrap().held = None;
        self.state.released.notify_all();
    }
}

impl Drop for CountingApi {
    fn drop(&mut self) {
        self.release();
    }
}

impl ApiState {
    fn respond(&self, request: &Request) -> Response {
        let key = request.header("x-vo-api-key").and_then(|key| key.strip_prefix("key-")?.parse().ok());
        let Some(key) = key else { return Response::new(401) };
        let mut counts = self.counts.lock().unwrap();
        while counts.held == Some(key) && request.query("startedAfter").is_some() {
            counts.is_waiting = true;
            counts = self.released.wait(counts).unwrap();
        }
        if counts.is_paused {
            return Response::new(503);
        }
        // The request for the total alone lists nothing.
        if request.query("startedAfter").is_none() {
            return Response::json(r#"{"total": 1, "offset": 0, "limit": 1, "incidents": []}"#);
        }
        let count = counts.responses.entry(key).or_default();
        *count += 1;
        Response::json(format!(
            r#"{{"total": 1, "offset": 0, "limit": 100, "incidents": [{{
                "incidentNumber": "{key}-{count}", "currentPhase": "triggered", "startTime": "2026-11-23T20:00:00Z",
                "pagedTeams": ["t"], "transitions": []
            }}]}}"#
        ))
    }
}

/// Writes a secret file with `key-N`, and returns its path.
pub fn secret(dir: &Path, number: u64) -> PathBuf {
    let file = dir.join(format!("secret-{number}"));
    if !file.exists() {
        fs::write(&file, format!("API_ID = id-4711\nAPI_KEY = key-{number}\n")).unwrap();
        #[cfg(unix)]
        fs::set_permissions(&file, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    }
    file
}
