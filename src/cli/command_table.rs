//! The commands, from which the parser, the help and the reference pages are built.

use super::option_table::OptionName::{self, *};
use super::option_table::OptionSpec;

/// The name of a command.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum CommandName {
    #[default]
    Run,
    Once,
    Check,
    List,
    Targets,
    Kubernetes,
    New,
    NewProject,
    Dashboard,
    Alerts,
    PrometheusConfig,
    Help,
    Version,
}

/// The form of a command, and its text in the help.
#[derive(Debug, PartialEq)]
pub(super) struct CommandSpec {
    pub(super) name: CommandName,
    /// The word on the command line.
    pub(super) word: &'static str,
    /// The option that is an alias of the command, without dashes.
    pub(super) alias: Option<&'static str>,
    /// The placeholder of the argument, and its text in the help.
    pub(super) argument: Option<(&'static str, &'static str)>,
    /// True if the command is only in binaries with the feature `tools`.
    pub(super) is_tool: bool,
    /// True if services have to be selected; otherwise every service is, unless some are.
    pub(super) needs_services: bool,
    /// The effect on one line, in the imperative.
    pub(super) summary: &'static str,
    /// More about the command, in sentences.
    pub(super) description: &'static str,
    pub(super) options: &'static [OptionName],
    /// The options without an effect that the alias accepts, because older versions did.
    pub(super) alias_options: &'static [OptionName],
    /// The options that have to be given.
    pub(super) required: &'static [OptionName],
    /// The options that may have the values of the required ones.
    pub(super) replaces_required: &'static [OptionName],
    /// Command lines, each with its effect.
    pub(super) examples: &'static [(&'static str, &'static str)],
}

#[rustfmt::skip]
const RUN: &[OptionName] = &[
    Service, All, Config, Listen, WebConfig, WebEnableLifecycle, AllowedHost, Advertise, StateDir, Record, Replay, LogFormat,
];

/// A command without options, as the base of the others.
const BASE: CommandSpec = CommandSpec {
    name: CommandName::Help,
    word: "",
    alias: None,
    argument: None,
    is_tool: false,
    needs_services: false,
    summary: "",
    description: "",
    options: &[],
    alias_options: &[],
    required: &[],
    replaces_required: &[],
    examples: &[],
};

