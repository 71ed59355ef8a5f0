//! The command line as argh reads it.

use std::path::PathBuf;

use argh::{ArgsInfo, FromArgs};

use super::command_table::{COMMANDS, CommandName, CommandSpec};
use super::option_table::OptionName;
use super::option_values::{host, limit, listen, log_format, method};
use crate::poll::selection::{Listen, Selection};
use crate::support::log::LogFormat;

/// The words and options of the command line.
#[derive(FromArgs, ArgsInfo, Debug, Clone, Default, PartialEq)]
#[argh(help_triggers("-h", "--help"))]
pub(super) struct Options {
    /// select this service of the config
    #[argh(option, short = 's', arg_name = "NAME")]
    pub(super) service: Vec<String>,

    /// select every service of the config
    #[argh(switch)]
    pub(super) all: bool,

    /// read this config, which may omit services and metrics
    #[argh(option, short = 'c', arg_name = "FILE")]
    pub(super) config: Option<PathBuf>,

    /// list also what the config omits
    #[argh(switch)]
    pub(super) compiled: bool,

    /// listen on IP, IP:PORT or :PORT
    #[argh(option, arg_name = "ADDRESS", from_str_fn(listen))]
    pub(super) listen: Option<Listen>,

    /// read TLS, users and headers from this exporter-toolkit web config
    #[argh(option, arg_name = "FILE")]
    pub(super) web_config: Option<PathBuf>,

    /// reload the config on `POST /-/reload`, as on SIGHUP
    #[argh(switch)]
    pub(super) web_enable_lifecycle: bool,

    /// respond only to requests for this host, an IP address or localhost, against DNS rebinding
    #[argh(option, arg_name = "HOST", from_str_fn(host))]
    pub(super) allowed_host: Vec<String>,

    /// name this host or IP address in the scrape targets
    #[argh(option, arg_name = "HOST", from_str_fn(host))]
    pub(super) advertise: Option<String>,

    /// keep the state in this directory
    #[argh(option, arg_name = "DIR")]
    pub(super) state_dir: Option<PathBuf>,

    /// write every request and response to this directory, secrets redacted
    #[argh(option, arg_name = "DIR")]
    pub(super) record: Option<PathBuf>,

    /// read responses from this directory, without network and secrets
    #[argh(option, arg_name = "DIR")]
    pub(super) replay: Option<PathBuf>,

    /// write log lines as `logfmt` or `json`
    #[argh(option, arg_name = "FORMAT", from_str_fn(log_format))]
    pub(super) log_format: Option<LogFormat>,

    /// request this http or https URL, which contains no secret
    #[argh(option, arg_name = "URL")]
    pub(super) url: Option<String>,

    /// generate structs and metrics from this JSON response
    #[argh(option, arg_name = "FILE")]
    pub(super) sample: Option<PathBuf>,

    /// fetch the sample from the URL
    #[argh(switch)]
    pub(super) fetch: bool,

    /// fetch with this header, such as 'X-Key: $API_KEY'
    #[argh(option, arg_name = "HEADER")]
    pub(super) header: Vec<String>,

    /// fetch with the bearer token of this key in the secret file
    #[argh(option, arg_name = "KEY")]
    pub(super) bearer: Option<String>,

    /// fetch with this user and the password of this key, as USER:KEY
    #[argh(option, arg_name = "USER:KEY")]
    pub(super) basic: Option<String>,

    /// fetch with a POST of this JSON, or of the file after `@`
    #[argh(option, arg_name = "JSON")]
    pub(super) post: Option<String>,

    /// fetch with a POST of this form field, such as 'pw=$PASSWORD'
    #[argh(option, arg_name = "NAME=VALUE")]
    pub(super) form: Vec<String>,

    /// read secrets from this file or directory, for `secret_file_path`
    #[argh(option, arg_name = "FILE")]
    pub(super) secret_file: Option<PathBuf>,

    /// generate from the response of `--path` in this OpenAPI file
    #[argh(option, arg_name = "FILE")]
    pub(super) openapi: Option<PathBuf>,

    /// poll this path of the OpenAPI file, such as /incidents
    #[argh(option, arg_name = "PATH")]
    pub(super) path: Option<String>,

    /// send this method to the path of the OpenAPI file: get, post, put or patch
    #[argh(option, arg_name = "METHOD", from_str_fn(method))]
    pub(super) method: Option<String>,

    /// generate only metrics whose names match, separated by `,`; `*` is any text
    #[argh(option, arg_name = "PATTERN")]
    pub(super) only: Vec<String>,

    /// generate at most this number of metrics, the most useful ones
    #[argh(option, arg_name = "N", from_str_fn(limit))]
    pub(super) limit: Option<usize>,

    /// add the service to the package in this directory
    #[argh(option, arg_name = "DIR")]
    pub(super) dir: Option<PathBuf>,

