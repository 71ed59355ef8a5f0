//! The jobs of a server whose login returns a JWT, and whose pages are in the header `Link`.

use collectington::{Api, Paging, Result, Service, Session};
use serde::Deserialize;
use serde_json::json;
use std::time::Duration;

use crate::labels::json_server::FailedJobs;

/// The jobs of all pages.
pub struct JsonServer {
    jobs: Vec<Job>,
}

#[derive(Deserialize)]
struct Login {
    #[serde(rename = "accessToken")]
    token: String,
}

#[derive(Deserialize)]
struct Job {
    queue: String,
    failed: u64,
}

impl Service for JsonServer {
    fn log_in(api: &Api) -> Result<Session> {
        let account = json!({ "email": api.secret("EMAIL")?, "password": api.secret("PASSWORD")? });
        let login: Login = api.post(&account).path("login").json()?;
        // The server's tokens expire after an hour.
        Ok(Session::bearer(login.token).expires_in(Duration::from_secs(3600)))
    }

    fn poll(api: &mut Api) -> Result<Self> {
        let request = api.get().path("660/jobs").query("_page", 1).query("_limit", 2);
        let pages: Result<Vec<Vec<Job>>, _> = request.pages(Paging::link_header()).collect();
        Ok(Self { jobs: pages?.into_iter().flatten().collect() })
    }
}

impl JsonServer {
    /// Number of failed jobs in a queue.
    pub fn failed_jobs(&self) -> impl Iterator<Item = (FailedJobs<'_>, u64)> {
        self.jobs.iter().map(|job| (FailedJobs::new(&job.queue), job.failed))
    }
}
