//! Splunk On-Call (VictorOps): how many incidents there were, and how fast they were handled.
//!
//! The API is `GET /api-reporting/v2/incidents` as <https://portal.victorops.com/public/api-docs.html> (Reporting)
//! has it: pages by `offset` and `limit` (100 at most), all fields optional, resolved incidents only unless
//! `currentPhase` names others, and **one call a minute**. So a poll makes one call:
//!
//! - the first asks for everything, page after page for as long as the API answers;
//! - then, turn about, what started lately, and how many incidents there are in all.
//!
//! "Lately" reaches back an hour, for what shows up late, and on to the start of the oldest incident that was
//! open, for a week, so that an incident is seen when it is resolved. Answers overlap, and `Once` keeps anything
//! from being counted twice. What this costs: a number is up to two minutes old; an incident that stays open for
//! more than a week leaves `open_incidents`, and its resolution is not observed; where the API cuts the first poll
//! short, the history beyond is not observed.
//!
//! An account with more than 100 incidents an hour needs `data_store_expiration_sec` of a minute for each page:
//! pages that came are kept while the rest is asked for again.

use std::collections::BTreeMap;

use chrono::{DateTime, FixedOffset, SecondsFormat, TimeDelta, Utc};
use collectington::{Api, ErrorKind, Increase, Once, Result, Service, Total};
use serde::Deserialize;

use crate::labels::splunk::{IncidentsPerTeam, OpenIncidents};

/// The most that the API gives in one page.
const PAGE: usize = 100;
/// How late an incident may show up in the API's answers.
const LAG: TimeDelta = TimeDelta::hours(1);
/// How long an open incident is looked after.
const REACH: TimeDelta = TimeDelta::days(7);
const OPEN: [&str; 2] = ["triggered", "acknowledged"];

/// What one poll learnt; `None` is what it did not ask for.
pub struct SplunkApi {
    total: Option<u64>,
    incidents: Option<Incidents>,
}

/// By number: a page may repeat an incident of the page before if one was added meanwhile.
type Incidents = BTreeMap<String, Incident>;

#[derive(Deserialize)]
struct Page {
    total: u64,
    #[serde(default)]
    incidents: Vec<Incident>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Incident {
    incident_number: String,
    #[serde(default)]
    current_phase: String,
    start_time: Option<DateTime<FixedOffset>>,
    #[serde(default)]
    paged_teams: Vec<String>,
    #[serde(default)]
    transitions: Vec<Transition>,
}

#[derive(Deserialize)]
struct Transition {
    #[serde(default)]
    name: String,
    at: Option<DateTime<FixedOffset>>,
}

/// What a poll asks.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Question {
    Everything,
    StartedAfter(DateTime<Utc>),
    /// How many there are, before what started after that time is asked again.
    Total(DateTime<Utc>),
}

impl Service for SplunkApi {
    fn poll(api: &mut Api) -> Result<Self> {
        let question = api.previous::<Question>().map_or(Question::Everything, |kept| *kept);
        let answer = match question {
            Question::Everything => Self::everything(api)?,
            Question::StartedAfter(since) => Self::started_after(api, since)?,
            Question::Total(_) => Self::only_total(api)?,
        };
        api.keep(answer.next_question(question, api.now()));
        Ok(answer)
    }
}

impl SplunkApi {
    /// Incidents since the account was opened, in any phase.
    pub fn number_of_incidents(&self) -> Option<Total<u64>> {
        self.total.map(Total)
    }

    /// Incidents by the team that was paged; an incident that paged two teams counts for both.
    pub fn incidents_per_team(
        &self,
    ) -> impl Iterator<Item = (IncidentsPerTeam<'_>, Increase<Vec<Once<String, u32>>>)> {
        let mut teams: BTreeMap<&str, Vec<Once<String, u32>>> = BTreeMap::new();
        for (number, incident) in self.incidents.iter().flatten() {
            for team in &incident.paged_teams {
                teams.entry(team).or_default().push(Once(format!("{number} {team}"), 1));
            }
        }
        teams.into_iter().map(|(team, once)| (IncidentsPerTeam { team: team.into() }, Increase(once)))
    }

    /// Minutes from an incident's first trigger to its first acknowledgement after that.
    pub fn time_taken_to_acknowledge(&self) -> impl Iterator<Item = Once<&str, f64>> {
        self.minutes_to("acknowledged")
    }

    /// Minutes from an incident's first trigger to its first resolution after that.
    pub fn time_taken_to_resolve(&self) -> impl Iterator<Item = Once<&str, f64>> {
        self.minutes_to("resolved")
    }

    /// Incidents that are open, by their phase.
    pub fn open_incidents(&self) -> Option<Vec<(OpenIncidents<'static>, usize)>> {
        let incidents = self.incidents.as_ref()?;
        let count = |phase| incidents.values().filter(|incident| incident.current_phase == phase).count();
        Some(OPEN.map(|phase| (OpenIncidents { phase: phase.into() }, count(phase))).into())
    }

    fn minutes_to(&self, transition: &str) -> impl Iterator<Item = Once<&str, f64>> {
        let incidents = self.incidents.iter().flatten();
        incidents.filter_map(move |(number, incident)| Some(Once(number.as_str(), incident.minutes_to(transition)?)))
    }
}

impl Incident {
    /// A second trigger, as of an incident that was rerouted, does not start the clock again: somebody has been
    /// waiting since the first.
    fn minutes_to(&self, transition: &str) -> Option<f64> {
        let at = |name| self.transitions.iter().filter(move |step| step.name == name).filter_map(|step| step.at);
        let triggered = at("triggered").min().or(self.start_time)?;
        let reached = at(transition).filter(|at| *at >= triggered).min()?;
        Some((reached - triggered).as_seconds_f64() / 60.0)
    }

    fn is_open(&self) -> bool {
        OPEN.contains(&self.current_phase.as_str())
    }
}
