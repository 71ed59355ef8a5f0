//! The program: from the command line to the end of the process.

mod once;

use std::ffi::OsString;
use std::io::{self, IsTerminal, Write as _};
use std::net::SocketAddr;
use std::process::ExitCode;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

use crate::api::Api;
use crate::check;
#[cfg(feature = "tools")]
use crate::command;
use crate::config::Level;
use crate::error::{ErrorKind, exhausted};
use crate::files;
use crate::gate::{self, Gate, Listener};
use crate::health::Health;
use crate::http::{Client, Mode};
use crate::log;
use crate::notify;
use crate::options::{Options, Parsed};
use crate::panics;
use crate::plan::{Plan, Planned, target};
use crate::poll::{Poller, Shown, State, Watch, Writer};
use crate::pulse::Pulse;
use crate::sample::{Samples, SeriesOptions};
use crate::serve::{Site, SiteService, Targets, Vitals, targets};
use crate::service::Program;
use crate::state::StateFile;

/// Poll threads need little; on a small host many of them share a small address space.
const POLL_STACK: usize = 1 << 20;
const STACK: usize = 128 * 1024;
/// What scrapes that are being answered are given when the process is asked to end.
const DRAIN: Duration = Duration::from_secs(5);

/// Why the process ends before it was asked to; the exit code tells scripts.
#[derive(Debug)]
pub enum Stop {
    /// The command line or the config is wrong: 2.
    Usage(String),
    /// It could not be done: 1.
    Failed(String),
    /// A defect of this program: 70 (`EX_SOFTWARE` of sysexits.h).
    Defect(String),
}

/// Runs the exporter for the services that the build bound; the `main` of every binary.
pub fn run(program: &'static Program) -> ExitCode {
    panics::install();
    let (code, text) = match arguments().and_then(|arguments| obey(program, arguments)) {
        Ok(()) => {
            log::flush();
            return ExitCode::SUCCESS;
        }
        Err(Stop::Failed(text)) => (1, text),
        Err(Stop::Usage(text)) => (2, text),
        Err(Stop::Defect(text)) => (70, text),
    };
    log::print(&format!("cton: {}\n", log::harmless(&text)));
    // Where even standard error is gone the code still tells.
    log::flush();
    ExitCode::from(code)
}

/// What follows the program's name.
fn arguments() -> Result<Vec<String>, Stop> {
    let all: Result<_, OsString> = std::env::args_os().skip(1).map(OsString::into_string).collect();
    all.map_err(|argument| {
        Stop::Usage(format!("{argument:?} is not UTF-8, as names and paths are expected to be: rename it"))
    })
}

fn obey(program: &'static Program, arguments: Vec<String>) -> Result<(), Stop> {
    match Options::parse(arguments) {
        Parsed::Help(text) => print(text.as_bytes()),
        Parsed::Usage(text) => Err(Stop::Usage(format!("{text}\n`cton --help` lists what there is"))),
        Parsed::Options(options) => carry_out(program, &options),
    }
}

fn carry_out(program: &'static Program, options: &Options) -> Result<(), Stop> {
    if options.version {
        return print(concat!("cton ", env!("CARGO_PKG_VERSION"), "\n").as_bytes());
    }
    #[cfg(feature = "tools")]
    if let Some(text) = command::carry_out(program, options)? {
        return print(text.as_bytes());
    }
    let plan = Plan::new(program, options)?;
    // Of one poll a person wants to see what is wrong with it, and nothing of what is right.
    let level = if options.once { Level::Warning } else { plan.config.level };
    log::init(level, options.log_format);
    if options.list {
        return print(list(&plan).as_bytes());
    }
    files::check(&plan, options.web_config.as_deref())?;
    if options.check {
        return check(&plan, options);
    }
    if options.print_targets {
        return print_targets(&plan, options);
    }
    let client = client(&plan, options)?;
    if options.once { once::once(&plan, &client) } else { serve(&plan, &client, options) }
}

fn client(plan: &Plan, options: &Options) -> Result<Arc<Client>, Stop> {
    let services: Vec<_> = plan.services.iter().map(|planned| planned.config.clone()).collect();
    let mode = match (&options.record, &options.replay) {
        (Some(dir), _) => Mode::Record(dir.clone()),
        (None, Some(dir)) => Mode::Replay(dir.clone()),
        (None, None) => Mode::Live,
    };
    Client::new(mode, &services).map_err(|error| Stop::Failed(error.to_string()))
}

/// One line a service, one line a metric below it.
fn list(plan: &Plan) -> String {
    let mut text = String::new();
    for Planned { config, bound } in &plan.services {
        text += &format!("{}  port {}  {}\n", config.name, config.port, config.api_url);
        for family in bound.families() {
            let labels = if family.labels.is_empty() {
                String::new()
            } else {
                format!(" by {}", family.labels.join(", "))
            };
            text += &format!("    {:<9} {}{labels}\n", family.kind.as_str(), family.name);
        }
    }
    text
}

