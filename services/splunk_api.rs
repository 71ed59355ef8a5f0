//! Splunk On-Call (VictorOps): the number of incidents, and the time until each was acknowledged and resolved.
//!
//! The API is `GET /api-reporting/v2/incidents`, documented at <https://portal.victorops.com/public/api-docs.html>
//! (Reporting). It has pages by `offset` and `limit` (100 at most). All fields are optional. It returns resolved
//! incidents only, unless `currentPhase` names other phases. Its rate limit is **one request a minute**, so a poll
//! sends one request:
//!
//! - the first poll requests everything, page after page for as long as the API responds;
//! - later polls alternate between the incidents that started recently and the total number of incidents.
//!
//! "Recently" reaches back an hour, because the API lists some incidents late. It also reaches back to the start of the
//! oldest open incident, for a week at most, so that its resolution is observed. Responses overlap, and `Once` prevents
//! double counting. A number is up to two minutes old. An incident that stays open for more than a week leaves
//! `open_incidents`, and its resolution is not observed. If the API cuts the first poll short, the older history is not
//! observed.
//!
//! An account with more than 100 incidents an hour needs `data_store_expiration_sec` of a minute for each page:
//! received pages stay in the response cache while the rest is requested again. `"calls_per_minute": 1` in config.json
//! prevents requests that the API would refuse.

// The config of the Python tool has neither of the two metrics with labels, and must build unchanged.
#![cfg_attr(
    not(all(metric = "splunk_api::incidents_per_team", metric = "splunk_api::open_incidents")),
    allow(dead_code, unused_imports)
)]

use std::collections::BTreeMap;
use std::fmt;

use chrono::{DateTime, FixedOffset, SecondsFormat, TimeDelta, Utc};
use collectington::{
    Api, Error, ErrorKind, Increase, Once, Paging, Request, Result, Service, Total, Unchanged,
};
use serde::{Deserialize, Serialize};

use crate::labels::splunk_api as labels;

/// The largest number of incidents in one page of the API.
const PAGE: usize = 100;
/// The largest number of pages in a history. More are an error of the API.
const MOST_PAGES: usize = 10_000;
/// The delay with which the API may list an incident.
const LAG: TimeDelta = TimeDelta::hours(1);
/// The margin before a start time, because `startedAfter` excludes the given time.
const MARGIN: TimeDelta = TimeDelta::minutes(1);
/// The time for which an open incident is tracked.
const REACH: TimeDelta = TimeDelta::days(7);
const OPEN: [(Phase, &str); 2] = [(Phase::Triggered, "triggered"), (Phase::Acknowledged, "acknowledged")];

/// The data of one poll. Fields that the poll did not request are empty.
#[derive(Default)]
pub struct SplunkApi {
    total: Option<usize>,
    incidents: Incidents,
    /// True if `incidents` contains all open incidents.
    has_all_open: bool,
}

/// Incidents by number. A page repeats incidents of the previous page if others were added in the meantime.
type Incidents = BTreeMap<String, Incident>;

#[derive(Deserialize)]
struct Page {
    total: usize,
    #[serde(default)]
    incidents: Vec<Incident>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Incident {
    incident_number: String,
    #[serde(default)]
    current_phase: Phase,
    start_time: Option<DateTime<FixedOffset>>,
    #[serde(default)]
    paged_teams: Vec<String>,
    #[serde(default)]
    transitions: Vec<Transition>,
}

/// An incident of a team. Its ID contains both, so that an incident that pages two teams counts for each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Paged<'a> {
    team: &'a str,
    number: &'a str,
}

impl fmt::Display for Paged<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.number, self.team)
    }
}

#[derive(Deserialize)]
struct Transition {
    #[serde(default)]
    name: Phase,
    at: Option<DateTime<FixedOffset>>,
}

/// The phase of an incident, or the phase that a transition led to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Phase {
    Triggered,
    Acknowledged,
    Resolved,
    /// A phase that the API documentation does not name.
    #[default]
    #[serde(other)]
    Other,
}

/// The data that a poll requests.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
enum Question {
    Everything,
    StartedAfter(DateTime<Utc>),
    /// The number of incidents. The next poll requests those that started after the given time.
    Total(DateTime<Utc>),
}

