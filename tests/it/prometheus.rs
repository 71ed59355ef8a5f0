//! A real Prometheus scrapes the real binary and returns its values by the query API.

use std::fs;
use std::io::Write;
use std::process::{Command, Stdio};

use serde_json::json;

use crate::support::fake_api::{FakeApi, Response};
use crate::support::process::{Cton, Served, free_port, scratch, tool};
use crate::support::prometheus::Prometheus;
use crate::support::shipped_config::config_with;

#[test]
fn promtool_accepts_the_exposition_of_the_shipped_config() {
    let Some(promtool) = tool("promtool") else { return };
    let port = free_port();
    let _cton = Cton::new(["-s", "splunk", "--replay", "services/replay/splunk"])
        .arg(format!("--listen=127.0.0.1:{port}"))
        .serve(port);
    let exposition = crate::support::process::scrape(port, "/metrics").body;
    assert!(
        exposition.contains("incidents_per_team_total{") && exposition.contains("process_"),
        "{exposition}"
    );
    let mut check = Command::new(promtool);
    check.args(["check", "metrics"]).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut check = check.spawn().unwrap();
    check.stdin.take().unwrap().write_all(exposition.as_bytes()).unwrap();
    let output = check.wait_with_output().unwrap();
    let printed =
        [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).concat();
    let found: Vec<&str> = printed.lines().collect();
    assert_eq!(found, Vec::<&str>::new(), "{}", output.status);
}

#[test]
fn a_value_of_the_api_is_returned_by_a_prometheus_query() {
    let port = free_port();
    let Some(prometheus) = Prometheus::scraping("prometheus", port, "") else { return };
    let _cton = Cton::new(["-s", "splunk", "--replay", "services/replay/splunk"])
        .arg(format!("--listen=127.0.0.1:{port}"))
        .serve(port);
    let exported = crate::support::process::scrape(port, "/metrics").body;
    let line = exported.lines().find(|line| line.starts_with("number_of_incidents_total ")).unwrap();
    let value: f64 = line.split(' ').nth(1).unwrap().parse().unwrap();
    assert_eq!(prometheus.eventually("number_of_incidents_total"), value);
    assert_eq!(prometheus.eventually("up{job='cton'} == 1"), 1.0);
    assert_eq!(prometheus.eventually("cton_service_up{service='splunk'}"), 1.0);
    assert!(prometheus.eventually("time_taken_to_resolve_sum / time_taken_to_resolve_count") > 0.0);
}

#[test]
fn prometheus_scrapes_over_tls_with_a_password_and_a_client_certificate() {
    let port = free_port();
    let tls = std::env::current_dir().unwrap().join("tests/api/tls").display().to_string();
    let scrape = format!(
        "    scheme: https
    basic_auth: {{username: prometheus, password: 'a secret'}}
    tls_config: {{ca_file: {tls}/authority.pem, server_name: localhost, cert_file: {tls}/client.pem, key_file: {tls}/client-key.pem}}
"
    );
    let Some(prometheus) = Prometheus::scraping("prometheus-tls", port, &scrape) else { return };
    let web = prometheus.dir.join("web.yml");
    let hash = bcrypt::hash("a secret", 10).unwrap();
    let config = format!(
        "tls_server_config:
  cert_file: {tls}/server.pem
  key_file: {tls}/server-key.pem
  client_auth_type: RequireAndVerifyClientCert
  client_ca_file: {tls}/authority.pem
  client_allowed_sans: [cton.test]
basic_auth_users: {{prometheus: {hash}}}
"
    );
    fs::write(&web, config).unwrap();
    let _cton = Cton::new(["-s", "splunk", "--replay", "services/replay/splunk", "--web-config"])
        .arg(web)
        .arg(format!("--listen=127.0.0.1:{port}"))
        .start();
    assert_eq!(prometheus.eventually("up{job='cton'} == 1"), 1.0);
    assert_eq!(prometheus.eventually("cton_service_up{service='splunk'} == 1"), 1.0);
    assert!(prometheus.eventually("number_of_incidents_total") > 0.0);
}

#[test]
fn prometheus_discovers_the_exporter_by_http() {
    let port = free_port();
    let discovery = format!(
        "    http_sd_configs: [{{url: 'http://127.0.0.1:{port}/-/targets', refresh_interval: 1s}}]
    relabel_configs: [{{source_labels: [__meta_cton_services], regex: '.*,splunk,.*', target_label: found, replacement: 'yes'}}]
"
    );
    let Some(prometheus) = Prometheus::with("prometheus-http-sd", &discovery) else { return };
    // On every address: the target has the one that Prometheus has asked.
    let _cton = Cton::new(["-s", "splunk", "--replay", "services/replay/splunk"])
        .arg(format!("--listen=:{port}"))
        .serve(port);
    let up = format!("up{{job='cton',found='yes',instance='127.0.0.1:{port}'}} == 1");
    assert_eq!(prometheus.eventually(&up), 1.0);
    assert!(prometheus.eventually("number_of_incidents_total{found='yes'}") > 0.0);
}