/// Says what would run and what is missing for it.
fn check(plan: &Plan, options: &Options) -> Result<(), Stop> {
    let (text, missing) = check::check(plan, options);
    print(text.as_bytes())?;
    if missing.is_empty() { Ok(()) } else { Err(Stop::Failed(missing.join("\ncton: "))) }
}

/// What Prometheus is to scrape, by the name that the machine has for itself.
fn print_targets(plan: &Plan, options: &Options) -> Result<(), Stop> {
    print(targets(plan, options)?.json(&targets::machine()).as_bytes())
}

/// The same, as it will be served.
///
/// # Errors
/// The web config cannot be used.
pub fn targets(plan: &Plan, options: &Options) -> Result<Targets, Stop> {
    let tls = gate::speaks_tls(options.web_config.as_deref()).map_err(|error| refused(&error))?;
    Ok(plan.targets(options.advertise.clone(), tls))
}

/// Opens every port, starts every thread, and waits to be asked to end.
fn serve(plan: &Plan, client: &Arc<Client>, options: &Options) -> Result<(), Stop> {
    let ports = plan.ports();
    // All of them are open before the first poll: a port in use costs no call of an API.
    let listeners = listeners(&ports)?;
    let mut signals = Signals::new([SIGTERM, SIGINT, SIGHUP])
        .map_err(|error| Stop::Failed(format!("signals cannot be awaited: {error}")))?;
    let not_served =
        |error: io::Error| Stop::Failed(format!("scrapes cannot be served: {}", exhausted(&error)));
    let gate = Gate::for_hosts(options.web_config.as_deref(), plan.services.len(), &options.allowed_hosts())
        .map_err(|error| refused(&error))?;
    let targets = Arc::new(Targets {
        advertised: options.advertise.clone(),
        tls: gate.scheme() == "https",
        // Prometheus scrapes no Unix sockets.
        ports: listeners
            .iter()
            .zip(&ports)
            .filter_map(|(listener, (_, services))| Some(target(listener.address()?, services)))
            .collect(),
    });
    let vitals = vitals(plan);
    let mut pollers = Vec::new();
    for (listener, (_, services)) in listeners.into_iter().zip(&ports) {
        let address = match listener.address() {
            Some(address) => format!("{}://{address}/metrics", gate.scheme()),
            None => listener.to_string(),
        };
        let site = site((&targets, &vitals), services, plan, client)?;
        for (index, planned) in services.iter().enumerate() {
            pollers.push(poller(planned, plan, client, (&site, index))?);
        }
        gate.serve(listener, &site).map_err(not_served)?;
        let names: Vec<&str> = services.iter().map(|planned| planned.config.name.as_str()).collect();
        log::info("serving", &[("address", &address), ("services", &names.join(","))]);
    }
    if let Some(dir) = options.replay.as_ref().map(|dir| dir.display()) {
        let advice = "omit --replay to poll the API";
        log::warning("recorded responses replayed", &[("dir", &dir), ("advice", &advice)]);
    }
    gate.watch().map_err(not_served)?;
    let watch = Watch::new(&pollers);
    if options.replay.is_none() {
        files::log(plan, options.web_config.as_deref());
    }
    notify::notify("READY=1");
    for poller in pollers {
        start_polling(poller)?;
    }
    start("watch".to_owned(), move || watch.run())?;
    banner(&ports, gate.scheme(), client.is_replay());
    wait_for_stop(&mut signals);
    notify::notify("STOPPING=1");
    // Asked again, it ends at once.
    let end_now = move || {
        wait_for_stop(&mut signals);
        std::process::exit(0)
    };
    let _ = thread::Builder::new().name("signals".into()).stack_size(STACK).spawn(end_now);
    gate.close(DRAIN);
    Ok(())
}

/// Waits for SIGTERM or SIGINT. SIGHUP, sent by a closing terminal and by habit to reload a config, does not stop the
/// process.
fn wait_for_stop(signals: &mut Signals) {
    for signal in signals.forever() {
        if signal != SIGHUP {
            return;
        }
        let advice =
            "restart cton to apply a changed config; TLS files, passwords and secrets are reloaded on change";
        log::warning("SIGHUP ignored", &[("advice", &advice)]);
    }
}

/// Opens the ports, unless systemd has: then its sockets stand for them, in the order of config.json.
fn listeners(ports: &[(SocketAddr, Vec<&Planned>)]) -> Result<Vec<Listener>, Stop> {
    let handed = Listener::handed_over()
        .map_err(|error| Stop::Failed(format!("a socket of systemd cannot be listened on: {error}: `ListenStream=` is expected, with a TCP port or a path")))?;
    if handed.is_empty() {
        let opened = ports.iter().map(|(address, _)| Listener::bind(*address)).collect::<Result<_, _>>();
        return opened.map_err(|error| Stop::Failed(error.to_string()));
    }
    if handed.len() != ports.len() {
        let (sockets, ports) = (handed.len(), ports.len());
        let advice =
            "one `ListenStream=` for each port of the services, in the order of config.json, is expected";
        return Err(Stop::Usage(format!("systemd hands over {sockets} sockets for {ports} ports: {advice}")));
    }
    Ok(handed)
}

