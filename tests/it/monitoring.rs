//! The output of `cton dashboard`, `cton alerts` and `cton prometheus-config`: the examples in packaging/monitoring/, and their
//! validation by promtool.
//!
//! `UPDATE_GOLDENS=1 cargo test --test it monitoring` writes the examples again. packaging/check.sh validates
//! the dashboard by the model of Grafana, and tests/slow/dashboard.rs runs its queries.

use std::fs;
use std::process::Command;

use crate::support::golden;
use crate::support::process::{Cton, scratch, tool};

const DIR: &str = "packaging/monitoring";

fn printed(arguments: &[&str]) -> String {
    let output = Cton::new(arguments.iter().copied()).output();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

fn refused(arguments: &[&str]) -> String {
    let output = Cton::new(arguments.iter().copied()).output();
    assert_eq!((output.status.code(), output.stdout.as_slice()), (Some(2), &b""[..]), "{arguments:?}");
    String::from_utf8(output.stderr).unwrap()
}

fn promtool(arguments: &[&str]) {
    let Some(promtool) = tool("promtool") else { return };
    let output = Command::new(promtool).args(arguments).output().unwrap();
    let text = [output.stdout, output.stderr].concat();
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&text));
}

#[test]
fn the_examples_are_generated_from_the_shipped_config() {
    for (file, arguments) in [
        ("dashboard.json", &["dashboard", "-s", "splunk"][..]),
        ("cton-alerts.yml", &["alerts", "--service=splunk"]),
        ("prometheus.yml", &["prometheus-config", "-s", "splunk", "--advertise", "cton.internal"]),
    ] {
        golden::same(&format!("{DIR}/{file}"), &printed(arguments));
    }
}

#[test]
fn all_services_are_the_default_and_equal_configs_give_equal_bytes() {
    for command in ["dashboard", "alerts", "prometheus-config"] {
        let all = printed(&[command]);
        assert_eq!(all, printed(&[command, "--all"]));
        assert_eq!(all, printed(&[command, "-s", "splunk", "-s", "splunk", "-c", "config.json"]));
    }
}

#[test]
fn an_impossible_selection_is_a_usage_error_and_prints_nothing() {
    for command in ["dashboard", "alerts", "prometheus-config"] {
        let message = refused(&[command, "-s", "splnk"]);
        assert!(
            message.contains("no service is named `splnk`\n  = help: a similar name exists: `splunk`"),
            "{message}"
        );
        assert!(
            refused(&[command, "-s", "splunk", "--all"])
                .contains("`--all` and `--service` exclude each other")
        );
        assert!(refused(&[command, "-c", "no-such.json"]).contains("no-such.json"));
        assert!(refused(&[command, "--replay", "x"]).contains("`--replay` does not apply to `cton "));
        assert_eq!(printed(&["-s", "splunk", command]), printed(&[command, "-s", "splunk"]));
        assert!(printed(&[command, "--help"]).contains("-s, --service"));
    }
    let message = refused(&["prometheus-config", "--web-config", "no-such.yml"]);
    assert!(message.contains("no-such.yml"), "{message}");
}

#[test]
fn promtool_accepts_the_rules_and_each_alert_fires_when_it_should() {
    promtool(&["check", "rules", &format!("{DIR}/cton-alerts.yml")]);
    promtool(&["test", "rules", &format!("{DIR}/cton-alerts.test.yml")]);
    let tests = fs::read_to_string(format!("{DIR}/cton-alerts.test.yml")).unwrap();
    let guide = fs::read_to_string("docs/monitoring.md").unwrap();
    let alerts = alerts();
    assert!(alerts.len() > 5, "{alerts:?}");
    for alert in alerts {
        assert!(tests.contains(&format!("{{alertname='{alert}'")), "no test in which {alert} fires");
        assert!(
            guide.contains(&format!("### {alert}\n")),
            "docs/monitoring.md does not say what to do at {alert}"
        );
    }
}

/// The names of all alerts of the example.
fn alerts() -> Vec<String> {
    let rules = fs::read_to_string(format!("{DIR}/cton-alerts.yml")).unwrap();
    let names = rules.lines().filter_map(|line| line.trim_start_matches([' ', '-']).strip_prefix("alert: "));
    names.map(str::to_owned).collect()
}

#[test]
fn thresholds_are_those_of_the_config() {
    let dir = scratch("thresholds");
    let alerts = |changes: &[(&str, serde_json::Value)]| {
        let text = fs::read_to_string("config.json").unwrap();
        let mut config: serde_json::Value = serde_json::from_str(&text).unwrap();
        for (key, value) in changes {
            config["services"]["splunk"][*key] = value.clone();
        }
        let file = dir.join("config.json");
        fs::write(&file, config.to_string()).unwrap();
        let text = printed(&["alerts", "-c", file.to_str().unwrap()]);
        fs::write(dir.join("rules.yml"), &text).unwrap();
        promtool(&["check", "rules", dir.join("rules.yml").to_str().unwrap()]);
        text
    };
    let hourly = alerts(&[("data_store_expiration_sec", 3600.into()), ("stale_after_intervals", 3.into())]);
    assert!(
        hourly.contains("> time() - 10800\"") && hourly.contains("[20h]") && hourly.contains("[5h]"),
        "{hourly}"
    );
    // Its first poll may take as long as its responses are kept.
    assert!(hourly.contains("for: \"1h\"\n"), "{hourly}");
    let rare = alerts(&[("calls_per_minute", 0.5.into()), ("stale_after_intervals", 0.into())]);
    assert!(rare.contains("> time() - 600\"") && rare.contains("[40m]"), "{rare}");
    // The interval of the service replaces the one of the file, which is 2 seconds.
    let slow = alerts(&[("api_call_intervals", 3600.into()), ("stale_after_intervals", 3.into())]);
    assert!(slow.contains("> time() - 10800\"") && slow.contains("[20h]"), "{slow}");
    let fast = alerts(&[("api_call_intervals", 90.into()), ("stale_after_intervals", 10.into())]);
    assert!(fast.contains("> time() - 900\""), "{fast}");
    assert!(!rare.contains("CtonGaugesStale"), "gauges that never go are never missed: {rare}");
}

#[test]
fn promtool_accepts_the_scrape_config_for_every_kind_of_target() {
    promtool(&["check", "config", &format!("{DIR}/prometheus.yml")]);
    let dir = scratch("scrape-config");
    fs::copy(format!("{DIR}/cton-alerts.yml"), dir.join("cton-alerts.yml")).unwrap();
    let tls = std::env::current_dir().unwrap().join("tests/api/tls").display().to_string();
    let web = format!("tls_server_config: {{cert_file: {tls}/server.pem, key_file: {tls}/server-key.pem}}");
    fs::write(dir.join("web.yml"), web).unwrap();
    let web = dir.join("web.yml");
    for (arguments, expected) in [
        (&["--advertise=::1"][..], "\"[::1]:8000\""),
        (&["--listen=127.0.0.1:9000"], "\"127.0.0.1:9000\""),
        (&["--web-config", web.to_str().unwrap()], "scheme: https"),
    ] {
        let text = printed(&[&["prometheus-config"], arguments].concat());
        assert!(text.contains(expected) && text.contains("scrape_interval: \"30s\""), "{text}");
        fs::write(dir.join("prometheus.yml"), &text).unwrap();
        promtool(&["check", "config", dir.join("prometheus.yml").to_str().unwrap()]);
    }
}
