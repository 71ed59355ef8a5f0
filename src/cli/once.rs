//! The option `--once`: polls each service once and prints its samples.

use std::io::{self, IsTerminal as _};
use std::sync::Arc;
use std::time::{Instant, SystemTime};

use super::assemble::{poller, process_health, site, start_thread};
use super::program::print;
use crate::exposition::publisher::Publisher;
use crate::exposition::site::Site;
use crate::fetch::client::Client;
use crate::poll::plan::{Plan, Planned};
use crate::poll::poller::Poller;
use crate::poll::watchdog::Watchdog;
use crate::series::encode::Format;
use crate::status::table::StatusTable;
use crate::support::diagnostic::Diagnostic;
use crate::support::exit::Exit;
use crate::support::progress;

/// Polls each service once and prints its samples: a table on a terminal, otherwise the exposition.
pub(super) fn once(plan: &Plan, client: &Arc<Client>) -> Result<(), Exit> {
    progress::init();
    let site = site(
        (&Arc::default(), &process_health(plan)),
        &plan.services.iter().collect::<Vec<&Planned>>(),
        plan,
        client,
    )?;
    let pollers = plan.services.iter().zip(Publisher::each(&site));
    let pollers = pollers.map(|(planned, publisher)| poller(planned, plan, client, publisher));
    let mut pollers = pollers.collect::<Result<Vec<_>, _>>()?;
    let watch = Watchdog::new(&pollers);
    start_thread("watch".to_owned(), move || watch.run())?;
    for poller in &mut pollers {
        poller.poll();
    }
    progress::clear();
    print(&if io::stdout().is_terminal() { tables(&site) } else { expositions(plan, &pollers) })?;
    let failures: Vec<String> = pollers.iter().flat_map(failures).collect();
    if failures.is_empty() {
        Ok(())
    } else {
        Err(Exit::Failed(failures.into_iter().map(Diagnostic::from).collect()))
    }
}

/// Reports the failed poll, or each metric that the poll did not update. The log has the causes.
fn failures(poller: &Poller) -> Vec<String> {
    let service = poller.bound.service();
    if poller.failing().is_some() {
        return vec![format!("{service}: the poll failed, as said above")];
    }
    poller
        .failing_metrics()
        .map(|metric| format!("{service}: metric `{metric}` was not read, as logged above"))
        .collect()
}

/// Renders the tables for a terminal. They have no colours if `NO_COLOR` is set (<https://no-color.org>) or the
/// terminal is unknown.
fn tables(site: &Site) -> Vec<u8> {
    let set = |name| std::env::var_os(name).filter(|value| !value.is_empty());
    let coloured = set("NO_COLOR").is_none() && set("TERM").is_some_and(|term| term != "dumb");
    let status = site.status(SystemTime::now(), Instant::now());
    let tables = status.services.iter().map(|service| StatusTable { service, coloured }.to_string());
    tables.collect::<Vec<_>>().join("\n").into_bytes()
}

/// Encodes the exposition of each port. Two ports can have families of the same name, so a comment separates them.
fn expositions(plan: &Plan, pollers: &[Poller]) -> Vec<u8> {
    let ports = plan.ports();
    let mut out = Vec::new();
    for (address, services) in &ports {
        let names: Vec<&str> = services.iter().map(|planned| planned.config.name.as_str()).collect();
        if ports.len() > 1 {
            out.extend_from_slice(format!("# port {}: {}\n", address.port(), names.join(", ")).as_bytes());
        }
        let shown = pollers.iter().filter(|poller| names.contains(&poller.bound.service()));
        shown.for_each(|poller| poller.encode(Format::Text, &mut out));
    }
    out
}
