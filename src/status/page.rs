//! The HTML page of the status.

use std::collections::BTreeMap;
use std::fmt::{self, Write};

use super::html::Escaped;
use super::humanize::{Span, Time};
use super::metric_card;
use super::port_status::PortStatus;
use super::service_status::{LastFailure, LastPoll, ServiceState, ServiceStatus};
use super::status_scope::encoded;
use super::target_table;
use crate::support::size::Size;

/// The style of the page. The [policy](super::csp::policy()) allows it, and the script, by digest.
pub(super) const STYLE: &str = include_str!("page.css");
pub(super) const SCRIPT: &str = include_str!("page.js");

const REPLAY: &str = "<p class=\"cause over notice\"><b>Replay.</b> The values come from recorded responses, not from the API.</p>\n";

const INSECURE: &str = "<p class=\"cause notice\"><b>Insecure.</b> The certificate of the API is not verified (<code>insecure_skip_verify</code>): anyone on the route can read the secrets and change the values.</p>\n";

/// Renders the whole page, which loads no other resources.
pub(crate) fn page(status: &PortStatus) -> String {
    let (mut services, mut html) = (String::new(), String::new());
    // Writing to a string cannot fail.
    let written = sections(status, &mut services);
    let _ = written.and_then(|()| {
        write!(
            html,
            include_str!("page.html"),
            title = title(status),
            facts = facts(status),
            notice = notices(status),
            services = services,
            docs = concat!(env!("CARGO_PKG_REPOSITORY"), "/tree/main/docs"),
            style = STYLE,
            script = SCRIPT,
        )
    });
    html
}

/// Returns the notices about the whole process.
fn notices(status: &PortStatus) -> String {
    let replay = if status.replay { REPLAY } else { "" };
    let failed = status.failed_reload.iter().map(|failed| {
        let (time, errors) = (failed.time.moment(), Escaped(&failed.errors));
        format!("<div class=\"cause notice\"><b>Config not reloaded</b> at {time}. The last valid config stays in effect.<pre>{errors}</pre></div>\n")
    });
    failed.fold(replay.to_owned(), |notices, notice| notices + &notice)
}

/// Returns the title. The number of services with problems is first, so that it stays visible in a narrow tab.
fn title(status: &PortStatus) -> String {
    let bad = status
        .services
        .iter()
        .filter(|service| !matches!(service.state, ServiceState::Up | ServiceState::Starting));
    match bad.count() {
        0 => "Collectington".to_owned(),
        bad => format!("({bad}) Collectington"),
    }
}

fn facts(status: &PortStatus) -> String {
    let count = |count: usize, one: &str| format!("{count} {one}{}", if count == 1 { "" } else { "s" });
    let mut all = count(groups(&status.services).count(), "service");
    if let targets @ 1.. = status.services.iter().filter(|service| service.target.is_some()).count() {
        all = format!("{all}, {}", count(targets, "target"));
    }
    let (version, uptime) = (status.version, Span(status.uptime_seconds));
    format!("{version}, up for {uptime} · {all}: {}", target_table::counted(&status.services))
}

/// Returns the services, each with its targets.
fn groups(services: &[ServiceStatus]) -> impl Iterator<Item = &[ServiceStatus]> {
    services.chunk_by(|a, b| a.service.is_some() && a.service == b.service)
}

/// Writes the services: those without targets and selected targets with their metrics, and the other targets as rows.
fn sections(status: &PortStatus, out: &mut String) -> fmt::Result {
    for group in groups(&status.services) {
        match group {
            [service] if service.metrics.is_some() => section(service, status.time, out)?,
            targets => target_table::section(targets, status.time, out)?,
        }
    }
    Ok(())
}

fn section(service: &ServiceStatus, now: Time, out: &mut String) -> fmt::Result {
    let name = Escaped(&service.name);
    writeln!(out, "<section id=\"s-{name}\" aria-labelledby=\"h-{name}\">")?;
    write!(out, "<div class=\"head\"><h2 id=\"h-{name}\">{name}</h2>")?;
    for state in service.states() {
        write!(out, "<span class=\"state {}\">{}</span>", state.word(), said(state, service))?;
    }
    if let Some(of) = &service.service {
        write!(out, "<a href=\"/?service={}\">All targets of {}</a>", encoded(of), Escaped(of))?;
    }
    out.push_str("</div>\n");
    out.push_str(if service.insecure_skip_verify { INSECURE } else { "" });
    failure(service, now, out)?;
    out.push_str("<dl class=\"facts\">\n");
    polls(service, now, out)?;
    traffic(service, out)?;
    out.push_str("</dl>\n<div class=\"metrics\">\n");
    service.metrics.iter().flatten().try_for_each(|metric| metric_card::card(&service.name, metric, out))?;
    out.write_str("</div>\n</section>\n")
}

