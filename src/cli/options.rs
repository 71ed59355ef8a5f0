//! The command line of `cton`.

#[cfg(test)]
mod pages;
#[cfg(test)]
mod tests;

use std::path::PathBuf;

use argh::FromArgs;

#[cfg(feature = "tools")]
use super::commands::Command;
use super::option_values::{host, listen, log_format};
use crate::poll::selection::{Listen, Selection};
use crate::support::log::LogFormat;

/// Polls the HTTP/JSON APIs of config.json and serves their numbers to Prometheus.
#[derive(FromArgs, Debug, Default, PartialEq)]
#[cfg_attr(test, derive(argh::ArgsInfo))]
#[argh(
    name = "cton",
    help_triggers("-h", "--help"),
    example = "cton -s splunk                                  poll, and serve /metrics on the port of config.json",
    example = "cton -s splunk --replay services/replay/splunk  the same without network or secrets",
    example = "cton -s splunk --once                           poll once and print the samples",
    example = "cton --all -c /etc/cton/config.json --check     say what would run, and what is missing for it",
    example = "cton --print-targets --advertise cton.internal  say what Prometheus is to scrape",
    note = "An option's value may follow a space or `=`. --log-format is `logfmt` or `json`.",
    note = "Exit codes: 0 asked to end (SIGTERM, SIGINT) or done; 1 failed (a poll of --once, a port in use, ...);",
    note = "2 the command line or the config is wrong; 70 a defect of cton itself."
)]
#[cfg_attr(
    feature = "tools",
    argh(
        example = "cton -s splunk --print-kubernetes               write what Kubernetes needs to run it",
        example = "cton new github --url URL --sample FILE         write a service to start from (cton new --help)",
    )
)]
pub(super) struct Options {
    /// run this service of config.json; may be given several times
    #[argh(option, short = 's', arg_name = "name")]
    pub service: Vec<String>,

    /// run every service of config.json
    #[argh(switch)]
    pub all: bool,

    /// read this file in place of the config that was compiled in: it may change URLs, ports, intervals,
    /// limits, secret paths and own keys, but no metrics
    #[argh(option, short = 'c', arg_name = "file")]
    pub config: Option<PathBuf>,

    /// poll once, print the samples (a table on a terminal, else as a scrape gets them), and end
    #[argh(switch)]
    pub once: bool,

    /// list the services and their metrics
    #[argh(switch)]
    pub list: bool,

    /// read the config and the secrets, say what would run and what is missing for it, and poll nothing
    #[argh(switch)]
    pub check: bool,

    /// print the ports of the services as JSON for Prometheus' file_sd; `/-/targets` of every port says it too
    #[argh(switch)]
    pub print_targets: bool,

    /// print the objects of Kubernetes that run each service in a container of its own, as YAML
    #[cfg(feature = "tools")]
    #[argh(switch)]
    pub print_kubernetes: bool,

    /// address to listen on in place of the config's: `IP`, `IP:PORT`, or `:PORT` for all interfaces
    #[argh(option, arg_name = "address", from_str_fn(listen))]
    pub listen: Option<Listen>,

    /// name or IP address by which Prometheus reaches this machine, where it is not the one that it is asked for
    #[argh(option, arg_name = "host", from_str_fn(host))]
    pub advertise: Option<String>,

    /// respond to requests for this host, IP addresses and localhost only, against DNS rebinding; may be
    /// given several times (default: any host)
    #[argh(option, arg_name = "host", from_str_fn(host))]
    pub allowed_host: Vec<String>,

    /// serve with the TLS, passwords and headers of this file, as every Prometheus exporter reads it
    #[argh(option, arg_name = "file")]
    pub web_config: Option<PathBuf>,

    /// how log lines are written to standard error: logfmt (default) or json
    #[argh(option, arg_name = "format", default = "LogFormat::Logfmt", from_str_fn(log_format))]
    pub log_format: LogFormat,

    /// write every exchange with the API, secrets redacted, to files in this folder
    #[argh(option, arg_name = "dir")]
    pub record: Option<PathBuf>,

    /// answer polls from the files in this folder: no network, no secrets
    #[argh(option, arg_name = "dir")]
    pub replay: Option<PathBuf>,

    /// keep what was counted in this folder, in place of the config's `state_dir`
    #[argh(option, arg_name = "dir")]
    pub state_dir: Option<PathBuf>,

    /// print the version
    #[argh(switch)]
    pub version: bool,

    /// what is done beside running
    #[cfg(feature = "tools")]
    #[argh(subcommand)]
    pub command: Option<Command>,
}

/// The result of parsing the command line.
#[derive(Debug, PartialEq)]
pub(super) enum ParsedArguments {
    /// The options of a valid command line.
    Options(Box<Options>),
    /// The help text, for standard output.
    Help(String),
    /// The usage error, for standard error.
    Usage(String),
}

