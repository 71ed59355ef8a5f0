//! The command `cton kubernetes`: the objects that run each service as its own small deployment.
//!
//! They are generated from the config, so that ports, files and limits agree with it. They name secrets and never
//! contain them.

mod container_config;
mod mounted_files;
mod objects;

use std::collections::{BTreeMap, BTreeSet};

use container_config::ContainerConfig;
use objects::Deployed;

use super::monitoring::Timing;
use super::yaml;
use crate::config::{OAuth2Grant, ServiceConfig};
use crate::fetch::url::Url;
use crate::poll::plan::{Plan, Planned};
use crate::support::diagnostic::Diagnostic;
use crate::support::{memory_limit, shell};

/// The most APIs that the comment of a service names.
const NAMED_APIS: usize = 3;

/// Returns the objects of every service of the plan, as YAML documents. All targets of a service share its objects.
///
/// # Errors
/// The name of a service is not valid for an object, two services have the same object name, or two files of a service
/// have the same key in its Secret.
pub(crate) fn manifests(plan: &Plan) -> Result<String, Diagnostic> {
    let mut text = shared_origins(plan.services.iter().map(|planned| (planned.service(), &planned.config)));
    let mut names = BTreeMap::new();
    for selected in plan.by_service() {
        let service = selected.first().map(Planned::service).unwrap_or_default();
        let name = object_name(service)?;
        if let Some(other) = names.insert(name.clone(), service) {
            let problem = format!("services `{other}` and `{service}`: same object name `{name}`");
            return Err(Diagnostic::new(problem).help("rename one of them in config.json"));
        }
        text += &deployed(&name, selected, plan)?;
    }
    Ok(text)
}

/// Returns a comment for each API that several services poll. Its limits hold for all of them together, but separate
/// processes do not share them.
fn shared_origins<'a>(polled: impl Iterator<Item = (&'a str, &'a ServiceConfig)>) -> String {
    let mut origins: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for (service, config) in polled {
        let services = origins.entry(origin(config)).or_default();
        if !services.contains(&service) {
            services.push(service);
        }
    }
    let shared = origins.into_iter().filter(|(_, services)| services.len() > 1);
    let comment = |(origin, services): (String, Vec<&str>)| {
        format!(
            "# {} poll {origin}. Separate deployments do not share its rate limit: set `calls_per_minute` for each.\n",
            services.join(", ")
        )
    };
    shared.map(comment).collect()
}

fn origin(config: &ServiceConfig) -> String {
    Url::parse(&config.api_url).map_or_else(|_| config.api_url.clone(), |url| url.origin())
}

/// Returns the objects of a service, after a comment that names its APIs and its files.
fn deployed(name: &str, selected: &[Planned], plan: &Plan) -> Result<String, Diagnostic> {
    let Some(container) = ContainerConfig::new(selected, plan)? else { return Ok(String::new()) };
    let text = comment(name, &container, selected);
    let state_dir = plan.config.state_dir.as_ref().map(|_| mounted_files::STATE.into());
    let fastest = selected.iter().map(|planned| Timing::of(planned, plan)).min_by_key(|timing| timing.period);
    let config =
        crate::config::Config { state_dir, services: vec![container.service.clone()], ..plan.config.clone() };
    let deployed = Deployed {
        name,
        config,
        container,
        scrape_interval: fastest.map(Timing::scrape_interval).unwrap_or_default(),
        memory: memory_limit::bound(selected.iter().map(|planned| &planned.config)),
        polled: selected.len(),
    };
    let objects = deployed.objects()?;
    Ok(objects.iter().fold(text, |text, object| text + "---\n" + &yaml::document(object)))
}

