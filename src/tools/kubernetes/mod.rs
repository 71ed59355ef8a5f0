//! The command `cton kubernetes`: the objects that run each service as its own small deployment.
//!
//! They are generated from the config, so that ports, files and limits agree with it. They name secrets and never
//! contain them.

mod mounted_files;
mod objects;

use std::collections::BTreeMap;
use std::net::Ipv6Addr;

use mounted_files::MountedFiles;
use objects::Deployed;

use super::monitoring::Timing;
use super::yaml;
use crate::config::{Config, OAuth2Grant, ServiceConfig};
use crate::fetch::url::Url;
use crate::poll::plan::Plan;
use crate::support::diagnostic::Diagnostic;

/// Returns the objects of every service of the plan, as YAML documents.
///
/// # Errors
/// The name of a service is not valid for an object, or two services have the same object name.
pub(crate) fn manifests(plan: &Plan) -> Result<String, Diagnostic> {
    let mut text = shared_origins(plan.services.iter().map(|planned| &planned.config));
    let mut names = BTreeMap::new();
    for planned in &plan.services {
        let config = &planned.config;
        let name = object_name(&config.name)?;
        if let Some(other) = names.insert(name.clone(), &config.name) {
            let problem = format!("services `{other}` and `{}`: same object name `{name}`", config.name);
            return Err(Diagnostic::new(problem).help("rename one of them in config.json"));
        }
        let interval = Timing::of(planned, plan).scrape_interval();
        text += &deployed(&name, config, &plan.config, interval)?;
    }
    Ok(text)
}

/// Returns a comment for each API that several services poll. Its limits hold for all of them together, but separate
/// processes do not share them.
fn shared_origins<'a>(services: impl Iterator<Item = &'a ServiceConfig>) -> String {
    let mut origins: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for config in services {
        let origin = Url::parse(&config.api_url).map_or_else(|_| config.api_url.clone(), |url| url.origin());
        origins.entry(origin).or_default().push(&config.name);
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

/// Returns the objects of a service, after a comment that names its API and its files.
fn deployed(
    name: &str,
    outside: &ServiceConfig,
    config: &Config,
    scrape_interval: String,
) -> Result<String, Diagnostic> {
    let files = MountedFiles::of(outside);
    let mut text = format!("# {}: {}\n", outside.name, outside.api_url);
    for command in files.commands(name) {
        text += &format!("# Create its Secret first: {command}\n");
    }
    if outside.oauth2.as_ref().is_some_and(|oauth2| oauth2.grant == OAuth2Grant::RefreshToken) {
        text += "# Mount a persistent volume for `refresh_token_file`: a lost refresh token requires a new login.\n";
    }
    let mut service = outside.clone();
    files.place(&mut service);
    if !service.listen.is_unspecified() {
        // Probes and scrapes come from outside the pod.
        service.listen = Ipv6Addr::UNSPECIFIED.into();
    }
    let state_dir = config.state_dir.as_ref().map(|_| mounted_files::STATE.into());
    let config = Config { state_dir, ..config.clone() };
    for object in (Deployed { name, service, config, files, scrape_interval }).objects()? {
        text += "---\n";
        text += &yaml::document(&object);
    }
    Ok(text)
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
        let comment = shared_origins(config.services.iter());
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
