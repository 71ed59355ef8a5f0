//! Opens the ports of the services.

use std::io::{self, ErrorKind};
use std::net::SocketAddr;

use super::options::Options;
use crate::poll::plan::Planned;
use crate::server::listener::{BindError, Listener};
use crate::support::diagnostic::Diagnostic;
use crate::support::error::{FILES_HELP, start_help};
use crate::support::exit::Exit;
use crate::support::log;

/// A listen address with its services.
pub(super) type Port<'a> = (SocketAddr, Vec<&'a Planned>);

/// Opens the ports, or takes the sockets that systemd passed, in the order of config.json.
///
/// # Errors
/// Ports cannot be opened: each is reported. systemd passed unsuitable sockets.
pub(super) fn open(ports: &[Port<'_>], options: &Options) -> Result<Vec<Listener>, Exit> {
    let passed = Listener::handed_over().map_err(|error| {
        Exit::failed(
            Diagnostic::new(format!("cannot listen on a socket of systemd: {error}"))
                .help("set `ListenStream=` to a TCP port or a path"),
        )
    })?;
    if !passed.is_empty() {
        warn_if_ignored(options);
        return counted(passed, ports.len());
    }
    let opened = open_each(&ports.iter().collect::<Vec<_>>(), options)?;
    Ok(opened.into_iter().map(|(_, listener)| listener).collect())
}

/// Opens ports, and returns each with its address in the plan.
///
/// # Errors
/// Ports cannot be opened: each is reported, and none stays open.
pub(super) fn open_each(ports: &[&Port<'_>], options: &Options) -> Result<Vec<(SocketAddr, Listener)>, Exit> {
    let (mut opened, mut failed) = (Vec::new(), Vec::new());
    for (address, services) in ports {
        match Listener::bind(*address) {
            Ok(listener) => opened.push((*address, listener)),
            Err(error) => failed.push(diagnostic(&error, services, options)),
        }
    }
    if failed.is_empty() { Ok(opened) } else { Err(Exit::Failed(failed)) }
}

/// Returns the error of a port that cannot be served.
pub(super) fn not_served(error: &io::Error) -> Exit {
    Exit::failed(Diagnostic::new(format!("cannot serve scrapes: {error}")).help(start_help(error)))
}

/// Logs a warning if the sockets of systemd replace the address of `--listen`.
fn warn_if_ignored(options: &Options) {
    if options.listen.is_some() {
        let hint = "remove `--listen`, or set `ListenStream=` to that address";
        log::warning(
            "option ignored",
            &[("option", &"--listen"), ("cause", &"sockets of systemd"), ("hint", &hint)],
        );
    }
}

fn counted(sockets: Vec<Listener>, ports: usize) -> Result<Vec<Listener>, Exit> {
    if sockets.len() == ports {
        return Ok(sockets);
    }
    let text = format!("systemd passed {} sockets for {ports} ports", sockets.len());
    let help = "write one `ListenStream=` for each port of the services, in the order of config.json";
    Err(Exit::usage(Diagnostic::new(text).help(help)))
}

/// Explains the failure to open a port. The help names the option or the key that set the address.
fn diagnostic(error: &BindError, services: &[&Planned], options: &Options) -> Diagnostic {
    let mut names: Vec<&str> = services.iter().map(|planned| planned.service()).collect();
    names.dedup();
    let listen = options.listen.unwrap_or_default();
    let services = format!("of service `{}`", names.join("`, `"));
    // Without `-c`, the config is part of the binary: an edit of config.json has no effect before the next build.
    let key = |key: &str, value: &str| match &options.config {
        Some(path) => format!("change `{key}` {services} in {}", path.display()),
        None => format!("change `{key}` {services} with `--listen {value}`, or in a config for `-c`"),
    };
    let port = match listen.port {
        Some(_) => "change the port of `--listen`".to_owned(),
        None => key("port", ":PORT"),
    };
    let ip = match listen.ip {
        Some(_) => "change the address of `--listen`".to_owned(),
        None => key("listen", "IP"),
    };
    let help = match error.kind() {
        ErrorKind::AddrInUse => Some(format!("stop that process, or {port}")),
        ErrorKind::PermissionDenied => {
            Some(format!("{port} to 1024 or above, or grant CAP_NET_BIND_SERVICE"))
        }
        ErrorKind::AddrNotAvailable => {
            Some(format!("{ip} to an address of this machine, or to :: for all addresses"))
        }
        _ if error.is_out_of_files() => Some(FILES_HELP.to_owned()),
        _ => None,
    };
    let diagnostic = Diagnostic::new(error.to_string()).within(names.join(", "));
    help.into_iter().fold(diagnostic, Diagnostic::help)
}
