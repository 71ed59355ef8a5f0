//! The options of the command line, from which the help and the reference pages are built.

use std::sync::LazyLock;

use argh::{ArgsInfo as _, FlagInfo, FlagInfoKind, Optionality};

use super::options::Options;

/// The name of an option.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum OptionName {
    Service,
    All,
    Config,
    Compiled,
    Listen,
    WebConfig,
    WebEnableLifecycle,
    AllowedHost,
    Advertise,
    StateDir,
    Record,
    Replay,
    LogFormat,
    Url,
    Sample,
    Fetch,
    Header,
    Bearer,
    Basic,
    Post,
    Form,
    SecretFile,
    Openapi,
    Path,
    Method,
    Only,
    Limit,
    Dir,
    Source,
    Job,
    Selector,
    Severity,
    Format,
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

const SELECT: &str = "Select services";
const SERVE: &str = "Serve";
const RECORD: &str = "Record and replay";
const OUTPUT: &str = "Output";
const GENERATE: &str = "Generate";
const ALERT: &str = "Generate alerting rules";
const HELP: &str = "Help";

/// The group, the long form and the default of each option, in the order of [`OptionName`]. argh has the rest.
#[rustfmt::skip]
const PLACES: [(OptionName, &str, &str, Option<&str>); 35] = [
    (OptionName::Service, SELECT, "service", None),
    (OptionName::All, SELECT, "all", None),
    (OptionName::Config, SELECT, "config", Some("the compiled-in config")),
    (OptionName::Compiled, SELECT, "compiled", Some("only the services and metrics of the config")),
    (OptionName::Listen, SERVE, "listen", Some("`listen` and `port` of the config")),
    (OptionName::WebConfig, SERVE, "web-config", Some("plain HTTP, any client")),
    (OptionName::WebEnableLifecycle, SERVE, "web-enable-lifecycle", Some("only SIGHUP reloads it")),
    (OptionName::AllowedHost, SERVE, "allowed-host", Some("any host")),
    (OptionName::Advertise, SERVE, "advertise", Some("the requested host in /-/targets, and the name of this machine elsewhere")),
    (OptionName::StateDir, SERVE, "state-dir", Some("`state_dir` of the config")),
    (OptionName::Record, RECORD, "record", None),
    (OptionName::Replay, RECORD, "replay", None),
    (OptionName::LogFormat, OUTPUT, "log-format", Some("logfmt")),
    (OptionName::Url, GENERATE, "url", None),
    (OptionName::Sample, GENERATE, "sample", Some("one metric, the size of the response")),
    (OptionName::Fetch, GENERATE, "fetch", None),
    (OptionName::Header, GENERATE, "header", None),
    (OptionName::Bearer, GENERATE, "bearer", None),
    (OptionName::Basic, GENERATE, "basic", None),
    (OptionName::Post, GENERATE, "post", None),
    (OptionName::Form, GENERATE, "form", None),
    (OptionName::SecretFile, GENERATE, "secret-file", None),
    (OptionName::Openapi, GENERATE, "openapi", None),
    (OptionName::Path, GENERATE, "path", None),
    (OptionName::Method, GENERATE, "method", Some("get")),
    (OptionName::Only, GENERATE, "only", Some("all names")),
    (OptionName::Limit, GENERATE, "limit", Some("30, or no limit with --only")),
    (OptionName::Dir, GENERATE, "dir", Some("the working directory")),
    (OptionName::Source, GENERATE, "source", Some("the nearest directory with it")),
    (OptionName::Job, ALERT, "job", Some("cton")),
    (OptionName::Selector, ALERT, "selector", Some("the job")),
    (OptionName::Severity, ALERT, "severity", Some("critical for CtonDown, otherwise warning")),
    (OptionName::Format, ALERT, "format", Some("rules")),
    (OptionName::Help, HELP, "help", None),
    (OptionName::Version, HELP, "version", None),
];

/// Every option, by group, in the order of [`OptionName`].
pub(super) static OPTIONS: LazyLock<Vec<OptionSpec>> = LazyLock::new(|| {
    let flags = Options::get_args_info().flags;
    let of_argh = |(name, group, long, default)| {
        let FlagInfo { kind, optionality, short, description, .. } =
            flags.iter().find(|flag| flag.long.trim_start_matches('-') == long)?;
        let value = match kind {
            FlagInfoKind::Switch => None,
            FlagInfoKind::Option { arg_name } => Some(*arg_name),
        };
        // argh reports its own text for `--help`, and no short form.
        let (short, help) =
            if name == OptionName::Help { (Some('h'), "print this help") } else { (*short, *description) };
        let repeats = *optionality == Optionality::Repeating;
        Some(OptionSpec { name, group, short, long, value, help, default, repeats })
    };
    PLACES.into_iter().filter_map(of_argh).collect()
});

/// The pairs of options that exclude each other.
pub(super) const EXCLUSIVE: [(OptionName, OptionName); 20] = [
    (OptionName::All, OptionName::Service),
    (OptionName::Record, OptionName::Replay),
    (OptionName::StateDir, OptionName::Record),
    (OptionName::StateDir, OptionName::Replay),
    (OptionName::Sample, OptionName::Fetch),
    (OptionName::Sample, OptionName::Header),
    (OptionName::Sample, OptionName::Bearer),
    (OptionName::Sample, OptionName::Basic),
    (OptionName::Sample, OptionName::Post),
    (OptionName::Sample, OptionName::Form),
    (OptionName::Sample, OptionName::SecretFile),
    (OptionName::Bearer, OptionName::Basic),
    (OptionName::Sample, OptionName::Openapi),
    (OptionName::Fetch, OptionName::Openapi),
    (OptionName::Header, OptionName::Openapi),
    (OptionName::Bearer, OptionName::Openapi),
    (OptionName::Basic, OptionName::Openapi),
    (OptionName::Post, OptionName::Openapi),
    (OptionName::Form, OptionName::Openapi),
    (OptionName::Post, OptionName::Form),
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
    fn every_option_has_its_place_in_the_order_of_the_names() {
        assert_eq!(OPTIONS.len(), PLACES.len());
        for option in OPTIONS.iter() {
            assert_eq!(option.name.spec(), option);
        }
    }
}
