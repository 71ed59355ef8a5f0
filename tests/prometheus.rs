//! A real Prometheus scrapes the real binary, and the value comes back through its query API.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may panic")]

mod support;

use std::fs;
use std::io::Write;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use support::process::{Cton, Running, free_port, scratch, tool};

#[test]
fn promtool_finds_nothing_wrong_with_the_page_of_the_shipped_config() {
    let Some(promtool) = tool("promtool") else { return };
    let port = free_port();
    let _cton = Cton::new(["-s", "splunk", "--replay", "services/replay/splunk"])
        .arg(format!("--listen=127.0.0.1:{port}"))
        .serve(port);
    let page = support::process::scrape(port, "/metrics").body;
    assert!(page.contains("incidents_per_team_total{") && page.contains("process_"), "{page}");
    let mut check = Command::new(promtool);
    check.args(["check", "metrics"]).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut check = check.spawn().unwrap();
    check.stdin.take().unwrap().write_all(page.as_bytes()).unwrap();
    let output = check.wait_with_output().unwrap();
    let said =
        [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).concat();
    assert!(output.status.success() && said.trim().is_empty(), "{said}");
}

#[test]
fn a_value_of_the_api_comes_back_through_prometheus() {
    let Some(prometheus) = tool("prometheus") else { return };
    let port = free_port();
    let _cton = Cton::new(["-s", "splunk", "--replay", "services/replay/splunk"])
        .arg(format!("--listen=127.0.0.1:{port}"))
        .serve(port);

    let dir = scratch("prometheus");
    let config = format!(
        "global: {{scrape_interval: 1s}}\nscrape_configs:\n  - job_name: cton\n    static_configs: [{{targets: ['127.0.0.1:{port}']}}]\n"
    );
    fs::write(dir.join("prometheus.yml"), config).unwrap();
    let web = free_port();
    let server = Command::new(prometheus)
        .arg(format!("--config.file={}", dir.join("prometheus.yml").display()))
        .arg(format!("--storage.tsdb.path={}", dir.join("data").display()))
        .arg(format!("--web.listen-address=127.0.0.1:{web}"))
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let _server = Running(server);

    let query = |expr: &str| -> Option<f64> {
        let url = format!("http://127.0.0.1:{web}/api/v1/query");
        let mut answer = ureq::get(&url).query("query", expr).call().ok()?;
        let json: serde_json::Value = serde_json::from_reader(answer.body_mut().as_reader()).ok()?;
        json["data"]["result"].get(0)?["value"][1].as_str()?.parse().ok()
    };
    let eventually = |expr: &str| -> f64 {
        let deadline = Instant::now() + Duration::from_secs(30);
        loop {
            match query(expr) {
                Some(value) => return value,
                None if Instant::now() > deadline => panic!("Prometheus never had `{expr}`"),
                None => std::thread::sleep(Duration::from_millis(100)),
            }
        }
    };
    let exported = support::process::scrape(port, "/metrics").body;
    let line = exported.lines().find(|line| line.starts_with("number_of_incidents_total ")).unwrap();
    let value: f64 = line.split(' ').nth(1).unwrap().parse().unwrap();
    assert_eq!(eventually("number_of_incidents_total"), value);
    assert_eq!(eventually("up{job='cton'}"), 1.0);
    assert_eq!(eventually("cton_service_up{service='splunk'}"), 1.0);
    assert!(eventually("time_taken_to_resolve_sum / time_taken_to_resolve_count") > 0.0);
}
