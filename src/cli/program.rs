//! The program, from the command line to the exit code.

use std::ffi::OsString;
use std::io::Write as _;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use super::command_table::{CommandName, CommandSpec};
#[cfg(feature = "tools")]
use super::commands;
use super::declared::Declared;
use super::options::Options;
use super::serve::serve;
use super::{check, config_files, help, list, once, parser};
use crate::author::service::Program;
use crate::config::Level;
use crate::exposition::targets::{self, Targets};
use crate::fetch::client::{Client, Mode};
use crate::poll::plan::Plan;
use crate::server::http_server;
use crate::support::diagnostic::Diagnostic;
use crate::support::exit::Exit;
use crate::support::{build_info, log, panics};

/// Runs the exporter for the services that the build bound, built from this revision. It is the `main` of every binary.
pub fn run(program: &'static Program, revision: Option<&'static str>) -> ExitCode {
    build_info::init(revision);
    panics::install();
    let code = match arguments().and_then(|arguments| obey(program, arguments)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(exit) => {
            log::print(&exit.rendered());
            ExitCode::from(exit.code())
        }
    };
    // The exit code reports the failure even if standard error is closed.
    log::flush();
    code
}

/// Returns the arguments after the program name.
fn arguments() -> Result<Vec<String>, Exit> {
    let all: Result<_, OsString> = std::env::args_os().skip(1).map(OsString::into_string).collect();
    all.map_err(|argument| {
        Exit::usage(
            Diagnostic::new(format!("argument {argument:?} is not UTF-8"))
                .help("use a name or path in UTF-8"),
        )
    })
}

fn obey(program: &'static Program, arguments: Vec<String>) -> Result<(), Exit> {
    let options = parser::parse(arguments).map_err(Exit::usage)?;
    let about = options.argument().and_then(CommandSpec::of);
    match options.command() {
        CommandName::Help => print(help::help(about).as_bytes()),
        CommandName::Version => print(format!("{}\n", build_info::line()).as_bytes()),
        _ => carry_out(program, &options),
    }
}

fn carry_out(program: &'static Program, options: &Options) -> Result<(), Exit> {
    #[cfg(feature = "tools")]
    if let Some(text) = commands::carry_out(program, options)? {
        return print(text.as_bytes());
    }
    let plan = Plan::new(program, &options.selection())?;
    // With `cton once`, a person needs to see only problems.
    let level = if options.command() == CommandName::Once { Level::Warning } else { plan.config.level };
    log::init(level, options.log_format.unwrap_or_default());
    if options.command() == CommandName::List {
        let text = if options.compiled {
            list::compiled(program, &plan, &options.service)
        } else {
            list::list(&plan)
        };
        return print(text.as_bytes());
    }
    config_files::check(&plan, options.web_config.as_deref())?;
    match options.command() {
        CommandName::Check => check(&plan, options),
        CommandName::Targets => print_targets(&plan, options),
        CommandName::Once => once::once(&plan, &ready_client(&plan, options)?),
        _ => {
            let client = ready_client(&plan, options)?;
            serve(program, plan, &client, options)
        }
    }
}

/// Returns the client of the plan, whose services have the settings and secrets that they declare.
fn ready_client(plan: &Plan, options: &Options) -> Result<Arc<Client>, Exit> {
    Declared::of(plan).check(options.replay.is_some())?;
    let services: Vec<_> = plan.services.iter().map(|planned| planned.config.clone()).collect();
    let mode = match (&options.record, &options.replay) {
        (Some(dir), _) => Mode::Record(dir.clone()),
        (None, Some(dir)) => Mode::Replay(dir.clone()),
        (None, None) => Mode::Live,
    };
    Client::new(mode, &services).map_err(|error| Exit::failed(&error))
}

/// Prints the report of `--check`.
fn check(plan: &Plan, options: &Options) -> Result<(), Exit> {
    let (text, missing) = check::check(plan, options);
    print(text.as_bytes())?;
    if missing.is_empty() { Ok(()) } else { Err(Exit::Failed(missing)) }
}

/// Prints the scrape targets, with the name of this machine as the default host.
fn print_targets(plan: &Plan, options: &Options) -> Result<(), Exit> {
    let targets = targets(plan, options.web_config.as_deref(), options.advertise.as_deref())?;
    print(targets.json(&targets::machine()).as_bytes())
}

/// Returns the scrape targets of the plan, as the server will serve them.
///
/// # Errors
/// The web config is invalid or cannot be read.
pub(crate) fn targets(
    plan: &Plan,
    web_config: Option<&Path>,
    advertise: Option<&str>,
) -> Result<Targets, Exit> {
    let tls = http_server::speaks_tls(web_config)?;
    Ok(plan.targets(advertise.map(str::to_owned), tls))
}

/// Writes to standard output. A closed pipe (`| head`) is not an error.
pub(super) fn print(bytes: &[u8]) -> Result<(), Exit> {
    // The log precedes the output on a terminal.
    log::flush();
    let mut out = std::io::stdout().lock();
    match out.write_all(bytes).and_then(|()| out.flush()) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => {
            Err(Exit::failed(format!("cannot write to standard output: {error}")))
        }
        _ => Ok(()),
    }
}
