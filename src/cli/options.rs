//! The parsed command line.

use std::path::PathBuf;

use super::command_table::CommandName;
use super::option_table::OptionName;
use super::option_values::{host, listen, log_format};
use crate::poll::selection::{Listen, Selection};
use crate::support::diagnostic::Diagnostic;
use crate::support::log::LogFormat;

/// The command and its options. `option_table` describes each.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Options {
    pub(super) command: CommandName,
    /// The argument of the command: a service, a directory or a command.
    pub(super) argument: Option<String>,
    pub(super) service: Vec<String>,
    pub(super) all: bool,
    pub(super) config: Option<PathBuf>,
    pub(super) listen: Option<Listen>,
    pub(super) web_config: Option<PathBuf>,
    pub(super) allowed_host: Vec<String>,
    pub(super) advertise: Option<String>,
    pub(super) state_dir: Option<PathBuf>,
    pub(super) record: Option<PathBuf>,
    pub(super) replay: Option<PathBuf>,
    pub(super) log_format: LogFormat,
    pub(super) url: String,
    pub(super) sample: Option<PathBuf>,
    pub(super) dir: PathBuf,
    pub(super) path: Option<PathBuf>,
}

impl Options {
    /// Sets an option. The value of an option without one is ignored.
    ///
    /// # Errors
    /// The value is invalid.
    pub(super) fn set(&mut self, option: OptionName, value: String) -> Result<(), Diagnostic> {
        match option {
            OptionName::Service => self.service.push(value),
            OptionName::All => self.all = true,
            OptionName::Config => self.config = Some(value.into()),
            OptionName::Listen => self.listen = Some(listen(&value)?),
            OptionName::WebConfig => self.web_config = Some(value.into()),
            OptionName::AllowedHost => self.allowed_host.push(host(&value)?),
            OptionName::Advertise => self.advertise = Some(host(&value)?),
            OptionName::StateDir => self.state_dir = Some(value.into()),
            OptionName::Record => self.record = Some(value.into()),
            OptionName::Replay => self.replay = Some(value.into()),
            OptionName::LogFormat => self.log_format = log_format(&value)?,
            OptionName::Url => self.url = value,
            OptionName::Sample => self.sample = Some(value.into()),
            OptionName::Dir => self.dir = value.into(),
            OptionName::Path => self.path = Some(value.into()),
            OptionName::Help => self.command = CommandName::Help,
            OptionName::Version => self.command = CommandName::Version,
        }
        Ok(())
    }

    /// Returns the hosts that requests may name: those of `--allowed-host` and the advertised one. An empty list allows
    /// any host.
    pub(super) fn allowed_hosts(&self) -> Vec<String> {
        let advertised = self.advertise.iter().filter(|_| !self.allowed_host.is_empty());
        self.allowed_host.iter().chain(advertised).cloned().collect()
    }

    /// Returns the options that select the services and their config.
    pub(super) fn selection(&self) -> Selection {
        Selection {
            service: self.service.clone(),
            all: self.all,
            all_by_default: !self.command.spec().needs_services,
            config: self.config.clone(),
            listen: self.listen,
            state_dir: self.state_dir.clone(),
            is_stateless: self.record.is_some() || self.replay.is_some(),
        }
    }
}