/// Every command, in the order of [`CommandName`] and of the help.
pub(super) static COMMANDS: [CommandSpec; 13] = [
    CommandSpec {
        name: CommandName::Run,
        word: "run",
        needs_services: true,
        summary: "poll the APIs and serve /metrics (default)",
        description: "Each service is polled at its interval and served on its port, until SIGTERM or SIGINT. \
                      SIGHUP reloads the file of `-c` and the target files.",
        options: RUN,
        examples: &[
            ("cton run -s splunk", "poll Splunk On-Call, and serve /metrics on the port of the config"),
            ("cton run -s splunk --replay services/replay/splunk", "serve recorded responses"),
        ],
        ..BASE
    },
    CommandSpec {
        name: CommandName::Once,
        word: "once",
        alias: Some("once"),
        needs_services: true,
        summary: "poll once, print the samples, and exit",
        description: "The samples are printed as a table on a terminal, and otherwise in the Prometheus text format.",
        options: &[Service, All, Config, StateDir, Record, Replay, LogFormat],
        alias_options: &[AllowedHost, Advertise],
        examples: &[
            ("cton once -s splunk", "poll the API once"),
            ("cton once -s splunk --record services/replay/splunk", "record the responses too"),
        ],
        ..BASE
    },
    CommandSpec {
        name: CommandName::Check,
        word: "check",
        alias: Some("check"),
        summary: "report the planned polls and missing files",
        description: "Reads the config, the secret files, the state and the web config. No API is polled.",
        options: RUN,
        examples: &[("cton check --all -c /etc/cton/config.json", "check before a restart")],
        ..BASE
    },
    CommandSpec {
        name: CommandName::List,
        word: "list",
        alias: Some("list"),
        summary: "list the services and their metrics",
        description: "Prints each service with its port, its URL and its metrics.",
        options: &[Service, All, Config, Compiled, Listen, StateDir, LogFormat],
        alias_options: &[WebConfig, AllowedHost, Advertise, Record, Replay],
        examples: &[
            ("cton list -s splunk", "list the metrics of one service"),
            ("cton list -c config.json --compiled", "list also the services and metrics that the file omits"),
        ],
        ..BASE
    },
    CommandSpec {
        name: CommandName::Targets,
        word: "targets",
        alias: Some("print-targets"),
        summary: "print the scrape targets for file_sd",
        description: "The targets are JSON. Every port also serves them at /-/targets, for http_sd.",
        options: &[Service, All, Config, Listen, WebConfig, Advertise, StateDir, LogFormat],
        alias_options: &[AllowedHost, Record, Replay],
        examples: &[("cton targets --advertise cton.internal > targets.json", "write a file for file_sd")],
        ..BASE
    },
    CommandSpec {
        name: CommandName::Kubernetes,
        word: "kubernetes",
        alias: Some("print-kubernetes"),
        is_tool: true,
        summary: "print Kubernetes manifests",
        description: "The manifests are YAML. Each service runs in its own container.",
        options: &[Service, All, Config, Listen, StateDir, LogFormat],
        alias_options: &[AllowedHost, Advertise, Record, Replay],
        examples: &[("cton kubernetes -s splunk > splunk.yaml", "write the manifests of one service")],
        ..BASE
    },
    CommandSpec {
        name: CommandName::New,
        word: "new",
        argument: Some(("SERVICE", "name the service: lowercase letters, digits and `_`")),
        is_tool: true,
        summary: "generate a service from a URL and a sample response",
        description: "Writes an entry of config.json, a file in services/ and a recording to replay. Existing files are \
                      not overwritten. `$KEY` is the value of a key of the secret file in `--header`, `--form` \
                      and `--post`; write it in single quotes. Review the sample first, because it becomes part of the source.",
        options: &[
            Url, Sample, Fetch, Header, Bearer, Basic, Post, Form, SecretFile, Openapi, Path, Method, Only,
            Limit, Dir,
        ],
        required: &[Url],
        replaces_required: &[Openapi],
        examples: &[
            ("curl -s https://api.example.com/jobs > jobs.json", "save a response"),
            (
                "cton new jobs --url https://api.example.com/jobs --sample jobs.json",
                "generate the service `jobs`",
            ),
            (
                "cton new ci --url https://example.com --bearer KEY --secret-file keys",
                "fetch it with the secret KEY of the file `keys`",
            ),
            (
                "cton new ci --openapi ci.yaml --path /jobs",
                "generate it from an OpenAPI description with a server URL",
            ),
        ],
        ..BASE
    },
    CommandSpec {
        name: CommandName::NewProject,
        word: "new-project",
        argument: Some(("DIR", "create the package in this directory, which is new or empty")),
        is_tool: true,
        summary: "generate a package with its own config and services",
        description: "Writes Cargo.toml, build.rs, src/main.rs, config.json and services/ with an example. The package \
                      depends on collectington. Existing files are not overwritten.",
        options: &[Source],
        examples: &[
            ("cton new-project exporter", "generate ./exporter beside ./collectington"),
            (
                "cton new-project exporter --source third_party/collectington",
                "name the directory of collectington",
            ),
        ],
        ..BASE
    },
    CommandSpec {
        name: CommandName::Dashboard,
        word: "dashboard",
        is_tool: true,
        summary: "print a Grafana dashboard",
        description: "The dashboard is JSON, with a row for each service and one for the exporter. Use the config that the exporter \
                      runs with, because rates are shown over at least four polls. The output is the same for the same config.",
        options: &[Service, All, Config],
        examples: &[("cton dashboard -s splunk > splunk.json", "write a dashboard to import or provision")],
        ..BASE
    },
    CommandSpec {
        name: CommandName::Alerts,
        word: "alerts",
        is_tool: true,
        summary: "print alerting rules for Prometheus",
        description: "The rules are the same for every config, because the exporter exports its intervals. \
                      docs/troubleshooting.md describes each alert.",
        options: &[Job, Selector, Severity, Format],
        examples: &[
            ("cton alerts > cton-alerts.yml", "write the rules"),
            (
                "cton alerts --format prometheus-rule | kubectl apply -f -",
                "apply them to the Prometheus Operator",
            ),
        ],
        ..BASE
    },
    CommandSpec {
        name: CommandName::PrometheusConfig,
        word: "prometheus-config",
        is_tool: true,
        summary: "print the scrape config for Prometheus",
        description: "The config is YAML. Each port is scraped twice in a poll interval of its services, and at least once a minute. Use the \
                      options that the exporter runs with, because they set its address and TLS.",
        options: &[Service, All, Config, Listen, WebConfig, Advertise],
        examples: &[(
            "cton prometheus-config --advertise cton.internal > prometheus.yml",
            "write the scrape config",
        )],
        ..BASE
    },
    CommandSpec {
        name: CommandName::Help,
        word: "help",
        argument: Some(("[COMMAND]", "print the help of this command")),
        summary: "print the help of cton or of a command",
        examples: &[("cton help once", "print the help of `cton once`")],
        ..BASE
    },
    CommandSpec {
        name: CommandName::Version,
        word: "version",
        summary: "print the version, the revision and the target",
        ..BASE
    },
];

impl CommandSpec {
    /// Returns the command of this word.
    pub(super) fn of(word: &str) -> Option<&'static Self> {
        COMMANDS.iter().find(|command| command.word == word)
    }

    /// Returns the commands of this binary.
    pub(super) fn all() -> impl Iterator<Item = &'static Self> {
        COMMANDS.iter().filter(|command| command.is_included())
    }

    /// Returns the options of the command, the common ones included.
    pub(super) fn options(&self) -> impl Iterator<Item = &'static OptionSpec> {
        self.options.iter().chain(&[OptionName::Help]).map(|option| option.spec())
    }

    /// True if this binary has the command.
    pub(super) fn is_included(&self) -> bool {
        cfg!(feature = "tools") || !self.is_tool
    }
}

impl CommandName {
    /// Returns the form of the command.
    pub(super) fn spec(self) -> &'static CommandSpec {
        &COMMANDS[self as usize]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_has_the_order_of_the_names() {
        for command in &COMMANDS {
            assert_eq!(command.name.spec(), command);
        }
    }
}
