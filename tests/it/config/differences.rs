//! Differences between a config and the compiled-in one.

use super::*;

/// Two services with two metrics each, of which one is a histogram.
const TWO: &str = r#"{
    "api_call_intervals": 60,
    "log_level": "INFO",
    "services": {
        "splunk": {
            "service_class": "SplunkApi",
            "service_module": "splunk_api",
            "port": 8000,
            "api_url": "https://api.example.com",
            "prometheus_metrics_mapping": {"counter": ["incidents"], "histogram": ["wait"]},
            "prometheus_metric_labels": {"incidents": ["team", "stack"]},
            "prometheus_metric_buckets": {"wait": [1, 2]}
        },
        "github": {
            "service_class": "GithubApi",
            "service_module": "github_api",
            "port": 8001,
            "api_url": "https://api.example.com",
            "prometheus_metrics_mapping": {"gauge": ["pulls", "issues"]}
        }
    }
}"#;

#[test]
fn a_config_for_the_running_binary_may_change_operational_keys() {
    let changed = LEAST
        .replace("60", "5")
        .replace("INFO", "DEBUG")
        .replace("8000", "9000, \"listen\": \"::1\", \"retries\": 0, \"team\": [1]")
        .replace("https://api.example.com", "http://localhost");
    assert_eq!(differences(LEAST, &changed), "");
    let reordered = GOOD.replace("[\"team_name\", \"stack\"]", "[\"stack\", \"team_name\"]");
    assert_eq!(differences(GOOD, &reordered), "");
}

#[test]
fn a_config_for_the_running_binary_may_omit_services_and_metrics() {
    for (service, metric) in [("splunk", "incidents"), ("splunk", "wait"), ("github", "pulls")] {
        let mut partial: serde_json::Value = serde_json::from_str(TWO).unwrap();
        let services = partial["services"].as_object_mut().unwrap();
        services.retain(|name, _| name == service);
        let entry = services[service].as_object_mut().unwrap();
        entry["prometheus_metrics_mapping"].as_object_mut().unwrap().retain(|_, names| {
            names.as_array_mut().unwrap().retain(|name| name == metric);
            names != &serde_json::json!([])
        });
        for options in ["prometheus_metric_labels", "prometheus_metric_buckets"] {
            if let Some(all) = entry.get_mut(options) {
                all.as_object_mut().unwrap().retain(|name, _| name == metric);
            }
        }
        assert_eq!(differences(TWO, &partial.to_string()), "", "{partial}");
    }
}

#[test]
fn a_config_for_the_running_binary_may_change_help_units_and_buckets() {
    let buckets = "\"prometheus_metric_buckets\": {\"wait\": [1, 2]}";
    for changed in [
        "\"prometheus_metric_buckets\": {\"wait\": [0.5]}",
        "\"prometheus_metric_help\": {\"incidents\": \"Number of incidents.\"}",
        "\"prometheus_metric_units\": {\"wait\": \"minutes\"}",
    ] {
        assert_eq!(differences(TWO, &TWO.replace(buckets, changed)), "", "{changed}");
    }
}

#[test]
fn a_config_for_the_running_binary_may_not_change_compiled_in_keys() {
    let metrics = "\"counter\": [\"incidents\"]";
    let each = [
        (metrics, "\"counter\": [\"incidents\", \"pages\"]"),
        (metrics, "\"counter\": [\"incident\"]"),
        (metrics, "\"gauge\": [\"incidents\"]"),
        ("\"port\"", "\"prometheus_metric_labels\": {\"incidents\": [\"team\"]}, \"port\""),
        ("SplunkApi", "Other"),
        ("splunk_api", "other"),
        ("\"splunk\"", "\"jira\""),
        ("\"splunk\"", "\"splunc\""),
    ];
    let printed: String = each.map(|(from, to)| differences(LEAST, &LEAST.replace(from, to)) + "\n").concat();
    assert_eq!(
        printed,
        "run.json:11:42: metric `pages` of service `splunk` is not in this binary; help: rebuild with this config, or remove it
run.json:11:29: metric `incident` of service `splunk` is not in this binary; help: a similar name exists: `incidents`; help: rebuild with this config, or remove it
run.json:11:27: `incidents` has the kind gauge, but this binary was built with counter; help: rebuild with this config, or revert the change
run.json:11:29: `incidents` has the labels [\"team\"], but this binary was built with []; help: rebuild with this config, or revert the change
run.json:6:30: `service_class` is `Other`, but this binary was built with `SplunkApi`; help: rebuild with this config, or revert the change
run.json:7:31: `service_module` is `other`, but this binary was built with `splunk_api`; help: rebuild with this config, or revert the change
run.json:5:9: service `jira` is not in this binary; help: rebuild with this config, or remove it
run.json:5:9: service `splunc` is not in this binary; help: a similar name exists: `splunk`; help: rebuild with this config, or remove it
"
    );
}

#[test]
fn each_cause_is_one_error() {
    let moved = TWO.replace("\"incidents\"", "\"pulls\"").replace("\"issues\"", "\"incidents\"");
    let other_kind = TWO
        .replace("\"counter\": [\"incidents\"]", "\"gauge\": [\"incidents\"]")
        .replace("[\"team\", \"stack\"]", "[\"team\"]");
    let renamed = TWO.replace("\"splunk\"", "\"jira\"");
    for (config, errors) in [(moved, 2), (other_kind, 1), (renamed, 1)] {
        let printed = differences(TWO, &config);
        assert_eq!(printed.lines().count(), errors, "{printed}");
    }
}

fn differences(compiled: &str, run: &str) -> String {
    let (compiled, run) = (parse("config.json", compiled).unwrap(), parse("run.json", run).unwrap());
    run.differences("run.json", &compiled).map_or_else(|mistakes| mistakes.to_string(), |()| String::new())
}
