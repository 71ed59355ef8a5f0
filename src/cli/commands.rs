//! The subcommands and `--print-kubernetes`, in a binary with the feature `tools`.

use argh::FromArgs;

use super::monitoring_commands::{Alerts, Dashboard, PrometheusConfig};
use super::options::Options;
use crate::author::service::Program;
use crate::poll::plan::Plan;
use crate::poll::selection::Selection;
use crate::support::exit::Exit;
use crate::tools::kubernetes;
use crate::tools::scaffold::new_project::NewProject;
use crate::tools::scaffold::new_service::NewService;

/// Runs the subcommand or `--print-kubernetes`. Returns the text for standard output, or `None` if neither was given.
///
/// # Errors
/// The command failed, and nothing was written.
pub(super) fn carry_out(program: &'static Program, options: &Options) -> Result<Option<String>, Exit> {
    if options.print_kubernetes {
        let manifests = kubernetes::manifests(&Plan::new(program, &options.selection())?);
        return manifests.map(Some).map_err(Exit::usage);
    }
    options.command.as_ref().map(|command| command.carry_out(program)).transpose()
}

/// A command, by its name.
#[derive(FromArgs, Debug, Clone, PartialEq)]
#[cfg_attr(test, derive(argh::ArgsInfo))]
#[argh(subcommand)]
pub(super) enum Command {
    /// The command `cton new`.
    Service(NewService),
    /// The command `cton new-project`.
    Project(NewProject),
    /// The command `cton dashboard`.
    Dashboard(Dashboard),
    /// The command `cton alerts`.
    Alerts(Alerts),
    /// The command `cton prometheus-config`.
    PrometheusConfig(PrometheusConfig),
}

impl Command {
    /// Returns the selection of the services of the command.
    pub(super) fn selection(&self) -> Selection {
        match self {
            Self::Service(_) | Self::Project(_) => Selection::default(),
            Self::Dashboard(dashboard) => dashboard.selection(),
            Self::Alerts(alerts) => alerts.selection(),
            Self::PrometheusConfig(config) => Selection { listen: config.listen, ..config.selection() },
        }
    }

    fn carry_out(&self, program: &'static Program) -> Result<String, Exit> {
        let plan = || Plan::new(program, &self.selection());
        match self {
            Self::Service(new) => new.write(),
            Self::Project(new) => new.write(),
            Self::Dashboard(_) => Ok(Dashboard::print(&plan()?)),
            Self::Alerts(_) => Ok(Alerts::print(&plan()?)),
            Self::PrometheusConfig(config) => config.print(&plan()?),
        }
    }
}
