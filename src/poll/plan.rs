//! The plan of a run: the selected services, each with its effective config.

use std::borrow::Cow;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use super::schedule::Schedule;
use super::selection::Selection;
use crate::author::service::{Bound, Program};
use crate::config::unknown_name::alternatives;
use crate::config::{self, Config, ServiceConfig, suggest};
use crate::exposition::targets::{Target, Targets};
use crate::support::diagnostic::Diagnostic;
use crate::support::exit::Exit;

/// The services to run, in the order of the config.
pub(crate) struct Plan {
    /// The config that applies to all services.
    pub config: Config,
    /// The text of the config, to find positions in it.
    pub source: ConfigSource,
    /// The selected services, at least one.
    pub services: Vec<Planned>,
}

/// The text that a config was read from.
pub(crate) struct ConfigSource {
    /// The name of the file in errors.
    pub file: String,
    /// The text of the file.
    pub text: Cow<'static, str>,
}

/// One service to run.
pub(crate) struct Planned {
    /// The entry in the config, with the changes by the command line.
    pub config: ServiceConfig,
    /// The generated table of the service.
    pub bound: &'static dyn Bound,
}

impl Planned {
    /// Returns the address at which the service is exposed.
    pub(crate) fn address(&self) -> SocketAddr {
        SocketAddr::new(self.config.listen, self.config.port)
    }

    /// Returns the schedule of its polls.
    pub(crate) fn schedule(&self, config: &Config) -> Schedule {
        Schedule::new(self.config.interval.unwrap_or(config.interval), self.config.expiration)
    }

    /// Returns the time without success after which its gauges are stale; `None` if they never are.
    pub(crate) fn stale_after(&self, config: &Config) -> Option<Duration> {
        let periods = self.config.stale_after;
        (periods > 0).then(|| self.schedule(config).period().saturating_mul(periods))
    }
}

impl Plan {
    /// Reads the config (compiled in, or of `-c`) and selects the services.
    ///
    /// # Errors
    /// The config is invalid, a metric is not compiled in, a selected service does not exist, none is selected, or
    /// ports clash.
    pub(crate) fn new(program: &'static Program, selection: &Selection) -> Result<Self, Exit> {
        let (mut config, source) = read_config(program, selection)?;
        config.state_dir = state_dir(config.state_dir, selection);
        let names = chosen(&config, selection)?;
        let mut services = Vec::with_capacity(names.len());
        for bound in program.services {
            let entry = config.services.iter().find(|service| service.name == bound.service());
            if let Some(entry) = entry.filter(|entry| names.contains(&entry.name.as_str())) {
                services.push(Planned { config: changed(entry.clone(), selection), bound: *bound });
            }
        }
        let clashes = config::clashes(services.iter().map(|planned| &planned.config));
        if clashes.is_empty() {
            return Ok(Self { config, source, services });
        }
        let errors = clashes.into_iter().map(Diagnostic::from);
        Err(Exit::Usage(if selection.listen.is_some() {
            errors.map(|error| error.help("omit `--listen`, or select fewer services")).collect()
        } else {
            errors.collect()
        }))
    }

    /// Returns the ports of the services, in the order of the config, each with its services.
    pub(crate) fn ports(&self) -> Vec<(SocketAddr, Vec<&Planned>)> {
        let mut ports: Vec<(SocketAddr, Vec<&Planned>)> = Vec::new();
        for planned in &self.services {
            match ports.iter_mut().find(|(address, _)| *address == planned.address()) {
                Some((_, services)) => services.push(planned),
                None => ports.push((planned.address(), vec![planned])),
            }
        }
        ports
    }

    /// Returns the scrape targets for Prometheus, in the order of the ports.
    pub(crate) fn targets(&self, advertised: Option<String>, tls: bool) -> Targets {
        let ports = self.ports().into_iter().map(|(address, services)| target(address, &services)).collect();
        Targets { advertised, tls, ports }
    }
}

/// Returns a port as a scrape target for Prometheus.
pub(crate) fn target(address: SocketAddr, services: &[&Planned]) -> Target {
    Target { address, services: services.iter().map(|planned| planned.config.name.clone()).collect() }
}

fn read_config(program: &Program, selection: &Selection) -> Result<(Config, ConfigSource), Exit> {
    let file = "config.json (compiled in)".to_owned();
    let compiled =
        config::parse(&file, program.config).map_err(|mistakes| Exit::Defect(Vec::from(&mistakes)))?;
    let Some(path) = &selection.config else {
        return Ok((compiled, ConfigSource { file, text: program.config.into() }));
    };
    let (file, text) = (path.display().to_string(), config::read_text(path)?);
    let config = config::parse(&file, &text)?;
    config.differences(&file, &compiled)?;
    Ok((config, ConfigSource { file, text: text.into() }))
}

/// Returns the directory of the state; `None` without a state.
///
/// Replayed data must not enter a state, and a recording must start like any other.
fn state_dir(configured: Option<PathBuf>, selection: &Selection) -> Option<PathBuf> {
    selection.state_dir.clone().or(configured).filter(|_| !selection.is_stateless)
}

fn chosen<'a>(config: &'a Config, selection: &Selection) -> Result<Vec<&'a str>, Exit> {
    let names: Vec<&str> = config.services.iter().map(|service| service.name.as_str()).collect();
    if selection.all || (selection.all_by_default && selection.service.is_empty()) {
        return Ok(names);
    }
    if selection.service.is_empty() {
        return Err(Exit::usage(
            Diagnostic::new("no service is selected")
                .help(format!("add `--all`, or `-s` and an existing service: {}", alternatives(&names)))
                .manual("cton --help"),
        ));
    }
    for asked in &selection.service {
        if !names.contains(&asked.as_str()) {
            return Err(Exit::usage(unknown(asked, &names)));
        }
    }
    Ok(names.into_iter().filter(|name| selection.service.iter().any(|asked| asked == name)).collect())
}

fn unknown(asked: &str, names: &[&str]) -> Diagnostic {
    let help = match suggest::near(asked, names.iter().copied()) {
        Some(near) => format!("a similar name exists: `{near}`"),
        None => format!("select an existing service: {}", alternatives(names)),
    };
    Diagnostic::new(format!("no service is named `{asked}`")).help(help)
}

fn changed(mut service: ServiceConfig, selection: &Selection) -> ServiceConfig {
    let listen = selection.listen.unwrap_or_default();
    service.listen = listen.ip.unwrap_or(service.listen);
    service.port = listen.port.unwrap_or(service.port);
    service
}
