//! The monitoring commands and their options.

use std::path::PathBuf;

use argh::FromArgs;

use super::option_values::{host, listen};
use super::program::targets;
use crate::poll::plan::Plan;
use crate::poll::selection::{Listen, Selection};
use crate::support::exit::Exit;
use crate::tools::monitoring::{alerts, dashboard, scrape_config};

/// Defines a command with the options that select services, followed by its own, because argh cannot take options from
/// another struct.
macro_rules! command {
    ($(#[$about:meta])* $name:ident { service: $service:tt, all: $all:tt, $($own:tt)* }) => {
        #[derive(FromArgs, Debug, Clone, Default, PartialEq)]
        #[cfg_attr(test, derive(argh::ArgsInfo))]
        $(#[$about])*
        pub(crate) struct $name {
            #[doc = $service]
            #[argh(option, short = 's', arg_name = "name")]
            pub service: Vec<String>,

            #[doc = $all]
            #[argh(switch)]
            pub all: bool,

            /// read this file in place of the config that was compiled in
            #[argh(option, short = 'c', arg_name = "file")]
            pub config: Option<PathBuf>,

            $($own)*
        }

        impl $name {
            /// Returns the services that the options select.
            pub(crate) fn selection(&self) -> Selection {
                let (service, config) = (self.service.clone(), self.config.clone());
                Selection { service, all: self.all, all_by_default: true, config, ..Selection::default() }
            }
        }
    };
}

command! {
    /// Prints a Grafana dashboard of the services as JSON: a row for each, and one for the exporter itself. Without -s, of all
    /// services.
    #[argh(
        subcommand,
        name = "dashboard",
        help_triggers("-h", "--help"),
        example = "{command_name} -s splunk > splunk.json    then import it in Grafana, or provision it",
        example = "{command_name} --all -c /etc/cton/config.json",
        note = "The same config gives the same bytes. Change the config, not the dashboard, and print it again: panels keep",
        note = "their ids. Numbers are shown over four polls at least, so give it the config that the exporter runs with."
    )]
    Dashboard {
        service: "a service of config.json to show; may be given several times",
        all: "show every service of config.json",
    }
}

impl Dashboard {
    /// Returns the dashboard as JSON.
    pub(super) fn print(plan: &Plan) -> String {
        format!("{:#}\n", dashboard::json(plan))
    }
}

command! {
    /// Prints alerting rules of Prometheus for the services as YAML. Without -s, for all services.
    #[argh(
        subcommand,
        name = "alerts",
        help_triggers("-h", "--help"),
        example = "{command_name} -s splunk > cton-alerts.yml && promtool check rules cton-alerts.yml",
        note = "Times come from the config: how often a service polls and what it may take, and when its gauges grow stale.",
        note = "docs/monitoring.md says of each alert what it means and what to do."
    )]
    Alerts {
        service: "a service of config.json to watch; may be given several times",
        all: "watch every service of config.json",
    }
}

impl Alerts {
    /// Returns the alerting rules as YAML.
    pub(super) fn print(plan: &Plan) -> String {
        alerts::yaml(plan)
    }
}

command! {
    /// Prints what prometheus.yml needs to scrape the services. Without -s, of all services.
    #[argh(
        subcommand,
        name = "prometheus-config",
        help_triggers("-h", "--help"),
        example = "{command_name} --all --advertise cton.internal > prometheus.yml",
        note = "Each port is scraped twice in the time of a poll of its services, but once a minute at least.",
        note = "Give it the options that the exporter runs with: they say where it is and whether it speaks TLS."
    )]
    PrometheusConfig {
        service: "a service of config.json to scrape; may be given several times",
        all: "scrape every service of config.json",

        /// address to listen on in place of the config's: `IP`, `IP:PORT`, or `:PORT` for all interfaces
        #[argh(option, arg_name = "address", from_str_fn(listen))]
        pub listen: Option<Listen>,

        /// name or IP address by which Prometheus reaches the exporter (default: the name of this machine)
        #[argh(option, arg_name = "host", from_str_fn(host))]
        pub advertise: Option<String>,

        /// the file with the TLS and passwords that the exporter serves with
        #[argh(option, arg_name = "file")]
        pub web_config: Option<PathBuf>,
    }
}

impl PrometheusConfig {
    /// Returns the scrape config as YAML.
    ///
    /// # Errors
    /// The web config is invalid or cannot be read.
    pub(super) fn print(&self, plan: &Plan) -> Result<String, Exit> {
        let targets = targets(plan, self.web_config.as_deref(), self.advertise.as_deref())?;
        Ok(scrape_config::yaml(plan, &targets))
    }
}