#[test]
fn prometheus_discovers_the_exporter_by_a_file_of_targets_over_tls() {
    let port = free_port();
    let tls = std::env::current_dir().unwrap().join("tests/api/tls").display().to_string();
    let discovery = format!(
        "    file_sd_configs: [{{files: ['targets.json'], refresh_interval: 1s}}]
    tls_config: {{ca_file: {tls}/authority.pem, server_name: localhost}}
"
    );
    let Some(prometheus) = Prometheus::with("prometheus-file-sd", &discovery) else { return };
    let web = prometheus.dir.join("web.yml");
    let config =
        format!("tls_server_config: {{cert_file: {tls}/server.pem, key_file: {tls}/server-key.pem}}");
    fs::write(&web, config).unwrap();
    let cton = || {
        let cton = Cton::new(["-s", "splunk", "--replay", "services/replay/splunk", "--web-config"]);
        cton.arg(&web).arg(format!("--listen=:{port}"))
    };
    let told = cton().arg("--print-targets").arg("--advertise=127.0.0.1").output();
    assert!(told.status.success(), "{}", String::from_utf8_lossy(&told.stderr));
    fs::write(prometheus.dir.join("targets.json"), told.stdout).unwrap();
    let _cton = cton().start();
    assert_eq!(prometheus.eventually("up{job='cton'} == 1"), 1.0);
}

/// The response of the API that two processes poll.
const INCIDENTS: &str = r#"{"total": 1, "offset": 0, "limit": 100, "incidents": [{"incidentNumber": "1",
    "currentPhase": "triggered", "startTime": "2026-11-23T20:00:00Z", "pagedTeams": ["web"],
    "transitions": [{"name": "triggered", "at": "2026-11-23T20:00:00Z"}]}]}"#;

#[test]
fn the_alert_of_a_killed_process_fires_and_none_of_the_other_process() {
    let dir = scratch("two-processes");
    let api = FakeApi::start(|_| Response::json(INCIDENTS));
    let file = config_with(&dir, &api.url("/api-reporting/v2/incidents"), &json!({}), &json!({}));
    let start = |port: u16| {
        let cton = Cton::new(["-s", "splunk", "-c", file.to_str().unwrap()]);
        cton.arg(format!("--listen=127.0.0.1:{port}")).serve(port)
    };
    let (killed, other) = (free_port(), free_port());
    let processes: [Served; 2] = [killed, other].map(start);
    let rules = Cton::new(["alerts"]).output();
    // A rule must hold as long as in production, but in other units.
    let rules = String::from_utf8(rules.stdout).unwrap().replace("for: \"5m\"", "for: \"5s\"");
    fs::write(dir.join("cton-alerts.yml"), rules).unwrap();
    let config = format!(
        "global: {{scrape_interval: 1s, evaluation_interval: 1s}}
rule_files: [cton-alerts.yml]
scrape_configs: [{{job_name: cton, static_configs: [{{targets: ['127.0.0.1:{killed}', '127.0.0.1:{other}']}}]}}]
"
    );
    let Some(prometheus) = Prometheus::configured(dir, &config) else { return };
    assert_eq!(prometheus.eventually("sum(cton_service_up{job='cton'}) == 2"), 2.0);
    // Before its first scrape, Prometheus has no target.
    assert_eq!(prometheus.eventually("(count(ALERTS) or vector(0)) == 0"), 0.0);
    let [first, _second] = processes;
    drop(first);
    let firing = format!(
        "ALERTS{{alertname='CtonDown',alertstate='firing',severity='critical',instance='127.0.0.1:{killed}'}}"
    );
    assert_eq!(prometheus.eventually(&firing), 1.0);
    assert_eq!(prometheus.eventually("count(ALERTS{alertname!='CtonDown'}) or vector(0)"), 0.0);
    let of_other = format!("count(ALERTS{{instance='127.0.0.1:{other}'}}) or vector(0)");
    assert_eq!(prometheus.eventually(&of_other), 0.0);
    let _again = start(killed);
    assert_eq!(prometheus.eventually("(count(ALERTS) or vector(0)) == 0"), 0.0);
}
