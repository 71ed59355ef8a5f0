//! The plan of a run: the selected services, each with its effective config.

use std::borrow::Cow;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::planned_metrics::PlannedMetrics;
use super::schedule::Schedule;
use super::selection::Selection;
use crate::author::service::{Bound, Program};
use crate::config::unknown_name::alternatives;
use crate::config::{self, Config, ServiceConfig, suggest, target_files, target_name};
use crate::exposition::targets::{Target, Targets};
use crate::support::diagnostic::Diagnostic;
use crate::support::exit::Exit;
use crate::support::file_identity::FileIdentity;

/// The services to run, in the order of the config.
pub(crate) struct Plan {
    /// The config that applies to all services.
    pub config: Config,
    /// The text of the config, to find positions in it.
    pub source: ConfigSource,
    /// The files of `targets_from`, as they were when they were read.
    pub target_files: TargetFileStamps,
    /// The selected services, at least one. A service with targets is represented by its selected targets.
    pub services: Vec<Planned>,
}

/// The name of the compiled-in config in errors.
const COMPILED: &str = "config.json (compiled in)";

/// The files that `targets_from` names, each with the identity of its content.
pub(crate) type TargetFileStamps = Vec<(PathBuf, Option<FileIdentity>)>;

/// The text that a config was read from.
#[derive(Clone)]
pub(crate) struct ConfigSource {
    /// The name of the file in errors.
    pub file: String,
    /// The text of the file.
    pub text: Cow<'static, str>,
}

/// One service or target to run.
pub(crate) struct Planned {
    /// The entry in the config, with the changes by the command line.
    pub config: ServiceConfig,
    /// The generated table of the service.
    pub bound: &'static dyn Bound,
    /// The metrics of the table that the entry has.
    pub metrics: PlannedMetrics,
}

impl Planned {
    /// Returns the name of the service, without its target.
    pub(crate) fn service(&self) -> &str {
        target_name::split(&self.config.name).0
    }

    /// Returns the address at which the service is exposed.
    pub(crate) fn address(&self) -> SocketAddr {
        SocketAddr::new(self.config.listen, self.config.port)
    }

    /// Returns the schedule of its polls.
    pub(crate) fn schedule(&self, config: &Config) -> Schedule {
        Schedule::new(self.config.interval.unwrap_or(config.interval), self.config.expiration)
    }

    /// Returns the configured time between the starts of two polls. Only failures and limits of the API lengthen it.
    pub(crate) fn poll_interval(&self, config: &Config) -> Duration {
        let limit = self.config.calls_per_minute;
        let of_limit = limit.map_or(Duration::ZERO, |calls| Duration::from_secs(60).div_f64(calls));
        self.schedule(config).period().max(of_limit)
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
        let source = ConfigSource::read(program, selection)?;
        Self::of_source(program, selection, source)
    }

    /// Reads the target files again, and nothing else.
    ///
    /// # Errors
    /// The errors are those of [`new`](Self::new).
    pub(crate) fn with_current_target_files(
        &self,
        program: &'static Program,
        selection: &Selection,
    ) -> Result<Self, Exit> {
        Self::of_source(program, selection, self.source.clone())
    }

    fn of_source(
        program: &'static Program,
        selection: &Selection,
        source: ConfigSource,
    ) -> Result<Self, Exit> {
        let (mut config, target_files) = read_config(program, selection, &source)?;
        config.state_dir = state_dir(config.state_dir, selection);
        let names = chosen(program, &config, selection)?;
        let mut services = Vec::with_capacity(names.len());
        for bound in program.services {
            let entry = config.services.iter().find(|service| service.name == bound.service());
            let polled = entry.into_iter().flat_map(ServiceConfig::polled);
            let selected = polled.filter(|polled| names.contains(&polled.name.as_str()));
            services.extend(selected.map(|polled| Planned {
                config: changed(polled.clone(), selection),
                bound: *bound,
                metrics: PlannedMetrics::new(*bound, polled),
            }));
        }
        if services.is_empty() {
            let problem = Diagnostic::new("the selected services have no targets");
            return Err(Exit::usage(problem.help("add a file that matches `targets_from`")));
        }
        let clashes = config::clashes(services.iter().map(|planned| &planned.config));
        if clashes.is_empty() {
            return Ok(Self { config, source, target_files, services });
        }
        let errors = clashes.into_iter().map(Diagnostic::from);
        Err(Exit::Usage(if selection.listen.is_some() {
            errors.map(|error| error.help("omit `--listen`, or select fewer services")).collect()
        } else {
            errors.collect()
        }))
    }

    /// Returns the targets of each service, or the service itself if it has none.
    pub(crate) fn by_service(&self) -> impl Iterator<Item = &[Planned]> {
        self.services.chunk_by(|one, other| one.service() == other.service())
    }