impl Options {
    /// Parses the arguments after the program name.
    pub(super) fn parse(arguments: impl IntoIterator<Item = String>) -> ParsedArguments {
        let split: Vec<String> = arguments.into_iter().flat_map(split_value).collect();
        let words: Vec<&str> = split.iter().map(String::as_str).collect();
        match Self::from_args(&["cton"], &words) {
            Ok(options) => options.consistent(),
            Err(exit) if exit.status.is_ok() => ParsedArguments::Help(exit.output),
            Err(exit) => {
                let said = exit.output.trim_end();
                ParsedArguments::Usage(left_out(said).unwrap_or_else(|| said.to_owned()))
            }
        }
    }

    fn consistent(self) -> ParsedArguments {
        #[cfg(feature = "tools")]
        if let Some(mistake) = self.mistake_of_command() {
            return ParsedArguments::Usage(mistake);
        }
        let modes = [
            (self.once, "--once"),
            (self.list, "--list"),
            (self.check, "--check"),
            (self.print_targets, "--print-targets"),
            #[cfg(feature = "tools")]
            (self.print_kubernetes, "--print-kubernetes"),
        ];
        let modes: Vec<&str> = modes.into_iter().filter_map(|(given, mode)| given.then_some(mode)).collect();
        let clash = [
            (self.all && !self.service.is_empty(), "--all and -s"),
            (self.record.is_some() && self.replay.is_some(), "--record and --replay"),
            (self.state_dir.is_some() && self.record.is_some(), "--state-dir and --record"),
            (self.state_dir.is_some() && self.replay.is_some(), "--state-dir and --replay"),
            #[cfg(feature = "tools")]
            (self.print_kubernetes && self.web_config.is_some(), "--print-kubernetes and --web-config"),
            (self.once && self.listen.is_some(), "--once and --listen"),
            (self.once && self.web_config.is_some(), "--once and --web-config"),
        ];
        let pair = clash.into_iter().find(|(clashes, _)| *clashes).map(|(_, pair)| pair.to_owned());
        match pair.or_else(|| (modes.len() > 1).then(|| modes.join(" and "))) {
            Some(all) => ParsedArguments::Usage(exclusive(&all)),
            None => ParsedArguments::Options(Box::new(self)),
        }
    }

    #[cfg(feature = "tools")]
    fn mistake_of_command(&self) -> Option<String> {
        let asked = self.command.as_ref()?.selection();
        if *self != (Self { command: self.command.clone(), ..Self::default() }) {
            let advice = "put the command's own behind it";
            return Some(format!("options in front of a command are those of running: {advice}"));
        }
        (asked.all && !asked.service.is_empty()).then(|| exclusive("--all and -s"))
    }

    /// Returns the hosts that requests may name: those of `--allowed-host` and the advertised one. An empty list allows
    /// any host.
    pub(crate) fn allowed_hosts(&self) -> Vec<String> {
        let advertised = self.advertise.iter().filter(|_| !self.allowed_host.is_empty());
        self.allowed_host.iter().chain(advertised).cloned().collect()
    }

    /// Returns the options that select the services and their config.
    pub(super) fn selection(&self) -> Selection {
        Selection {
            service: self.service.clone(),
            all: self.all,
            all_by_default: self.only_says(),
            config: self.config.clone(),
            listen: self.listen,
            state_dir: self.state_dir.clone(),
            is_stateless: self.record.is_some() || self.replay.is_some(),
        }
    }

    /// True if nothing is to run, so that no service has to be named.
    fn only_says(&self) -> bool {
        #[cfg(feature = "tools")]
        if self.print_kubernetes {
            return true;
        }
        self.list || self.check || self.print_targets
    }
}

fn exclusive(words: &str) -> String {
    format!("{words} exclude each other: give one of them")
}

/// The commands and options that require the feature `tools`.
const TOOLS: [&str; 6] =
    ["new", "new-project", "dashboard", "alerts", "prometheus-config", "--print-kubernetes"];

/// Returns the usage error for an argument in [`TOOLS`], if this binary lacks the feature.
fn left_out(said: &str) -> Option<String> {
    let word = said.strip_prefix("Unrecognized argument: ")?;
    let is_left_out = !cfg!(feature = "tools") && TOOLS.contains(&word);
    is_left_out.then(|| {
        format!(
            "`{word}` was left out of this binary to make it small: ask one that plain `cargo build` made"
        )
    })
}

/// Splits `--option=value` into two words, because argh does not.
fn split_value(argument: String) -> Vec<String> {
    match argument.split_once('=') {
        Some((option, value)) if option.starts_with("--") => vec![option.to_owned(), value.to_owned()],
        _ => vec![argument],
    }
}
