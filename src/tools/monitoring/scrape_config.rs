//! The part of prometheus.yml that scrapes the services.

use serde_json::{Value, json};

use super::picked;
use super::timing::{Timing, written};
use crate::exposition::targets::{self, Target, Targets};
use crate::poll::plan::{Plan, Planned};
use crate::tools::yaml;

/// Returns one job for all ports, with the scrape interval of each port.
pub(crate) fn yaml(plan: &Plan, targets: &Targets) -> String {
    let paces: Vec<u64> = plan.ports().iter().map(|(_, services)| pace(services, plan)).collect();
    // Prometheus lowers its timeout to this interval. No target may have a timeout longer than its interval.
    let fastest = paces.iter().copied().min().unwrap_or_default();
    let groups = targets.ports.iter().zip(paces).map(|(port, pace)| group(targets, port, pace, fastest));
    let groups: Vec<Value> = groups.collect();
    let mut job =
        json!({ "job_name": "cton", "scrape_interval": written(fastest), "static_configs": groups });
    if targets.tls {
        job["scheme"] = "https".into();
    }
    let config = json!({ "rule_files": ["cton-alerts.yml"], "scrape_configs": [job] });
    head(plan, targets.tls) + &yaml::document(&config)
}

/// Returns the scrape interval of a port. Its services share one exposition, so the fastest service decides.
fn pace(services: &[&Planned], plan: &Plan) -> u64 {
    services.iter().map(|planned| Timing::of(planned, plan).scrape()).min().unwrap_or_default()
}

fn group(targets: &Targets, port: &Target, pace: u64, fastest: u64) -> Value {
    let mut group = json!({ "targets": [targets.told(port, &targets::machine())] });
    if pace != fastest {
        group["labels"] = json!({ "__scrape_interval__": written(pace) });
    }
    group
}

fn head(plan: &Plan, tls: bool) -> String {
    let picked = picked(plan);
    let mut head = format!(
        "# Made by `cton prometheus-config{picked}`.\n# cton-alerts.yml: `cton alerts{picked} > cton-alerts.yml`\n"
    );
    if tls {
        head += "# Add to the job what the web config asks for: `tls_config: {ca_file: ...}`, `basic_auth: {...}`.\n";
    }
    head
}