    /// Returns the first target of each service, or the service itself if it has no targets.
    #[cfg(feature = "tools")]
    pub(crate) fn each_service(&self) -> impl Iterator<Item = &Planned> {
        self.by_service().filter_map(<[Planned]>::first)
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
    let mut names: Vec<String> = services.iter().map(|planned| planned.service().to_owned()).collect();
    names.dedup();
    Target { address, services: names }
}

impl ConfigSource {
    /// Reads the file of `-c`, or returns the compiled-in config.
    fn read(program: &Program, selection: &Selection) -> Result<Self, Exit> {
        Ok(match &selection.config {
            Some(path) => Self { file: path.display().to_string(), text: config::read_text(path)?.into() },
            None => Self { file: COMPILED.to_owned(), text: program.config.into() },
        })
    }
}

/// Returns the config with the targets of all files.
fn read_config(
    program: &Program,
    selection: &Selection,
    source: &ConfigSource,
) -> Result<(Config, TargetFileStamps), Exit> {
    let compiled = config::parse(COMPILED, program.config);
    let compiled = compiled.map_err(|mistakes| Exit::Defect(Vec::from(&mistakes)))?;
    let mut config = match &selection.config {
        None => compiled,
        Some(_) => {
            let config = config::parse(&source.file, &source.text)?;
            config.differences(&source.file, &compiled)?;
            config
        }
    };
    let files = target_files(&config);
    let added = target_files::add(&mut config, &source.file, &source.text);
    added.map_err(|files| Exit::Usage(files.iter().flat_map(Vec::<Diagnostic>::from).collect()))?;
    Ok((config, files))
}

/// Returns the files that `targets_from` names, each with the identity of its current content.
pub(crate) fn target_files(config: &Config) -> TargetFileStamps {
    target_files::named(config).map(|file| (file.clone(), FileIdentity::of(&file))).collect()
}

/// Returns the directory of the state; `None` without a state.
///
/// Replayed data must not enter a state, and a recording must start like any other.
fn state_dir(configured: Option<PathBuf>, selection: &Selection) -> Option<PathBuf> {
    selection.state_dir.clone().or(configured).filter(|_| !selection.is_stateless)
}

/// Returns the full names of the selected services and targets.
fn chosen<'a>(program: &Program, config: &'a Config, selection: &Selection) -> Result<Vec<&'a str>, Exit> {
    let names: Vec<&str> = polled(config).collect();
    if selection.all || (selection.all_by_default && selection.service.is_empty()) {
        return Ok(names);
    }
    if selection.service.is_empty() {
        return Err(Exit::usage(
            Diagnostic::new("no service is selected")
                .help(format!(
                    "add `--all`, or `-s` and an existing service: {}",
                    alternatives(&services(config))
                ))
                .manual("cton --help"),
        ));
    }
    for asked in selection.service.iter().filter(|asked| !names.iter().any(|name| selects(asked, name))) {
        let service = target_name::split(asked).0;
        let is_compiled = program.services.iter().any(|bound| bound.service() == service);
        let is_omitted = is_compiled && !services(config).contains(&service);
        if !(is_omitted && selection.accepts_omitted) {
            let file = selection.config.as_deref().filter(|_| is_omitted);
            return Err(Exit::usage(
                file.map_or_else(|| unknown(asked, config), |file| omitted(service, file, config)),
            ));
        }
    }
    Ok(names.into_iter().filter(|name| selection.service.iter().any(|asked| selects(asked, name))).collect())
}

/// Returns the full names of all services without targets, and of all targets.
fn polled(config: &Config) -> impl Iterator<Item = &str> {
    config.services.iter().flat_map(ServiceConfig::polled).map(|polled| polled.name.as_str())
}

fn services(config: &Config) -> Vec<&str> {
    config.services.iter().map(|service| service.name.as_str()).collect()
}

/// Returns true if the name of a service or a target selects what has this full name.
fn selects(asked: &str, name: &str) -> bool {
    asked == name || asked == target_name::split(name).0
}

/// Returns the error of a name that selects nothing. It lists the services, or the targets of a known service.
fn unknown(asked: &str, config: &Config) -> Diagnostic {
    let (service, target) = target_name::split(asked);
    let known = services(config);
    let (problem, what, names) = match target.filter(|_| known.contains(&service)) {
        Some(target) => {
            let targets =
                polled(config).filter(|name| target_name::split(name).0 == service && *name != service);
            (format!("service `{service}` has no target `{target}`"), "target", targets.collect())
        }
        None => (format!("no service is named `{service}`"), "service", known),
    };
    let help = match suggest::near(asked, names.iter().copied()) {
        Some(near) => format!("a similar name exists: `{near}`"),
        None if names.is_empty() => format!("select the service: `-s {service}`"),
        None => format!("select an existing {what}: {}", alternatives(&names)),
    };
    Diagnostic::new(problem).help(help)
}

/// Returns the error of a selected service that is compiled in, but not in the file of `-c`.
fn omitted(service: &str, file: &Path, config: &Config) -> Diagnostic {
    let (file, existing) = (file.display(), alternatives(&services(config)));
    Diagnostic::new(format!("service `{service}` is in this binary, but not in {file}"))
        .help(format!("add its entry to {file}, or select an existing service: {existing}"))
}

fn changed(mut service: ServiceConfig, selection: &Selection) -> ServiceConfig {
    let listen = selection.listen.unwrap_or_default();
    service.listen = listen.ip.unwrap_or(service.listen);
    service.port = listen.port.unwrap_or(service.port);
    service
}