impl Service for SplunkApi {
    const SECRETS: &'static [&'static str] = &["API_ID", "API_KEY"];

    fn poll(api: &mut Api) -> Result<Self> {
        let question = api.previous().unwrap_or(Question::Everything);
        let data = match question {
            Question::Everything => Self::everything(api)?,
            Question::StartedAfter(since) => Self::started_after(api, since)?,
            Question::Total(_) => Self::only_total(api)?,
        };
        api.keep(data.next_question(question, api.now()));
        Ok(data)
    }
}

impl SplunkApi {
    /// Number of incidents since the account was opened, in any phase.
    pub fn number_of_incidents(&self) -> Result<Total<usize>, Unchanged> {
        self.total.map(Total).ok_or(Unchanged)
    }

    /// Number of incidents by paged team; an incident that paged two teams counts for both.
    #[cfg(metric = "splunk_api::incidents_per_team")]
    pub fn incidents_per_team(
        &self,
    ) -> impl Iterator<Item = (labels::IncidentsPerTeam<'_>, Increase<Vec<Once<Paged<'_>, u32>>>)> {
        // One team at a time: lists for all teams together take several times the memory of the incidents.
        let mut paged: Vec<Paged<'_>> = self.paged().collect();
        paged.sort_unstable();
        let mut paged = paged.into_iter().peekable();
        std::iter::from_fn(move || {
            let team = paged.peek()?.team;
            let of_team = std::iter::from_fn(|| paged.next_if(|paged| paged.team == team));
            let incidents = of_team.map(|paged| Once(paged, 1)).collect();
            Some((labels::IncidentsPerTeam::new(team), Increase(incidents)))
        })
    }

    /// Time from the first trigger to the first acknowledgement in minutes.
    pub fn time_taken_to_acknowledge(&self) -> impl Iterator<Item = Once<&str, f64>> {
        self.minutes_to(Phase::Acknowledged)
    }

    /// Time from the first trigger to the first resolution in minutes.
    pub fn time_taken_to_resolve(&self) -> impl Iterator<Item = Once<&str, f64>> {
        self.minutes_to(Phase::Resolved)
    }

    /// Number of open incidents by phase.
    #[cfg(metric = "splunk_api::open_incidents")]
    pub fn open_incidents(&self) -> Result<Vec<(labels::OpenIncidents<'static>, usize)>, Unchanged> {
        let count =
            |phase| self.incidents.values().filter(|incident| incident.current_phase == phase).count();
        let by_phase = OPEN.map(|(phase, name)| (labels::OpenIncidents::new(name), count(phase)));
        if self.has_all_open { Ok(by_phase.into()) } else { Err(Unchanged) }
    }

    #[cfg(metric = "splunk_api::incidents_per_team")]
    fn paged(&self) -> impl Iterator<Item = Paged<'_>> {
        self.incidents.iter().flat_map(|(number, incident)| {
            incident.paged_teams.iter().map(move |team| Paged { team, number })
        })
    }

    fn minutes_to(&self, phase: Phase) -> impl Iterator<Item = Once<&str, f64>> {
        self.incidents
            .iter()
            .filter_map(move |(number, incident)| Some(Once(number.as_str(), incident.minutes_to(phase)?)))
    }

    /// Requests all pages. The first page must succeed. A refusal after it stops the requests, because the API refuses
    /// a long history at once. Any other error fails the poll, and the next poll begins again.
    fn everything(api: &Api) -> Result<Self> {
        let mut data = Self { has_all_open: true, ..Self::default() };
        for page in all_phases(api)?.pages(paging()) {
            match page {
                Err(error) if data.total.is_some() && is_refusal(&error) => {
                    data.has_all_open = false;
                    break;
                }
                page => data.total = Some(data.add(page?)),
            }
        }
        Ok(data)
    }

    fn started_after(api: &Api, since: DateTime<Utc>) -> Result<Self> {
        let mut data = Self { has_all_open: true, ..Self::default() };
        let since = since.to_rfc3339_opts(SecondsFormat::Secs, true);
        let request = all_phases(api)?.query("startedAfter", &since);
        for page in request.pages(paging()) {
            data.add(page?);
        }
        Ok(data)
    }

    fn only_total(api: &Api) -> Result<Self> {
        let page: Page = all_phases(api)?.query("limit", 1).json()?;
        Ok(Self { total: Some(page.total), ..Self::default() })
    }

    /// Adds the incidents of a page. Returns the number of incidents that match the request.
    fn add(&mut self, page: Page) -> usize {
        let numbered = page
            .incidents
            .into_iter()
            .map(|mut incident| (std::mem::take(&mut incident.incident_number), incident));
        self.incidents.extend(numbered);
        page.total
    }

    /// Returns the question of the next poll. A time in the future is from a clock that was ahead, so incidents since
    /// then may have been missed.
    fn next_question(&self, asked: Question, now: DateTime<Utc>) -> Question {
        match asked {
            Question::Everything => Question::StartedAfter(self.look_back(now)),
            Question::StartedAfter(since) if since > now => Question::Total(now - REACH),
            Question::StartedAfter(_) => Question::Total(self.look_back(now)),
            Question::Total(since) if since > now => Question::StartedAfter(now - REACH),
            Question::Total(since) => Question::StartedAfter(since),
        }
    }

    /// Returns the start of the incidents to request. It covers incidents that are listed late, and open incidents, so
    /// that their resolution is observed.
    fn look_back(&self, now: DateTime<Utc>) -> DateTime<Utc> {
        let open = self.incidents.values().filter(|incident| incident.is_open());
        let oldest =
            open.filter_map(|incident| incident.start_time).min().map_or(now, |at| at.to_utc() - MARGIN);
        oldest.min(now - LAG).max(now - REACH)
    }
}