/// Returns the comment above the objects of a service.
fn comment(name: &str, container: &ContainerConfig, selected: &[Planned]) -> String {
    let mut text = format!("# {}: {}\n", container.service.name, apis(selected));
    for command in container.files.commands(name) {
        text += &format!("# Create its Secret first: {command}\n");
    }
    let patterns = container.target_files.iter();
    let files: String = patterns.map(|pattern| format!(" --from-file={}", target_files(pattern))).collect();
    if !files.is_empty() {
        text += &format!("# Create its target files first: kubectl create configmap {name}-targets{files}\n");
        text += "# A secret file of a target file is the key of the Secret with its file name.\n";
    }
    let mut grants = selected.iter().filter_map(|planned| planned.config.oauth2.as_ref());
    if grants.any(|oauth2| oauth2.grant == OAuth2Grant::RefreshToken) {
        text += "# Mount a persistent volume for `refresh_token_file`: a lost refresh token requires a new login.\n";
    }
    text
}

/// Returns the URL of the API of a service, or the number of its targets and the URLs of some of their APIs.
fn apis(selected: &[Planned]) -> String {
    let is_target = |planned: &Planned| planned.service() != planned.config.name;
    let urls: BTreeSet<&str> = selected.iter().map(|planned| planned.config.api_url.as_str()).collect();
    let mut named = urls.iter().take(NAMED_APIS).copied().collect::<Vec<_>>().join(", ");
    if urls.len() > NAMED_APIS {
        named += &format!(" and {} more", urls.len() - NAMED_APIS);
    }
    match selected.iter().filter(|planned| is_target(planned)).count() {
        0 => named,
        1 => format!("1 target of {named}"),
        targets => format!("{targets} targets of {named}"),
    }
}

/// Returns the directory or the file of a pattern as a word of a command.
fn target_files(pattern: &str) -> String {
    let path = std::path::Path::new(pattern);
    let is_pattern = path.file_name().is_some_and(|name| name.to_string_lossy().contains('*'));
    let dir = path.parent().filter(|dir| !dir.as_os_str().is_empty()).unwrap_or(".".as_ref());
    shell::word(if is_pattern { dir } else { path })
}

/// Returns the object name of a service, a DNS label (RFC 1123).
fn object_name(service: &str) -> Result<String, Diagnostic> {
    let name = format!("cton-{}", service.replace('_', "-"));
    if name.len() > 63 || name.ends_with('-') {
        let problem = format!("service `{service}`: invalid name for Kubernetes");
        let expected =
            "rename it in config.json to at most 58 characters that end in a letter or digit, and rebuild";
        return Err(Diagnostic::new(problem).help(expected));
    }
    Ok(name)
}

#[cfg(test)]
mod tests {
    use super::{object_name, shared_origins};
    use crate::config::minimal_config::{minimal_config, minimal_service};

    #[test]
    fn services_of_one_api_are_reported_because_deployments_do_not_share_its_rate_limit() {
        let service = |name: &str, port: u16, url: &str| {
            let keys = serde_json::json!({
                "port": port, "api_url": url,
                "prometheus_metrics_mapping": { "gauge": [format!("{name}_open")] },
            });
            (name.to_owned(), minimal_service(&keys))
        };
        let config = minimal_config([
            service("one", 8000, "https://api.test/v1"),
            service("two", 8001, "https://api.test:443/v2"),
            service("other", 8002, "https://other.test/"),
        ]);
        let config = crate::config::parse("config.json", &config).unwrap();
        let comment = shared_origins(config.services.iter().map(|service| (service.name.as_str(), service)));
        assert!(comment.starts_with("# one, two poll https://api.test. "), "{comment}");
        assert_eq!(comment.lines().count(), 1, "{comment}");
    }

    #[test]
    fn a_service_name_becomes_a_valid_object_name_or_is_rejected() {
        assert_eq!(object_name("on_call2"), Ok("cton-on-call2".to_owned()));
        assert!(object_name(&"a".repeat(58)).is_ok());
        for wrong in ["a_", &"a".repeat(59)] {
            assert!(object_name(wrong).unwrap_err().to_string().contains("at most 58 characters"), "{wrong}");
        }
    }
}
