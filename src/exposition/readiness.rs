//! The response of `/-/ready`.

use std::fmt::{self, Write};
use std::time::Instant;

use super::scrape_response::ScrapeResponse;
use super::service_page::DataState;
use super::site::Site;
use crate::config::target_name;

/// The maximum number of targets of a service that are listed one by one.
const LISTED: usize = 20;

/// Reports if the port is ready, that is, if each of its services and targets has ended a poll, successful or not, or
/// hangs.
///
/// An API that is down must not take the exporter out of service; `cton_service_up` reports that.
pub(super) fn response(site: &Site, now: Instant) -> ScrapeResponse {
    let states = site.states(now);
    let ready = states.iter().all(|(_, state)| *state != DataState::Starting);
    let mut text = if ready { "ready\n" } else { "not ready\n" }.to_owned();
    let service_of = |name: &'_ str| target_name::split(name).0.to_owned();
    for targets in states.chunk_by(|(a, _), (b, _)| service_of(&a.name) == service_of(&b.name)) {
        let states: Vec<_> = targets.iter().map(|(service, state)| (&*service.name, *state)).collect();
        // Writing to a String cannot fail.
        let _ = if states.len() > LISTED { summary(&states, &mut text) } else { list(&states, &mut text) };
    }
    ScrapeResponse::text(if ready { 200 } else { 503 }, text)
}

fn list(states: &[(&str, DataState)], text: &mut String) -> fmt::Result {
    states.iter().try_for_each(|(name, state)| writeln!(text, "{name}: {}", state.words()))
}

/// Writes the number of targets for each state, and lists the first targets without data.
fn summary(states: &[(&str, DataState)], text: &mut String) -> fmt::Result {
    let service = states.first().map_or("", |(name, _)| target_name::split(name).0);
    write!(text, "{service}: {} targets", states.len())?;
    for counted in [DataState::Data, DataState::NoData, DataState::Starting] {
        match states.iter().filter(|(_, state)| *state == counted).count() {
            0 => {}
            count => write!(text, "; {}: {count}", counted.words())?,
        }
    }
    text.write_char('\n')?;
    let without: Vec<_> = states.iter().filter(|(_, state)| *state != DataState::Data).copied().collect();
    list(without.get(..LISTED).unwrap_or(&without), text)?;
    match without.len().saturating_sub(LISTED) {
        0 => Ok(()),
        more => writeln!(text, "and {more} more targets of {service} without data"),
    }
}