impl Incident {
    /// Returns the minutes from the first trigger to a phase. A further trigger, as when an incident is rerouted, does
    /// not restart the clock: people have been waiting since the first.
    fn minutes_to(&self, phase: Phase) -> Option<f64> {
        let triggered = self.times(Phase::Triggered).min().or(self.start_time)?;
        let reached = self.times(phase).filter(|at| *at >= triggered).min()?;
        Some((reached - triggered).as_seconds_f64() / 60.0)
    }

    fn is_open(&self) -> bool {
        OPEN.iter().any(|(phase, _)| *phase == self.current_phase)
    }

    fn times(&self, phase: Phase) -> impl Iterator<Item = DateTime<FixedOffset>> {
        self.transitions.iter().filter(move |step| step.name == phase).filter_map(|step| step.at)
    }
}

/// Returns true if the API, or the exporter on its behalf, refuses requests for now. An API with an internal problem
/// does not refuse: incidents omitted then would never be requested again.
fn is_refusal(error: &Error) -> bool {
    error.kind() == ErrorKind::Limit || matches!(error.status(), Some(403 | 429))
}

fn paging() -> Paging<Page> {
    Paging::offset(PAGE, |page: &Page| page.incidents.len()).total(|page| page.total).max_pages(MOST_PAGES)
}

/// Returns a request for incidents in every phase. By default, the API returns resolved incidents only.
fn all_phases(api: &Api) -> Result<Request<'_>> {
    let request = api.get().header("X-VO-Api-Id", api.secret("API_ID")?);
    Ok(request
        .header("X-VO-Api-Key", api.secret("API_KEY")?)
        .query("currentPhase", "triggered,acknowledged,resolved"))
}

