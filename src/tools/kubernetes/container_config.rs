//! The config of one service with its targets, as its container reads it.

use std::net::Ipv6Addr;
use std::path::Path;

use super::mounted_files::{self, MountedFiles};
use crate::config::{self, ServiceConfig};
use crate::poll::plan::{Plan, Planned};
use crate::support::diagnostic::Diagnostic;

/// The entry of a service in the config of its container.
pub(super) struct ContainerConfig {
    /// The entry with its targets, with the paths inside the container.
    pub service: ServiceConfig,
    /// The files of the service and its targets.
    pub files: MountedFiles,
    /// The patterns of the target files outside the container.
    pub target_files: Vec<String>,
}

impl ContainerConfig {
    /// Returns the config of the selected targets of a service, or of the service itself.
    ///
    /// # Errors
    /// Two files of the service have the same key in its Secret.
    pub(super) fn new(selected: &[Planned], plan: &Plan) -> Result<Option<Self>, Diagnostic> {
        let Some(first) = selected.first() else { return Ok(None) };
        let entry = plan.config.services.iter().find(|service| service.name == first.service());
        let Some(entry) = entry else { return Ok(None) };
        let targets = selected.iter().map(|planned| &planned.config).filter(|one| one.name != entry.name);
        let mut targets: Vec<ServiceConfig> = targets.cloned().collect();
        let (port, listen) = (first.config.port, first.config.listen);
        let mut service = ServiceConfig { port, listen, targets: Vec::new(), ..entry.clone() };
        let is_whole = selected.len() == entry.polled().count();
        let target_files = std::mem::take(&mut service.targets_from);
        let target_files = if is_whole { target_files } else { Vec::new() };
        // The container reads the target files again, so the config does not repeat their targets.
        let of_files =
            if target_files.is_empty() { Vec::new() } else { without_written(&mut targets, &service, plan) };
        if !targets.is_empty() && target_files.is_empty() {
            forget_overridden(&mut service, &targets);
        }
        let files = files(&service, &of_files, &targets)?;
        service.targets = targets;
        service.targets_from = inside(&target_files);
        place(&mut service, &files);
        Ok(Some(Self { service, files, target_files }))
    }
}

/// Removes the targets that are not written in the config itself, and returns them.
fn without_written(
    targets: &mut Vec<ServiceConfig>,
    service: &ServiceConfig,
    plan: &Plan,
) -> Vec<ServiceConfig> {
    let written = config::parse(&plan.source.file, &plan.source.text).map(|config| config.services);
    let written = written.unwrap_or_default().into_iter().find(|written| written.name == service.name);
    let names: Vec<String> =
        written.into_iter().flat_map(|service| service.targets).map(|target| target.name).collect();
    let (kept, of_files) =
        std::mem::take(targets).into_iter().partition(|target| names.contains(&target.name));
    *targets = kept;
    of_files
}

/// Removes the files of the service that all targets override, because nothing reads them.
fn forget_overridden(service: &mut ServiceConfig, targets: &[ServiceConfig]) {
    for (_, path) in mounted_files::ALL {
        let own = path(service).clone();
        if targets.iter().all(|target| *path(&mut target.clone()) != own) {
            *path(service) = None;
        }
    }
}

fn files(
    service: &ServiceConfig,
    of_files: &[ServiceConfig],
    targets: &[ServiceConfig],
) -> Result<MountedFiles, Diagnostic> {
    let mut files = MountedFiles::default();
    files.add(service)?;
    of_files.iter().try_for_each(|target| files.add_named(target))?;
    targets.iter().try_for_each(|target| files.add(target))?;
    Ok(files)
}

/// Returns the patterns of the target files in the container, which are all in one directory.
fn inside(patterns: &[String]) -> Vec<String> {
    let names = patterns.iter().filter_map(|pattern| Path::new(pattern).file_name());
    let mut inside: Vec<String> =
        names.map(|name| format!("{}/{}", mounted_files::TARGETS, name.to_string_lossy())).collect();
    inside.sort();
    inside.dedup();
    inside
}

/// Replaces the paths and the address of a service and its targets with those inside the container.
fn place(service: &mut ServiceConfig, files: &MountedFiles) {
    if !service.listen.is_unspecified() {
        // Probes and scrapes come from outside the pod.
        service.listen = Ipv6Addr::UNSPECIFIED.into();
    }
    let listen = service.listen;
    files.place(service);
    for target in &mut service.targets {
        files.place(target);
        target.listen = listen;
    }
}
