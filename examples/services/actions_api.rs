//! The workflow runs of a repository, from the REST API of GitHub
//! (<https://docs.github.com/rest/actions/workflow-runs#list-workflow-runs-for-a-repository>).

use chrono::{DateTime, TimeDelta, Utc};
use collectington::{Api, Increase, Once, Paging, Result, Service};

use crate::labels::actions_api::{WorkflowRunDurationSeconds, WorkflowRuns};

/// The completed workflow runs since the last poll.
pub struct ActionsApi {
    runs: Vec<Run>,
}

#[derive(serde::Deserialize)]
struct Page {
    workflow_runs: Vec<Run>,
}

#[derive(serde::Deserialize)]
struct Run {
    id: u64,
    name: String,
    conclusion: Option<String>,
    created_at: DateTime<Utc>,
    run_started_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

impl Service for ActionsApi {
    const SECRETS: &'static [&'static str] = &["TOKEN"];

    fn poll(api: &mut Api) -> Result<Self> {
        let since: DateTime<Utc> = api.previous().unwrap_or_else(|| api.now() - TimeDelta::hours(6));
        let request = api
            .get()
            .path("actions/runs")
            .query("status", "completed")
            .query("created", format!(">={}", since.format("%Y-%m-%dT%H:%M:%SZ")))
            .query("per_page", 100)
            .bearer(api.secret("TOKEN")?);
        let mut runs = Vec::new();
        for page in request.pages(Paging::link_header()) {
            let page: Page = page?;
            runs.extend(page.workflow_runs);
        }
        // A run is listed by its creation and counts at its completion, up to six hours later. `Once` counts it once.
        let latest = runs.iter().map(|run| run.created_at).max().unwrap_or(since);
        api.keep((latest - TimeDelta::hours(6)).max(since));
        Ok(Self { runs })
    }
}

impl ActionsApi {
    /// Number of completed workflow runs by workflow and conclusion.
    pub fn workflow_runs(&self) -> impl Iterator<Item = (WorkflowRuns<'_>, Increase<[Once<u64, u32>; 1]>)> {
        self.runs.iter().map(|run| {
            let conclusion = run.conclusion.as_deref().unwrap_or("unknown");
            let labels = WorkflowRuns::new(&run.name, conclusion);
            (labels, Increase([Once(run.id, 1)]))
        })
    }

    /// Time from the start to the completion of a workflow run in seconds.
    pub fn workflow_run_duration_seconds(
        &self,
    ) -> impl Iterator<Item = (WorkflowRunDurationSeconds<'_>, Once<u64, f64>)> {
        self.runs.iter().map(|run| {
            let duration = (run.updated_at - run.run_started_at).as_seconds_f64();
            (WorkflowRunDurationSeconds::new(&run.name), Once(run.id, duration))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_of_all_pages_are_read() {
        let api = Api::replay("services/replay/actions").unwrap();
        let mut api =
            api.with_url("https://api.github.com/repos/example/web").unwrap().with_secret("TOKEN", "token");
        let actions: ActionsApi = api.poll().unwrap();
        let ids: Vec<u64> = actions.runs.iter().map(|run| run.id).collect();
        assert_eq!(ids, [30433644, 30433642, 30433641]);
    }
}
