//! The targets of a service on the status page, one row for each.

use std::fmt::{self, Write};

use super::html::Escaped;
use super::humanize::{Span, Time};
use super::service_status::{ServiceState, ServiceStatus};
use super::status_scope::encoded;

/// The maximum number of rows, which bounds the page.
const ROWS: usize = 1000;
/// The maximum length in characters of the cause of a failure in a row.
const CAUSE: usize = 100;

/// Writes the section of a service with targets. Each row links to the details of its target.
pub(super) fn section(targets: &[ServiceStatus], now: Time, out: &mut String) -> fmt::Result {
    let Some(service) = targets.first().and_then(|first| first.service.as_deref()) else { return Ok(()) };
    let name = Escaped(service);
    writeln!(out, "<section id=\"s-{name}\" aria-labelledby=\"h-{name}\">")?;
    write!(out, "<div class=\"head\"><h2 id=\"h-{name}\">{name}</h2>")?;
    let count = if targets.len() == 1 { "1 target".to_owned() } else { format!("{} targets", targets.len()) };
    writeln!(out, "<span class=\"dim\">{count}: {}</span></div>", counted(targets))?;
    writeln!(out, "<table class=\"targets\"><caption class=\"sr\">Targets of {name}</caption>")?;
    out.write_str("<thead><tr><th scope=\"col\">target</th><th scope=\"col\">state</th>")?;
    out.write_str("<th scope=\"col\">last poll</th><th scope=\"col\">last new data</th>")?;
    out.write_str("<th scope=\"col\">last failure</th></tr></thead>\n<tbody>\n")?;
    shown(targets).into_iter().try_for_each(|target| row(target, now, out))?;
    out.write_str("</tbody></table>\n")?;
    if let more @ 1.. = targets.len().saturating_sub(ROWS) {
        let query = encoded(service);
        let link = format!("<a href=\"/api/v1/status?service={query}\">/api/v1/status</a>");
        writeln!(out, "<p class=\"more\">and {more} more targets in {link}</p>")?;
    }
    out.write_str("</section>\n")
}

/// Returns the number of services or targets in each state: `2 up, 1 failing`.
pub(super) fn counted(services: &[ServiceStatus]) -> String {
    let states = [
        ServiceState::Up,
        ServiceState::Starting,
        ServiceState::Failing,
        ServiceState::Stale,
        ServiceState::Hung,
    ];
    let count = |state| services.iter().filter(|service| service.state == state).count();
    let counts = states.into_iter().map(|state| (count(state), state.word())).filter(|(count, _)| *count > 0);
    counts.map(|(count, word)| format!("{count} {word}")).collect::<Vec<_>>().join(", ")
}

/// Returns the targets that have a row. If not all have one, those with problems come first.
fn shown(targets: &[ServiceStatus]) -> Vec<&ServiceStatus> {
    let mut shown: Vec<_> = targets.iter().collect();
    if shown.len() > ROWS {
        shown.sort_by_key(|target| matches!(target.state, ServiceState::Up | ServiceState::Starting));
        shown.truncate(ROWS);
    }
    shown
}

fn row(target: &ServiceStatus, now: Time, out: &mut String) -> fmt::Result {
    let (full, query) = (Escaped(&target.name), encoded(&target.name));
    let name = Escaped(target.target.as_deref().unwrap_or_default());
    write!(out, "<tr id=\"s-{full}\"><th scope=\"row\"><a href=\"/?service={query}\">{name}</a></th><td>")?;
    for state in target.states() {
        write!(out, "<span class=\"state {0}\">{0}</span>", state.word())?;
    }
    let last_poll = target.last_poll.as_ref().map(|last| last.ended);
    write!(out, "</td><td>{}</td><td>{}</td><td>", ago(last_poll, now), ago(target.last_success, now))?;
    if let Some(failure) = &target.last_failure {
        let cause = &failure.error.problem;
        let short = cause.char_indices().nth(CAUSE).map(|(end, _)| format!("{}...", &cause[..end]));
        let cause = short.unwrap_or_else(|| cause.clone());
        write!(out, "{} ({}): {}", ago(Some(failure.ended), now), failure.reason, Escaped(&cause))?;
    }
    out.write_str("</td></tr>\n")
}

fn ago(time: Option<Time>, now: Time) -> String {
    time.map_or_else(|| "none yet".to_owned(), |time| format!("{} ago", Span(now.since(time))))
}
