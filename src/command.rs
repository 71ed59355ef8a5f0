//! What `cton` does beside running; not in a binary that was built without the feature `tools`.

use argh::FromArgs;

use crate::kubernetes;
use crate::monitoring::{Alerts, Dashboard, PrometheusConfig};
use crate::options::Options;
use crate::plan::Plan;
use crate::run::Stop;
use crate::scaffold::{NewProject, NewService};
use crate::service::Program;

/// Does what is asked for beside running, if anything is; the text is for standard output.
///
/// # Errors
/// It could not be done, and nothing was written.
pub fn carry_out(program: &'static Program, options: &Options) -> Result<Option<String>, Stop> {
    if options.print_kubernetes {
        let manifests = kubernetes::manifests(&Plan::new(program, options)?);
        return manifests.map(Some).map_err(Stop::Usage);
    }
    options.command.as_ref().map(|command| command.carry_out(program)).transpose()
}

/// A command, by its name.
#[derive(FromArgs, Debug, Clone, PartialEq)]
#[cfg_attr(test, derive(argh::ArgsInfo))]
#[argh(subcommand)]
pub enum Command {
    /// `cton new`.
    Service(NewService),
    /// `cton new-project`.
    Project(NewProject),
    /// `cton dashboard`.
    Dashboard(Dashboard),
    /// `cton alerts`.
    Alerts(Alerts),
    /// `cton prometheus-config`.
    PrometheusConfig(PrometheusConfig),
}

impl Command {
    /// What would run the services that it speaks of.
    pub fn as_options(&self) -> Options {
        let options = match self {
            Self::Service(_) | Self::Project(_) => Options::default(),
            Self::Dashboard(dashboard) => dashboard.options(),
            Self::Alerts(alerts) => alerts.options(),
            Self::PrometheusConfig(config) => config.options(),
        };
        Options { command: Some(self.clone()), ..options }
    }

    fn carry_out(&self, program: &'static Program) -> Result<String, Stop> {
        let options = self.as_options();
        let plan = || Plan::new(program, &options);
        match self {
            Self::Service(new) => new.write(),
            Self::Project(new) => new.write(),
            Self::Dashboard(_) => Ok(Dashboard::print(&plan()?)),
            Self::Alerts(_) => Ok(Alerts::print(&plan()?)),
            Self::PrometheusConfig(_) => PrometheusConfig::print(&plan()?, &options),
        }
    }
}
