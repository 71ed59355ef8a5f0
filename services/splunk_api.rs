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
    /// A refusal after the first page ends it: the API lets nobody have a long history at once.
    fn everything(api: &Api) -> Result<Self> {
        let mut pages = Self::pages(all_phases(api)?);
        let Page { total, incidents } = pages.next().unwrap_or_else(|| Err("the API gave no page".into()))?;
        let mut known = by_number(incidents);
        let mut refused = false;
        for page in pages {
            match page {
                Ok(page) => known.extend(by_number(page.incidents)),
                Err(error) if error.kind() == ErrorKind::Status => { refused = true; break }
                Err(error) => return Err(error),
            }
        }
        Ok(Self { total: Some(total), incidents: Some(known) })
    }

    fn started_after(api: &Api, since: DateTime<Utc>) -> Result<Self> {
        let since = since.to_rfc3339_opts(SecondsFormat::Secs, true);
        let mut incidents = Incidents::new();
        for page in Self::pages(all_phases(api)?.query("startedAfter", since)) {
            incidents.extend(by_number(page?.incidents));
        }
        Ok(Self { total: None, incidents: Some(incidents) })
    }

    fn only_total(api: &Api) -> Result<Self> {
        let page: Page = all_phases(api)?.query("limit", 1).json()?;
        Ok(Self { total: Some(page.total), incidents: None })
    }

    fn next_question(&self, asked: Question, now: DateTime<Utc>) -> Question {
        match asked {
            Question::Total(since) => Question::StartedAfter(since),
            Question::Everything => Question::StartedAfter(self.look_back(now)),
            Question::StartedAfter(_) => Question::Total(self.look_back(now)),
        }
    }

    /// Far enough for what shows up late, and for what is open to be seen when it is resolved.
    fn look_back(&self, now: DateTime<Utc>) -> DateTime<Utc> {
        let open = self.incidents.iter().flatten().filter(|(_, incident)| incident.is_open());
        let oldest = open.filter_map(|(_, incident)| incident.start_time).min();
        oldest.map_or(now, DateTime::to_utc).min(now - LAG).max(now - REACH)
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