    /// depend on the source of collectington in this directory
    #[argh(option, arg_name = "DIR")]
    pub(super) source: Option<PathBuf>,

    /// scrape job of the exporter in Prometheus
    #[argh(option, arg_name = "NAME")]
    pub(super) job: Option<String>,

    /// restrict the rules by these label matchers, such as 'env="prod"'
    #[argh(option, arg_name = "MATCHERS")]
    pub(super) selector: Option<String>,

    /// set the severity of an alert, such as CtonDown=page
    #[argh(option, arg_name = "ALERT=WORD")]
    pub(super) severity: Vec<String>,

    /// print `rules`, a `prometheus-rule` for the operator, or a `mixin`
    #[argh(option, arg_name = "FORMAT")]
    pub(super) format: Option<String>,

    /// print the version, the revision and the target
    #[argh(switch, short = 'V')]
    pub(super) version: bool,

    /// alias of the command `once`
    #[argh(switch)]
    pub(super) once: bool,

    /// alias of the command `check`
    #[argh(switch)]
    pub(super) check: bool,

    /// alias of the command `list`
    #[argh(switch)]
    pub(super) list: bool,

    /// alias of the command `targets`
    #[argh(switch)]
    pub(super) print_targets: bool,

    /// alias of the command `kubernetes`
    #[argh(switch)]
    pub(super) print_kubernetes: bool,

    /// the command and its argument
    #[argh(positional)]
    pub(super) words: Vec<String>,
}

impl Options {
    /// Returns the command. `--version` is one, too.
    pub(super) fn command(&self) -> CommandName {
        if self.version {
            return CommandName::Version;
        }
        self.commands().next().map_or(CommandName::Run, |command| command.name)
    }

    /// Returns the argument of the command: a service, a directory, or the command to explain.
    pub(super) fn argument(&self) -> Option<&str> {
        self.words.get(1).map(String::as_str)
    }

    /// Returns the commands that were given by a word or an alias.
    pub(super) fn commands(&self) -> impl Iterator<Item = &'static CommandSpec> {
        let word = self.words.first().and_then(|word| CommandSpec::of(word));
        word.into_iter().chain(COMMANDS.iter().filter(|command| self.has_alias(command.name)))
    }

    fn has_alias(&self, command: CommandName) -> bool {
        match command {
            CommandName::Once => self.once,
            CommandName::Check => self.check,
            CommandName::List => self.list,
            CommandName::Targets => self.print_targets,
            CommandName::Kubernetes => self.print_kubernetes,
            _ => false,
        }
    }

    /// Returns the options that were given, except those that select a command.
    pub(super) fn given(&self) -> Vec<OptionName> {
        let options = [
            (OptionName::Service, !self.service.is_empty()),
            (OptionName::All, self.all),
            (OptionName::Config, self.config.is_some()),
            (OptionName::Compiled, self.compiled),
            (OptionName::Listen, self.listen.is_some()),
            (OptionName::WebConfig, self.web_config.is_some()),
            (OptionName::WebEnableLifecycle, self.web_enable_lifecycle),
            (OptionName::AllowedHost, !self.allowed_host.is_empty()),
            (OptionName::Advertise, self.advertise.is_some()),
            (OptionName::StateDir, self.state_dir.is_some()),
            (OptionName::Record, self.record.is_some()),
            (OptionName::Replay, self.replay.is_some()),
            (OptionName::LogFormat, self.log_format.is_some()),
            (OptionName::Url, self.url.is_some()),
            (OptionName::Sample, self.sample.is_some()),
            (OptionName::Fetch, self.fetch),
            (OptionName::Header, !self.header.is_empty()),
            (OptionName::Bearer, self.bearer.is_some()),
            (OptionName::Basic, self.basic.is_some()),
            (OptionName::Post, self.post.is_some()),
            (OptionName::Form, !self.form.is_empty()),
            (OptionName::SecretFile, self.secret_file.is_some()),
            (OptionName::Openapi, self.openapi.is_some()),
            (OptionName::Path, self.path.is_some()),
            (OptionName::Method, self.method.is_some()),
            (OptionName::Only, !self.only.is_empty()),
            (OptionName::Limit, self.limit.is_some()),
            (OptionName::Dir, self.dir.is_some()),
            (OptionName::Source, self.source.is_some()),
            (OptionName::Job, self.job.is_some()),
            (OptionName::Selector, self.selector.is_some()),
            (OptionName::Severity, !self.severity.is_empty()),
            (OptionName::Format, self.format.is_some()),
        ];
        options.into_iter().filter_map(|(option, is_given)| is_given.then_some(option)).collect()
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
            accepts_omitted: self.compiled,
            all_by_default: !self.command().spec().needs_services,
            config: self.config.clone(),
            listen: self.listen,
            state_dir: self.state_dir.clone(),
            is_stateless: self.record.is_some() || self.replay.is_some(),
        }
    }
}
