//! An API with a login and a limited number of sessions, like Pi-hole v6.

use std::sync::{Arc, Mutex};

use serde_json::json;

use super::fake_api::{FakeApi, Request, Response};

/// The most sessions that are open at the same time.
const SEATS: usize = 16;
/// The password.
pub const PASSWORD: &str = "tr0ub4dor &=3";

/// A running API with 16 seats.
pub struct SeatsApi {
    pub fake: FakeApi,
    seats: Arc<Mutex<Seats>>,
}

/// The requests so far, by their effect.
#[derive(Debug, Default, Clone)]
pub struct Seats {
    /// The open sessions.
    pub open: Vec<String>,
    /// The accepted and refused logins.
    pub logins: usize,
    pub refused: usize,
    pub logouts: usize,
    /// The number of reads of the data.
    pub reads: usize,
    /// The number of further reads that are refused, although their session has a seat.
    pub refusals: usize,
    /// The number of further reads that fail.
    pub failures: usize,
    /// The most sessions that were open at the same time.
    pub most: usize,
}

impl SeatsApi {
    pub fn start() -> Self {
        let seats: Arc<Mutex<Seats>> = Arc::default();
        let shared = Arc::clone(&seats);
        let fake = FakeApi::start(move |request| shared.lock().unwrap().respond(request));
        Self { fake, seats }
    }

    pub fn seats(&self) -> Seats {
        self.seats.lock().unwrap().clone()
    }

    /// Refuses, or fails, some of the next reads.
    pub fn disturb(&self, refusals: usize, failures: usize) {
        let mut seats = self.seats.lock().unwrap();
        (seats.refusals, seats.failures) = (refusals, failures);
    }

    /// Forgets all sessions, like a server that restarts.
    pub fn forget(&self) {
        self.seats.lock().unwrap().open.clear();
    }
}

impl Seats {
    fn respond(&mut self, request: &Request) -> Response {
        match (request.method.as_str(), request.path()) {
            ("POST", "/api/auth") => self.log_in(&String::from_utf8_lossy(&request.body)),
            ("DELETE", "/api/auth") | ("POST", "/api/logout") => self.log_out(request),
            _ if self.refusals > 0 => {
                self.refusals -= 1;
                Response::new(401)
            }
            _ if self.failures > 0 => {
                self.failures -= 1;
                Response::new(500)
            }
            _ if self.has(request) => {
                self.reads += 1;
                let types = json!({ "A": 1, "sessions": self.open.len() });
                Response::json(json!({ "queries": self.reads, "types": types }).to_string())
            }
            _ => Response::new(401).body("{\"error\": {\"key\": \"unauthorized\"}}"),
        }
    }

    fn log_in(&mut self, body: &str) -> Response {
        let is_right = serde_json::from_str::<serde_json::Value>(body)
            .is_ok_and(|body| body["password"].as_str() == Some(PASSWORD));
        if !is_right {
            self.refused += 1;
            return Response::new(401).body("{\"session\": {\"valid\": false, \"sid\": null}}");
        }
        if self.open.len() == SEATS {
            return Response::new(429).body("{\"error\": {\"key\": \"api_seats_exceeded\"}}");
        }
        self.logins += 1;
        let sid = format!("vFA+EP4MQ5JJvJg+3Q2Jn{}=", self.logins);
        self.open.push(sid.clone());
        self.most = self.most.max(self.open.len());
        Response::json(json!({ "session": { "valid": true, "sid": sid, "validity": 1800 } }).to_string())
    }

    fn log_out(&mut self, request: &Request) -> Response {
        let is_open = self.has(request);
        let sid = request.header("x-ftl-sid");
        self.open.retain(|open| Some(open.as_str()) != sid);
        self.logouts += usize::from(is_open);
        Response::new(if is_open { 204 } else { 401 })
    }

    fn has(&self, request: &Request) -> bool {
        request.header("x-ftl-sid").is_some_and(|sid| self.open.iter().any(|open| open == sid))
    }
}
