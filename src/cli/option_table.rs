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
    /// The effect, in the imperative.
    pub(super) help: &'static str,
    /// The effect without the option.
    pub(super) default: Option<&'static str>,
    /// True if the option may be repeated.
    pub(super) repeats: bool,
}

impl OptionSpec {
    const fn new(name: OptionName, group: &'static str, long: &'static str, help: &'static str) -> Self {
        Self { name, group, short: None, long, value: None, help, default: None, repeats: false }
    }

    const fn value(self, placeholder: &'static str) -> Self {
        Self { value: Some(placeholder), ..self }
    }

    const fn short(self, short: char) -> Self {
        Self { short: Some(short), ..self }
    }

    const fn default(self, default: &'static str) -> Self {
        Self { default: Some(default), ..self }
    }

    const fn repeats(self) -> Self {
        Self { repeats: true, ..self }
    }
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
    let option = OptionSpec::new;
    [
        option(Name::Service, SELECT, "service", "select this service of the config")
            .value("NAME")
            .short('s')
            .repeats(),
        option(Name::All, SELECT, "all", "select every service of the config"),
        option(Name::Config, SELECT, "config", "read this config, which may change any key but the metrics")
            .value("FILE")
            .short('c')
            .default("the compiled-in config"),
        option(Name::Listen, SERVE, "listen", "listen on IP, IP:PORT or :PORT")
            .value("ADDRESS")
            .default("`listen` and `port` of the config"),
        option(
            Name::WebConfig,
            SERVE,
            "web-config",
            "read TLS, users and headers from this exporter-toolkit web config",
        )
        .value("FILE")
        .default("plain HTTP, any client"),
        option(
            Name::AllowedHost,
            SERVE,
            "allowed-host",
            "respond only to requests for this host, an IP address or localhost, against DNS rebinding",
        )
        .value("HOST")
        .default("any host")
        .repeats(),
        option(Name::Advertise, SERVE, "advertise", "name this host or IP address in the scrape targets")
            .value("HOST")
            .default("the requested host in /-/targets, and the name of this machine elsewhere"),
        option(Name::StateDir, SERVE, "state-dir", "keep the state in this directory")
            .value("DIR")
            .default("`state_dir` of the config"),
        option(
            Name::Record,
            RECORD,
            "record",
            "write every request and response to this directory, secrets redacted",
        )
        .value("DIR"),
        option(
            Name::Replay,
            RECORD,
            "replay",
            "read responses from this directory, without network and secrets",
        )
        .value("DIR"),
        option(Name::LogFormat, OUTPUT, "log-format", "write log lines as `logfmt` or `json`")
            .value("FORMAT")
            .default("logfmt"),
        option(Name::Url, GENERATE, "url", "request this http or https URL, which contains no secret")
            .value("URL"),
        option(Name::Sample, GENERATE, "sample", "generate structs and metrics from this JSON response")
            .value("FILE")
            .default("one metric, the size of the response"),
        option(Name::Dir, GENERATE, "dir", "add the service to the package in this directory")
            .value("DIR")
            .default("the working directory"),
        option(Name::Path, GENERATE, "path", "depend on collectington in this directory")
            .value("DIR")
            .default("the nearest directory with it"),
        option(Name::Help, HELP, "help", "print this help").short('h'),
        option(Name::Version, HELP, "version", "print the version, the revision and the target").short('V'),
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