/// The poll loops that will run.
fn vitals(plan: &Plan) -> Arc<Vitals> {
    let pulse = |planned: &Planned| Arc::new(Pulse::new(planned.config.poll_timeout));
    let loops = plan.services.iter().map(|planned| (planned.config.name.clone(), pulse(planned)));
    Arc::new(Vitals::new(loops))
}

fn site(
    whole: (&Arc<Targets>, &Arc<Vitals>),
    services: &[&Planned],
    plan: &Plan,
    client: &Client,
) -> Result<Arc<Site>, Stop> {
    let parts = services.iter().map(|planned| SiteService {
        name: planned.config.name.clone(),
        period: planned.schedule(&plan.config).period(),
        stale_after: planned.stale_after(&plan.config),
        families: planned.bound.families(),
        pulse: whole.1.of(&planned.config.name),
    });
    let health = Health::new().map_err(|error| defect(&error))?;
    if client.is_replay() {
        health.set_replay();
    }
    Ok(Site::among(whole, parts.collect(), health))
}

fn poller(
    planned: &Planned,
    plan: &Plan,
    client: &Arc<Client>,
    page: (&Arc<Site>, usize),
) -> Result<Poller, Stop> {
    let Planned { config, bound } = planned;
    let families = bound.families();
    let names: Vec<&str> = families.iter().map(|family| family.name).collect();
    let schedule = planned.schedule(&plan.config);
    let stale_after = planned.stale_after(&plan.config);
    let samples = Samples::new(families, SeriesOptions::new(&plan.config, config));
    let mut poller = Poller {
        bound: *bound,
        api: Api::new(config, client).map_err(|error| Stop::Failed(format!("{}: {error}", config.name)))?,
        health: page.0.health().service(&config.name, &names).map_err(|error| defect(&error))?,
        shown: Shown::new(samples, stale_after),
        pulse: page.0.pulse(page.1).unwrap_or_default(),
        page: (page.0.clone(), page.1),
        schedule,
        state: State::default(),
        file: None,
        writer: None,
    };
    if let Some(dir) = &plan.config.state_dir {
        poller.go_on_from(StateFile::open(dir, &config.name).map_err(Stop::Failed)?);
        let failed =
            |error: io::Error| Stop::Failed(format!("no thread writes the state: {}", exhausted(&error)));
        poller.writer = Some(Writer::start(&config.name).map_err(failed)?);
    }
    Ok(poller)
}

/// A config that is wrong is told from what could not be done.
fn refused(error: &crate::Error) -> Stop {
    let text = error.to_string();
    if error.kind() == ErrorKind::Config { Stop::Usage(text) } else { Stop::Failed(text) }
}

/// What only a mistake in this program can bring about.
fn defect(error: &crate::Error) -> Stop {
    Stop::Defect(error.to_string())
}

fn start_polling(poller: Poller) -> Result<(), Stop> {
    let name = poller.bound.service();
    let every = format!("{}s", poller.schedule.period().as_secs_f64());
    log::info("polling", &[("service", &name), ("url", &poller.api.url()), ("every", &every)]);
    start(format!("poll-{name}"), || poller.run())
}

/// Work without an end in a thread of its own; a defect there ends the process, so that a supervisor starts it anew.
fn start(name: String, work: impl FnOnce() + Send + 'static) -> Result<(), Stop> {
    let thread = thread::Builder::new().name(name.clone()).stack_size(POLL_STACK);
    let failed = format!("no thread `{name}` could be started");
    let work = move || {
        let cause = panics::catch(work).err().unwrap_or_default();
        log::critical(
            "a thread died: a defect of cton, please report it",
            &[("thread", &name), ("cause", &cause)],
        );
        log::flush();
        std::process::exit(70);
    };
    thread.spawn(work).map_err(|error| Stop::Failed(format!("{failed}: {}", exhausted(&error))))?;
    Ok(())
}

/// A greeting for a person, never for a log file.
fn banner(ports: &[(SocketAddr, Vec<&Planned>)], scheme: &str, replay: bool) {
    if io::stderr().is_terminal() {
        let pages: Vec<String> =
            ports.iter().map(|(address, _)| format!("{scheme}://localhost:{}/", address.port())).collect();
        let version = env!("CARGO_PKG_VERSION");
        let what = if replay { "a replay of recorded responses on " } else { "" };
        log::print(&format!("cton {version} serves {what}{}; Ctrl-C ends it\n", pages.join(" ")));
    }
}

/// To standard output; a reader that has had enough (`| head`) is no error.
fn print(bytes: &[u8]) -> Result<(), Stop> {
    // On a terminal the log comes first.
    log::flush();
    let mut out = std::io::stdout().lock();
    match out.write_all(bytes).and_then(|()| out.flush()) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => {
            Err(Stop::Failed(format!("standard output cannot be written: {error}: is its disk full?")))
        }
        _ => Ok(()),
    }
}
