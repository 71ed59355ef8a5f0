//! The options of the command line, from which the parser, the help and the reference pages are built.

/// The name of an option.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum OptionName {
    Service,
    All,
    Config,
    Listen,
    WebConfig,
    AllowedHost,
    Advertise,
    StateDir,
    Record,
    Replay,
    LogFormat,
    Url,
    Sample,
    Dir,
    Path,
    Help,
    Version,
}

/// The form of an option, and its text in the help.
#[derive(Debug, PartialEq)]
pub(super) struct OptionSpec {
    pub(super) name: OptionName,
    pub(super) group: &'static str,
    pub(super) short: Option<char>,
    /// The long form, without dashes.
    pub(super) long: &'static str,
    /// The placeholder of the value, if the option takes one.
    pub(super) value: Option<&'static str>,
    /// True if the option may be repeated.
    pub(super) repeats: bool,
    /// The effect, in the imperative.
    pub(super) help: &'static str,
}

const SELECT: &str = "Select services";
const SERVE: &str = "Serve";
const RECORD: &str = "Record and replay";
const OUTPUT: &str = "Output";
const GENERATE: &str = "Generate";
const HELP: &str = "Help";

/// Every option, by group, in the order of [`OptionName`].
pub(super) static OPTIONS: [OptionSpec; 17] = {
    use OptionName as Name;
    const fn option(
        name: OptionName,
        group: &'static str,
        (long, value): (&'static str, &'static str),
        help: &'static str,
    ) -> OptionSpec {
        OptionSpec { name, group, short: None, long, value: Some(value), repeats: false, help }
    }
    [
        OptionSpec {
            short: Some('s'),
            repeats: true,
            ..option(Name::Service, SELECT, ("service", "NAME"), "select this service of the config")
        },
        OptionSpec {
            value: None,
            ..option(Name::All, SELECT, ("all", ""), "select every service of the config")
        },
        OptionSpec {
            short: Some('c'),
            ..option(
                Name::Config,
                SELECT,
                ("config", "FILE"),
                "read this config, which may change every key but the metrics (default: the compiled-in config)",
            )
        },
        option(
            Name::Listen,
            SERVE,
            ("listen", "ADDRESS"),
            "listen on IP, IP:PORT or :PORT (default: `listen` and `port` of the config)",
        ),
        option(
            Name::WebConfig,
            SERVE,
            ("web-config", "FILE"),
            "serve with the TLS, users and headers of this web config of Prometheus' exporter-toolkit",
        ),
        OptionSpec {
            repeats: true,
            ..option(
                Name::AllowedHost,
                SERVE,
                ("allowed-host", "HOST"),
                "respond only to requests for this host, an IP address or localhost, against DNS rebinding \
                 (default: any host)",
            )
        },
        option(
            Name::Advertise,
            SERVE,
            ("advertise", "HOST"),
            "name this host or IP address in the scrape targets (default: the requested host in /-/targets, the name \
             of this machine elsewhere)",
        ),
        option(
            Name::StateDir,
            SERVE,
            ("state-dir", "DIR"),
            "keep the state in this directory (default: `state_dir` of the config)",
        ),
        option(
            Name::Record,
            RECORD,
            ("record", "DIR"),
            "write every request and response to this directory, secrets redacted",
        ),
        option(
            Name::Replay,
            RECORD,
            ("replay", "DIR"),
            "read responses from this directory, without network and secrets",
        ),
        option(
            Name::LogFormat,
            OUTPUT,
            ("log-format", "FORMAT"),
            "write log lines as `logfmt` or `json` (default: logfmt)",
        ),
        option(
            Name::Url,
            GENERATE,
            ("url", "URL"),
            "request this http or https URL, which contains no secret",
        ),
        option(
            Name::Sample,
            GENERATE,
            ("sample", "FILE"),
            "generate structs and metrics from this JSON response (default: one metric, the size of the response)",
        ),
        option(
            Name::Dir,
            GENERATE,
            ("dir", "DIR"),
            "add the service to the package in this directory (default: the working directory)",
        ),
        option(
            Name::Path,
            GENERATE,
            ("path", "DIR"),
            "depend on collectington in this directory (default: the nearest directory of that name)",
        ),
        OptionSpec {
            short: Some('h'),
            value: None,
            ..option(Name::Help, HELP, ("help", ""), "print this help")
        },
        OptionSpec {
            short: Some('V'),
            value: None,
            ..option(Name::Version, HELP, ("version", ""), "print the version, the revision and the target")
        },
    ]
};

/// The pairs of options that exclude each other.
pub(super) const EXCLUSIVE: [(OptionName, OptionName); 4] = [
    (OptionName::All, OptionName::Service),
    (OptionName::Record, OptionName::Replay),
    (OptionName::StateDir, OptionName::Record),
    (OptionName::StateDir, OptionName::Replay),
];

impl OptionName {
    /// Returns the form of the option.
    pub(super) fn spec(self) -> &'static OptionSpec {
        &OPTIONS[self as usize]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_has_the_order_of_the_names() {
        for option in &OPTIONS {
            assert_eq!(option.name.spec(), option);
        }
    }
}
