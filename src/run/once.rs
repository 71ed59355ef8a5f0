//! `--once`: one poll of each service, and what came of it.

use std::io::{self, IsTerminal as _};
use std::sync::Arc;
use std::time::SystemTime;

use super::{Stop, poller, print, site, start};
use crate::http::Client;
use crate::plan::{Plan, Planned};
use crate::poll::{Poller, Watch};
use crate::progress;
use crate::sample::Format;
use crate::serve::Site;
use crate::status::Table;

/// Polls each service once and prints its samples: a table for a person at a terminal, else what a scrape would get.
pub(super) fn once(plan: &Plan, client: &Arc<Client>) -> Result<(), Stop> {
    progress::init();
    let site = site(&Arc::default(), &plan.services.iter().collect::<Vec<&Planned>>(), plan)?;
    let pollers =
        plan.services.iter().enumerate().map(|(at, planned)| poller(planned, plan, client, (&site, at)));
    let mut pollers = pollers.collect::<Result<Vec<_>, _>>()?;
    let watch = Watch::new(&pollers);
    start("watch".to_owned(), move || watch.run())?;
    for poller in &mut pollers {
        poller.poll();
    }
    progress::clear();
    print(&if io::stdout().is_terminal() { tables(&site) } else { page(&pollers) })?;
    let failed = pollers.iter().filter(|poller| poller.failing().is_some());
    let failed: Vec<String> =
        failed.map(|poller| format!("{}: the poll failed, as said above", poller.bound.service())).collect();
    if failed.is_empty() { Ok(()) } else { Err(Stop::Failed(failed.join("\ncton: "))) }
}

/// For a person. Colours are left out where they are not wanted (<https://no-color.org>) or not known.
fn tables(site: &Site) -> Vec<u8> {
    let set = |name| std::env::var_os(name).filter(|value| !value.is_empty());
    let coloured = set("NO_COLOR").is_none() && set("TERM").is_some_and(|term| term != "dumb");
    let status = site.status(SystemTime::now());
    let tables = status.services.iter().map(|service| Table { service, coloured }.to_string());
    tables.collect::<Vec<_>>().join("\n").into_bytes()
}

/// For a program.
fn page(pollers: &[Poller]) -> Vec<u8> {
    let mut page = Vec::new();
    pollers.iter().for_each(|poller| poller.encode(Format::Text, &mut page));
    page
}