#[cfg(test)]
#[cfg(all(metric = "splunk_api::incidents_per_team", metric = "splunk_api::open_incidents"))]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn data(incidents: &str) -> SplunkApi {
        let page = serde_json::from_str(&format!(r#"{{"total": 7, "incidents": [{incidents}]}}"#)).unwrap();
        let mut data = SplunkApi { has_all_open: true, ..SplunkApi::default() };
        data.total = Some(data.add(page));
        data
    }

    fn incident(number: u32, phase: &str, transitions: &[(&str, &str)]) -> String {
        let steps: Vec<_> =
            transitions.iter().map(|(name, at)| format!(r#"{{"name": "{name}", "at": "{at}"}}"#)).collect();
        let steps = steps.join(", ");
        format!(r#"{{"incidentNumber": "{number}", "currentPhase": "{phase}", "transitions": [{steps}]}}"#)
    }

    fn handled(transitions: &[(&str, &str)]) -> (Option<f64>, Option<f64>) {
        let data = data(&incident(1, "resolved", transitions));
        let minutes = |mut all: Vec<Once<&str, f64>>| all.pop().map(|Once(_, minutes)| minutes);
        (minutes(data.time_taken_to_acknowledge().collect()), minutes(data.time_taken_to_resolve().collect()))
    }

    #[test]
    fn minutes_are_exact_whatever_the_form_of_the_times() {
        let triggered = ("triggered", "2026-11-20T08:00:00Z");
        assert_eq!(
            handled(&[
                triggered,
                ("acknowledged", "2026-11-20T08:00:45Z"),
                ("resolved", "2026-11-20T08:03:00.600Z")
            ]),
            (Some(0.75), Some(3.01)),
        );
        assert_eq!(
            handled(&[
                triggered,
                ("acknowledged", "2026-11-20T09:01:30+01:00"),
                ("resolved", "2026-11-20T03:06:00-0500")
            ]),
            (Some(1.5), Some(6.0)),
        );
    }

    #[test]
    fn unknown_phases_are_ignored() {
        let data = data(&incident(1, "rerouting", &[("snoozed", "2026-11-20T08:00:00Z")]));
        assert_eq!(data.open_incidents().unwrap().iter().map(|(_, n)| n).sum::<usize>(), 0);
        assert_eq!(data.time_taken_to_resolve().count(), 0);
    }

    #[test]
    fn missing_transitions_are_not_observed() {
        let triggered = ("triggered", "2026-11-20T08:00:00Z");
        assert_eq!(handled(&[triggered]), (None, None));
        assert_eq!(handled(&[triggered, ("resolved", "2026-11-20T08:01:00Z")]), (None, Some(1.0)));
        assert_eq!(handled(&[("resolved", "2026-11-20T08:01:00Z")]), (None, None));
        assert_eq!(handled(&[]), (None, None));
    }

    #[test]
    fn times_run_from_the_first_trigger_to_the_first_acknowledgement() {
        let rerouted = [
            ("acknowledged", "2026-11-20T08:12:00Z"),
            ("triggered", "2026-11-20T08:10:00Z"),
            ("acknowledged", "2026-11-20T08:04:00Z"),
            ("triggered", "2026-11-20T08:00:00Z"),
            ("resolved", "2026-11-20T08:30:00Z"),
            ("resolved", "2026-11-20T08:31:00Z"),
        ];
        assert_eq!(handled(&rerouted), (Some(4.0), Some(30.0)));
    }

    #[test]
    fn an_incident_counts_for_each_team_that_it_paged() {
        let data = data(
            r#"{"incidentNumber": "1", "pagedTeams": ["search", "data"]}, {"incidentNumber": "2", "pagedTeams": ["data"]}"#,
        );
        let ids = |Increase(ids): Increase<Vec<Once<Paged<'_>, u32>>>| {
            ids.iter().map(|Once(id, n)| format!("{id}: {n}")).collect::<Vec<_>>()
        };
        let counts: Vec<_> =
            data.incidents_per_team().map(|(labels, each)| (labels.team, ids(each))).collect();
        assert_eq!(
            counts,
            [
                ("data".into(), vec!["1 data: 1".into(), "2 data: 1".into()]),
                ("search".into(), vec!["1 search: 1".into()])
            ]
        );
    }

    #[test]
    fn open_incidents_are_counted_once_though_two_pages_list_them() {
        let one = incident(1, "triggered", &[]);
        let data = data(&[&one, &one, &incident(2, "resolved", &[])].map(String::as_str).join(","));
        let counts = data.open_incidents().unwrap();
        assert_eq!(
            counts.iter().map(|(labels, n)| (&*labels.phase, *n)).collect::<Vec<_>>(),
            [("triggered", 1), ("acknowledged", 0)]
        );
    }

    #[test]
    fn data_that_was_not_requested_is_unchanged() {
        let nothing = SplunkApi::default();
        assert_eq!(nothing.number_of_incidents(), Err(Unchanged));
        assert!(nothing.open_incidents().is_err());
        assert_eq!(nothing.time_taken_to_resolve().count(), 0);
    }

    #[test]
    fn a_poll_looks_back_to_open_incidents_for_a_week_at_most() {
        let now: DateTime<Utc> = "2026-11-20T12:00:00Z".parse().unwrap();
        let started = |at| {
            data(&format!(
                r#"{{"incidentNumber": "1", "currentPhase": "acknowledged", "startTime": "{at}"}}"#
            ))
        };
        assert_eq!(started("2026-11-20T11:59:00Z").look_back(now), now - TimeDelta::hours(1));
        assert_eq!(started("2026-11-19T12:00:00Z").look_back(now), now - TimeDelta::minutes(24 * 60 + 1));
        assert_eq!(started("2026-01-01T12:00:00Z").look_back(now), now - TimeDelta::days(7));
        assert_eq!(SplunkApi::default().look_back(now), now - TimeDelta::hours(1));
    }

    #[test]
    fn incidents_missed_because_a_clock_was_ahead_are_requested() {
        let now: DateTime<Utc> = "2026-11-20T12:00:00Z".parse().unwrap();
        let (ahead, a_week_back) = (now + TimeDelta::days(3650), now - TimeDelta::days(7));
        let next = |asked| SplunkApi::default().next_question(asked, now);
        assert_eq!(next(Question::StartedAfter(ahead)), Question::Total(a_week_back));
        assert_eq!(next(Question::Total(ahead)), Question::StartedAfter(a_week_back));
        let lately = now - TimeDelta::hours(1);
        assert_eq!(next(Question::StartedAfter(a_week_back)), Question::Total(lately));
        assert_eq!(next(Question::Total(lately)), Question::StartedAfter(lately));
    }

    #[test]
    fn recorded_polls_ask_one_thing_at_a_time_and_miss_nothing() {
        let mut api = Api::replay(concat!(env!("CARGO_MANIFEST_DIR"), "/services/replay/splunk")).unwrap();
        let polls: Vec<SplunkApi> = (0..5).map(|_| api.poll().unwrap()).collect();
        let totals: Vec<_> = polls.iter().map(|poll| poll.total).collect();
        assert_eq!(totals, [Some(124), None, Some(126), None, Some(127)]);
        let listed: Vec<_> = polls.iter().map(|poll| poll.incidents.len()).collect();
        assert_eq!(listed, [124, 5, 0, 5, 0]);
        let ids: BTreeSet<_> = polls.iter().flat_map(|poll| poll.incidents.keys()).collect();
        assert_eq!(ids.len(), 127);
        let resolved: BTreeSet<_> =
            polls.iter().flat_map(SplunkApi::time_taken_to_resolve).map(|Once(number, _)| number).collect();
        assert_eq!(resolved.len(), 124, "all but those that are still open");
    }

    #[test]
    fn a_history_that_the_api_cuts_short_is_no_failure() {
        for status in ["403 Forbidden", "429 Too Many Requests"] {
            let mut api = pages("cut", "200 OK", status);
            let first: SplunkApi = api.poll().unwrap();
            assert_eq!(first.total, Some(2));
            assert_eq!(first.incidents.len(), 1);
            assert!(first.open_incidents().is_err(), "there may be more of them");
        }
        assert!(is_refusal(&Error::new(ErrorKind::Limit, "no call is left")), "in the API's stead");
    }

    #[test]
    fn a_history_that_breaks_off_is_a_failure_and_asked_for_again() {
        for status in ["500 Oops", "502 Bad Gateway", "503 Unavailable", "400 Bad Request", "404 Not Found"] {
            let mut api = pages("broken", "200 OK", status);
            for _ in 0..2 {
                let Err(error) = api.poll::<SplunkApi>() else { panic!("{status}: it went well") };
                assert_eq!(error.status(), status[..3].parse().ok());
                assert_eq!(api.previous::<Question>(), None, "{status}: the rest would never be observed");
            }
        }
    }

    #[test]
    fn a_first_page_that_is_refused_is_a_failure() {
        let Err(error) = pages("refused", "403 Forbidden", "200 OK").poll::<SplunkApi>() else {
            panic!("it went well")
        };
        assert_eq!(error.kind(), ErrorKind::Status);
    }

    /// Returns an API that serves two pages with these statuses.
    fn pages(name: &str, first: &str, second: &str) -> Api {
        let dir = std::env::temp_dir().join(format!("splunk-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&dir).unwrap();
        for (offset, status) in [first, second].iter().enumerate() {
            let target = format!("/incidents?currentPhase=x&offset={offset}&limit=100");
            let body = format!(r#"{{"total": 2, "incidents": [{}]}}"#, incident(1, "triggered", &[]));
            let file = dir.join(format!("{offset}.http"));
            std::fs::write(file, format!("GET {target} HTTP/1.1\n\nHTTP/1.1 {status}\n\n{body}")).unwrap();
        }
        let api = Api::replay(&dir).unwrap().with_url("https://api.example.org/incidents").unwrap();
        std::fs::remove_dir_all(&dir).unwrap();
        api
    }
}
