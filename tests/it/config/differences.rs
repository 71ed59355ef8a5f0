//! Differences between a config and the compiled-in one.

use super::*;

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
fn a_config_for_the_running_binary_may_not_change_compiled_in_keys() {
    let metrics = "\"counter\": [\"incidents\"]";
    let each = [
        (metrics, "\"counter\": [\"incidents\", \"pages\"]"),
        (metrics, "\"counter\": [\"pages\"]"),
        (metrics, "\"gauge\": [\"incidents\"]"),
        ("\"port\"", "\"prometheus_metric_labels\": {\"incidents\": [\"team\"]}, \"port\""),
        ("\"port\"", "\"prometheus_metric_help\": {\"incidents\": \"How many.\"}, \"port\""),
        ("\"port\"", "\"prometheus_metric_units\": {\"incidents\": \"pieces\"}, \"port\""),
        ("SplunkApi", "Other"),
        ("splunk_api", "other"),
        ("\"splunk\"", "\"jira\""),
    ];
    let printed: String = each.map(|(from, to)| differences(LEAST, &LEAST.replace(from, to)) + "\n").concat();
    assert_eq!(
        printed,
        "run.json:11:42: metric `pages` is not in this binary; help: rebuild with this config, or remove it
run.json:5:9: metric `incidents` of service `splunk` is in this binary, but not here; help: rebuild with this config, or restore it
run.json:11:29: metric `pages` is not in this binary; help: rebuild with this config, or remove it
run.json:11:27: `incidents` has the kind gauge, but this binary was built with counter; help: rebuild with this config, or revert the change
run.json:11:29: `incidents` has the labels [\"team\"], but this binary was built with []; help: rebuild with this config, or revert the change
run.json:11:29: `incidents` has the HELP text `How many.`, but this binary was built with none; help: rebuild with this config, or revert the change
run.json:11:29: `incidents` has the unit `pieces`, but this binary was built with none; help: rebuild with this config, or revert the change
run.json:6:30: `service_class` is `Other`, but this binary was built with `SplunkApi`; help: rebuild with this config, or revert the change
run.json:7:31: `service_module` is `other`, but this binary was built with `splunk_api`; help: rebuild with this config, or revert the change
run.json:1:1: service `splunk` is in this binary, but not here; help: rebuild with this config, or restore it
run.json:5:9: service `jira` is not in this binary; help: rebuild with this config, or remove it
"
    );
}

fn differences(compiled: &str, run: &str) -> String {
    let (compiled, run) = (parse("config.json", compiled).unwrap(), parse("run.json", run).unwrap());
    run.differences("run.json", &compiled).map_or_else(|mistakes| mistakes.to_string(), |()| String::new())
}