/// Describes a state in words that change only with it: a screen reader announces each change.
fn said(state: ServiceState, service: &ServiceStatus) -> String {
    let since = |time: Option<Time>| time.map(|time| format!(" since {}", time.moment())).unwrap_or_default();
    match state {
        ServiceState::Up => "up".to_owned(),
        ServiceState::Starting => "starting: no poll finished yet".to_owned(),
        ServiceState::Failing => format!("failing{}", since(service.failing_since)),
        ServiceState::Stale => format!("stale: no new data{}", since(service.last_success)),
        ServiceState::Hung => format!("hung{}", since(service.hanging_since)),
    }
}

/// Writes the cause of the last failed poll, also after the service has recovered.
fn failure(service: &ServiceStatus, now: Time, out: &mut String) -> fmt::Result {
    let Some(LastFailure { ended, reason, error }) = &service.last_failure else { return Ok(()) };
    let (class, title) = match service.failing_since {
        Some(since) => {
            let (span, polls) = (Span(now.since(since)), consecutive(service.failures_in_a_row));
            ("cause", format!("Failing for {span}: {polls}"))
        }
        None => ("cause over", format!("Recovered; last failure {} ago", Span(now.since(*ended)))),
    };
    write!(out, "<div class=\"{class}\"><b>{title} ({reason}).</b> ")?;
    error.write_html(out)?;
    out.write_str("</div>\n")
}

fn consecutive(polls: u64) -> String {
    if polls == 1 { "1 poll".to_owned() } else { format!("{polls} consecutive polls") }
}

fn polls(service: &ServiceStatus, now: Time, out: &mut String) -> fmt::Result {
    let none = || ("none yet".to_owned(), String::new());
    let ago = |time: Time| format!("{} ago", Span(now.since(time)));
    let last = |last: &LastPoll| (format!("{}, {}", ago(last.ended), last.outcome), time(last.ended));
    item("Last poll", service.last_poll.as_ref().map_or_else(none, last), out)?;
    let next = |next: Time| match next.since(now) {
        0 => ("now".to_owned(), time(next)),
        seconds => (format!("in {}", Span(seconds)), time(next)),
    };
    item("Next poll", service.next_poll.map_or_else(none, next), out)?;
    let took = |last: &LastPoll| format!("{} s", last.duration_seconds);
    let took = service.last_poll.as_ref().map_or_else(|| none().0, took);
    item("Duration", (took, format!("poll interval: {} s", service.period_seconds)), out)?;
    let limit = service.stale_after_seconds.map_or_else(
        || "gauges never become stale".to_owned(),
        |after| format!("gauges are removed after {}", Span(after as u64)),
    );
    let fresh = |last: Time| (ago(last), format!("{}<br>{limit}", time(last)));
    item("Last new data", service.last_success.map_or_else(none, fresh), out)
}

fn traffic(service: &ServiceStatus, out: &mut String) -> fmt::Result {
    let listed = |counts: &BTreeMap<&'static str, u64>| {
        let counts = counts.iter().filter(|(_, count)| **count > 0);
        counts.map(|(word, count)| format!("{word}: {count}")).collect::<Vec<_>>().join(", ")
    };
    let sum = |counts: &BTreeMap<&'static str, u64>| counts.values().sum::<u64>().to_string();
    item("Polls", (sum(&service.polls), listed(&service.polls)), out)?;
    let mut details = listed(&service.requests);
    if service.retries > 0 {
        // Writing to a string cannot fail.
        let _ = write!(details, "; retried: {}", service.retries);
    }
    item("Requests", (sum(&service.requests), details), out)?;
    let remaining = match service.requests_remaining {
        Some(calls) => (calls.to_string(), "as reported by the API".to_owned()),
        None => ("unknown".to_owned(), "no rate limit reported".to_owned()),
    };
    item("Requests remaining", remaining, out)?;
    item("Received", (Size(service.response_bytes).to_string(), "after decompression".to_owned()), out)
}

/// Writes a fact and its details, which are HTML.
fn item(name: &str, (fact, more): (String, String), out: &mut String) -> fmt::Result {
    writeln!(out, "<div><dt>{name}</dt><dd>{fact}<span class=\"age\">{more}</span></dd></div>")
}

fn time(time: Time) -> String {
    format!("<time datetime=\"{time}\">{}</time>", time.moment())
}
