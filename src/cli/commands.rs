//! The commands of the feature `tools`.

use std::path::PathBuf;

use super::command_table::CommandName;
use super::options::Options;
use super::program::targets;
use crate::author::service::Program;
use crate::poll::plan::Plan;
use crate::support::diagnostic::Diagnostic;
use crate::support::exit::Exit;
use crate::tools::kubernetes;
use crate::tools::monitoring::alert_options::{AlertFormat, AlertOptions};
use crate::tools::monitoring::{alerts, dashboard, scrape_config};
use crate::tools::scaffold::new_project::NewProject;
use crate::tools::scaffold::new_service::NewService;
use crate::tools::scaffold::openapi::DescribedResponse;
use crate::tools::scaffold::sample_request::RequestOptions;
use crate::tools::scaffold::selection::MetricSelection;

/// Runs the command. Returns the text for standard output, or `None` if the command is none of the feature `tools`.
///
/// # Errors
/// The command failed, and nothing was written.
pub(super) fn carry_out(program: &'static Program, options: &Options) -> Result<Option<String>, Exit> {
    let plan = || Plan::new(program, &options.selection());
    let text = match options.command() {
        CommandName::New => new_service(options)?.write()?,
        CommandName::NewProject => new_project(options).write()?,
        CommandName::Kubernetes => kubernetes::manifests(&plan()?).map_err(Exit::usage)?,
        CommandName::Dashboard => format!("{:#}\n", dashboard::json(&plan()?)),
        CommandName::Alerts => alerts::text(&alert_options(options)?),
        CommandName::PrometheusConfig => scrape_config(&plan()?, options)?,
        _ => return Ok(None),
    };
    Ok(Some(text))
}

fn new_service(options: &Options) -> Result<NewService, Exit> {
    Ok(NewService {
        service: options.argument().unwrap_or_default().to_owned(),
        url: options.url.clone(),
        sample: options.sample.clone(),
        request: request_options(options),
        described: described(options)?,
        selection: MetricSelection { only: patterns(&options.only), limit: options.limit },
        dir: options.dir.clone().unwrap_or_default(),
    })
}

/// Returns the response that `--openapi`, `--path` and `--method` select.
fn described(options: &Options) -> Result<Option<DescribedResponse>, Exit> {
    match (&options.openapi, &options.path) {
        (Some(file), Some(path)) => {
            refuse_parameter(options.url.as_deref().unwrap_or_default())?;
            Ok(Some(DescribedResponse {
                file: file.clone(),
                path: path.clone(),
                method: options.method.clone().unwrap_or_else(|| "get".to_owned()),
            }))
        }
        (None, None) if options.method.is_none() => Ok(None),
        _ => {
            let missing =
                Diagnostic::new("`--openapi` needs `--path`, and `--path` and `--method` need `--openapi`");
            Err(Exit::usage(
                missing.help("write `--openapi FILE --path /PATH`, with a path of the description"),
            ))
        }
    }
}

/// Checks that a URL has values instead of the parameters of a path, such as `{id}`.
fn refuse_parameter(url: &str) -> Result<(), Exit> {
    let name = url.split_once('{').and_then(|(_, rest)| rest.split_once('}'));
    let Some((name, _)) = name else { return Ok(()) };
    let error = Diagnostic::new(format!("`--url` contains the parameter `{{{name}}}` without a value"));
    Err(Exit::usage(
        error.help(format!("write the value to poll instead of `{{{name}}}`; keep it in `--path`")),
    ))
}

fn request_options(options: &Options) -> RequestOptions {
    RequestOptions {
        fetch: options.fetch,
        headers: options.header.clone(),
        bearer: options.bearer.clone(),
        basic: options.basic.clone(),
        post: options.post.clone(),
        form: options.form.clone(),
        secret_file: options.secret_file.clone(),
    }
}

/// Returns the patterns of names, which are separated by commas.
fn patterns(only: &[String]) -> Vec<String> {
    let patterns = only.iter().flat_map(|list| list.split(','));
    patterns.map(|pattern| pattern.trim().to_owned()).filter(|pattern| !pattern.is_empty()).collect()
}

fn new_project(options: &Options) -> NewProject {
    NewProject {
        dir: options.argument().map(PathBuf::from).unwrap_or_default(),
        source: options.source.clone(),
    }
}

fn alert_options(options: &Options) -> Result<AlertOptions, Exit> {
    let format = options.format.as_deref().map_or(Ok(AlertFormat::default()), AlertFormat::parse);
    let format = format.map_err(Exit::usage)?;
    let (job, selector) = (options.job.as_deref(), options.selector.as_deref());
    AlertOptions::new(format, (job, selector), &options.severity).map_err(Exit::usage)
}

fn scrape_config(plan: &Plan, options: &Options) -> Result<String, Exit> {
    let targets = targets(plan, options.web_config.as_deref(), options.advertise.as_deref())?;
    Ok(scrape_config::yaml(plan, &targets))
}
