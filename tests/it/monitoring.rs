//! The output of `cton dashboard`, `cton alerts` and `cton prometheus-config`: the examples in packaging/monitoring/, and their
//! validation by promtool.
//!
//! `UPDATE_GOLDENS=1 cargo test --test it monitoring` writes the examples again. packaging/check.sh validates
//! the dashboard by the model of Grafana, and tests/slow/dashboard.rs runs its queries.

use std::fs;
use std::process::Command;

use saphyr::{LoadableYamlNode as _, Yaml};
use serde_json::Value;

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
        ("cton-alerts.yml", &["alerts"]),
        ("prometheusrule.yaml", &["alerts", "--format=prometheus-rule"]),
        ("mixin/alerts.libsonnet", &["alerts", "--format", "mixin"]),
        ("prometheus.yml", &["prometheus-config", "-s", "splunk", "--advertise", "cton.internal"]),
    ] {
        golden::same(&format!("{DIR}/{file}"), &printed(arguments));
    }
}

#[test]
fn all_services_are_the_default_and_equal_configs_give_equal_bytes() {
    for command in ["dashboard", "prometheus-config"] {
        let all = printed(&[command]);
        assert_eq!(all, printed(&[command, "--all"]));
        assert_eq!(all, printed(&[command, "-s", "splunk", "-s", "splunk", "-c", "config.json"]));
    }
}

#[test]
fn an_impossible_selection_is_a_usage_error_and_prints_nothing() {
    for command in ["dashboard", "prometheus-config"] {
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
    let [guide, runbook] =
        ["docs/monitoring.md", "docs/troubleshooting.md"].map(|page| fs::read_to_string(page).unwrap());
    let alerts = alerts();
    assert_eq!(alerts.len(), 8, "{alerts:?}");
    for alert in alerts {
        assert!(tests.contains(&format!("{{alertname='{alert}'")), "no test in which {alert} fires");
        assert!(
            runbook.contains(&format!("\n### {alert}\n")),
            "docs/troubleshooting.md has no section {alert}"
        );
        let link = format!("| [{alert}](troubleshooting.md#{}) |", alert.to_lowercase());
        assert!(guide.contains(&link), "docs/monitoring.md does not list {alert}");
    }
}

/// The names of all alerts of the example.
fn alerts() -> Vec<String> {
    let rules = fs::read_to_string(format!("{DIR}/cton-alerts.yml")).unwrap();
    let names = rules.lines().filter_map(|line| line.trim_start_matches([' ', '-']).strip_prefix("alert: "));
    names.map(str::to_owned).collect()
}

/// Evaluates an expression of Jsonnet; `None` if the program is not installed.
fn jsonnet(expression: &str) -> Option<Value> {
    let output = Command::new(tool("jsonnet")?).args(["-e", expression]).output().unwrap();
    assert!(output.status.success(), "{expression}: {}", String::from_utf8_lossy(&output.stderr));
    Some(serde_json::from_slice(&output.stdout).unwrap())
}

/// Reads YAML as JSON.
fn json(yaml: &Yaml<'_>) -> Value {
    match yaml {
        Yaml::Mapping(map) => {
            map.iter().map(|(key, value)| (key.as_str().unwrap().to_owned(), json(value))).collect()
        }
        Yaml::Sequence(list) => list.iter().map(json).collect(),
        scalar => scalar.as_str().unwrap().into(),
    }
}

fn yaml(text: &str) -> Value {
    json(&Yaml::load_from_str(text).unwrap()[0])
}

#[test]
fn the_mixin_and_the_prometheus_rule_have_the_same_rules_as_the_rule_file() {
    let rules = yaml(&printed(&["alerts"]));
    assert_eq!(yaml(&printed(&["alerts", "--format", "prometheus-rule"]))["spec"], rules);
    let mixin = format!("import '{DIR}/mixin/mixin.libsonnet'");
    let Some(alerts) = jsonnet(&format!("({mixin}).prometheusAlerts")) else { return };
    assert_eq!(alerts, rules);
    let dashboards = jsonnet(&format!("({mixin}).grafanaDashboards")).unwrap();
    let dashboard = fs::read_to_string(format!("{DIR}/dashboard.json")).unwrap();
    assert_eq!(dashboards["collectington.json"], serde_json::from_str::<Value>(&dashboard).unwrap());
}

#[test]
fn the_options_of_the_mixin_have_the_effect_of_those_of_the_command() {
    let file = scratch("alert-options").join("rules.yml");
    let text = printed(&["alerts", "--selector", "job=\"saas\",env=~\"a|b\"", "--severity", "CtonDown=page"]);
    assert!(text.contains("up{job=\"saas\",env=~\"a|b\"} == 0") && !text.contains("job=\"cton\""), "{text}");
    let joined = ["alerts", "--job=saas", "--selector=env=~\"a|b\"", "--severity=CtonDown=page"];
    assert_eq!(text, printed(&joined));
    fs::write(&file, &text).unwrap();
    promtool(&["check", "rules", file.to_str().unwrap()]);
    let config =
        "{ _config+:: { selector: 'job=\"saas\",env=~\"a|b\"', severities+: { CtonDown: 'page' } } }";
    let mixin = format!("((import '{DIR}/mixin/mixin.libsonnet') + {config}).prometheusAlerts");
    let Some(alerts) = jsonnet(&mixin) else { return };
    assert_eq!(alerts, yaml(&text));
}

#[test]
fn an_invalid_option_of_the_rules_is_a_usage_error() {
    for (arguments, part) in [
        (["alerts", "--format=yaml"], "give `rules`, `prometheus-rule` or `mixin`"),
        (["alerts", "--selector={}"], "give matchers without braces"),
        (["alerts", "--severity=CtonDwn=page"], "a similar name exists: `CtonDown`"),
        (["alerts", "--service=splunk"], "`--service` does not apply to `cton alerts`"),
        (["dashboard", "--job=saas"], "`--job` does not apply to `cton dashboard`"),
    ] {
        let message = refused(&arguments);
        assert!(message.contains(part), "{arguments:?}: {message}");
    }
    let message = refused(&["alerts", "--format=mixin", "--job=saas"]);
    assert!(message.contains("`_config` of the mixin"), "{message}");
}

/// The rules must have no number of a config, so that they serve every one.
#[test]
fn every_series_of_a_rule_is_exported_and_no_rule_names_a_service() {
    let rules = printed(&["alerts"]);
    let families = fs::read_to_string("docs/metrics.md").unwrap();
    let names = rules
        .split(|c: char| !c.is_ascii_alphanumeric() && c != '_')
        .filter(|word| word.starts_with("cton_"));
    let mut names: Vec<&str> = names.collect();
    names.sort_unstable();
    names.dedup();
    assert!(names.len() > 10, "{names:?}");
    for name in names {
        assert!(families.contains(&format!("| `{name}` |")), "{name}");
    }
    assert!(!rules.contains("splunk"), "{rules}");
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
