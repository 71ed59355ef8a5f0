//! The metrics that the keys and values of samples become.

use serde_json::Value;

use super::properties::{CONFIG, folder, made};
use crate::config;

#[test]
fn words_of_envelopes_stay_in_compound_keys_and_the_value_of_one_key_has_its_unit() {
    let sample = serde_json::json!({
        "queryResultCache": { "hits_ratio": 0.5 }, "result": { "load": 1.5 }, "latency_ms": { "value": 2.5 },
        "pair": [1_796_000_000.5, "3.5"],
    });
    let expected = ["x_latency_seconds", "x_pair", "x_query_result_cache_hits_ratio", "x_load"];
    assert_eq!(names_of("compound", &sample), expected);
}

#[test]
fn totals_of_events_are_counters_and_all_else_is_a_gauge() {
    let sample = serde_json::json!({
        "total_requests": 5, "downloadsTotal": 5, "total_price": 5, "total": 5, "requests": 5, "total_errors": 0.5,
        "id": 5, "page": 5, "created_at": 1764460000, "ok": true, "text": "5", "numbers": [5], "lists": [[5]], "nothing": null,
    });
    let (_, config) = made(&folder("kinds", CONFIG), "x", Some(&sample)).unwrap();
    let of = |kind: &str| {
        let metrics = config.services[0].metrics.iter().filter(|metric| metric.kind.as_str() == kind);
        metrics.map(|metric| metric.name.as_str()).collect::<Vec<_>>()
    };
    assert_eq!(of("counter"), ["x_downloads", "x_requests", "x_total_requests"]);
    assert_eq!(
        of("gauge"),
        [
            "x_created_timestamp_seconds",
            "x_lists_column_0",
            "x_numbers",
            "x_ok",
            "x_text",
            "x_total_items",
            "x_total_errors",
            "x_total_price"
        ]
    );
}

#[test]
fn words_of_keys_and_notations_of_texts_decide_labels_units_and_omissions() {
    let sample = serde_json::json!({
        "took": 3, "total_requests": 5, "type": { "zip": 3, "a.example.org": 4, "b.example.org": 2 },
        "countries": { "US": 4, "DE": 5 }, "local_gb_used": 2, "mode": "disabled",
        "items": [
            { "name": "a", "cpu": "1", "hostid": "10084", "lastclock": "1796000400" },
            { "name": "b", "cpu": "500m", "hostid": "10085", "lastclock": "1796000300" },
        ],
    });
    let (code, config) = made(&folder("words", CONFIG), "x", Some(&sample)).unwrap();
    let metrics = config.services[0].metrics.iter();
    let all = metrics
        .map(|metric| format!("{} {}({})", metric.kind.as_str(), metric.name, metric.labels.join(",")));
    let items = "gauge x_items() gauge x_cpu_cores(name) gauge x_lastclock_timestamp_seconds(name)";
    let rest = "gauge x_local_used_bytes() gauge x_took() gauge x_total_requests() gauge x_type(key) stateset x_mode()";
    let expected = format!("gauge x_countries(key) {items} {rest}");
    assert_eq!(all.collect::<Vec<_>>().join(" "), expected, "{code}");
}

/// Returns the names of the metrics of a sample.
fn names_of(folder_name: &str, sample: &Value) -> Vec<String> {
    let (_, config) = made(&folder(folder_name, CONFIG), "x", Some(sample)).unwrap();
    config.services[0].metrics.iter().map(|metric| metric.name.clone()).collect()
}

#[test]
fn the_success_of_the_request_identifiers_and_cursors_are_no_metrics() {
    let unifi = serde_json::json!({"meta": {"rc": "ok"}, "load": 1});
    assert_eq!(names_of("meta", &unifi), ["x_load"]);
    for key in ["rc", "result", "stat"] {
        assert_eq!(names_of("stat", &serde_json::json!({key: "ok", "load": 1})), ["x_load"]);
    }
    let build = serde_json::json!({"result": "FAILURE", "load": 1});
    assert_eq!(names_of("result", &build), ["x_load", "x_result"]);
    let sample = serde_json::json!({
        "session_key": 9157, "pagination": {"next": 1_796_000_400}, "start_time": {"$date": "2026-11-30T01:00:00Z"},
        "E_Day": 1340.5, "day": 30, "active_shards_percent_as_number": 50.0, "ready": 1_796_000_400_123_i64,
    });
    let expected =
        ["x_e_day", "x_active_shards_ratio", "x_ready_timestamp_seconds", "x_start_time_timestamp_seconds"];
    assert_eq!(names_of("omitted", &sample), expected);
}

#[test]
fn only_few_rows_with_names_and_usual_states_have_a_state_set_each() {
    let state_sets = |label: &str, rows: usize, state: &str| {
        let row = |at: usize| serde_json::json!({ label: format!("r{at}"), "status": if at == 0 { state } else { "down" } });
        let rows: Vec<Value> = (0..rows).map(row).collect();
        let (_, config) =
            made(&folder("states", CONFIG), "x", Some(&serde_json::json!({ "vms": rows }))).unwrap();
        config.services[0].metrics.iter().any(|metric| metric.kind == config::Kind::StateSet)
    };
    assert!(state_sets("name", 20, "up"));
    assert!(!state_sets("name", 21, "up") && !state_sets("id", 3, "up") && !state_sets("name", 3, "lost"));
}

#[test]
fn an_info_metric_has_no_family_of_another_metric() {
    let sample = serde_json::json!({"x": 1, "version": "1.2"});
    assert_eq!(names_of("family", &sample), ["x", "x_api_info"]);
    let sample = serde_json::json!({"ceph": {"pgs_by_state": [{"state": "clean", "count": 2}, {"state": "stale", "count": 1}]}});
    assert_eq!(names_of("by", &sample), ["x_ceph_pgs_by_state"]);
}

#[test]
fn keys_that_are_data_become_no_fields() {
    let sample = serde_json::json!({
        "load": 1, "days": { "2026-11-01": 3, "open": 2 }, "hosts": { "10.0.0.1": 5, "10.0.1.1": 6 },
    });
    let (code, config) = made(&folder("data", CONFIG), "x", Some(&sample)).unwrap();
    let names: Vec<_> = config.services[0].metrics.iter().map(|metric| metric.name.as_str()).collect();
    assert_eq!(names, ["x_days_open", "x_hosts", "x_load"], "{code}");
    assert!(!code.contains("10.0.0.1") && code.contains("hosts: Keyed<Lenient<f64>>"), "{code}");
}

#[test]
fn redacted_keys_become_no_fields_and_redacted_values_change_nothing() {
    let key = |end: &str| ["gh", "p_16C7e42F292c6912E7710c838347Ae178B", end].concat();
    let sample = serde_json::json!({
        "load": 1, "token": "hush-hush-hush", &key("4a"): 2, &key("4b"): 3, &key("4c"): { "n": 4 },
        "tokens": { "a3f1b2c4d5e6f7a8b9c0d1e2f3a4b5c6": 5, "open": 6 },
        "items": [{ "name": "a", &key("4d"): 7, "n": 8, "token": "hush-hush-item" }],
    });
    let (code, config) = made(&folder("redacted", CONFIG), "x", Some(&sample)).unwrap();
    let names: Vec<_> = config.services[0].metrics.iter().map(|metric| metric.name.as_str()).collect();
    assert_eq!(names, ["x_items", "x_n", "x_load", "x_tokens_open"], "{code}");
    assert!(!code.contains("***") && !code.contains("hush"), "{code}");
}

#[test]
fn items_that_have_a_name_are_shown_by_it_and_others_are_counted() {
    let sample = serde_json::json!([
        { "name": "a", "load": 1, "jobs": null, "deep": { "load": 1 } },
        { "name": "b", "load": 1.5, "jobs": 2 },
        null,
    ]);
    let (code, config) = made(&folder("items", CONFIG), "x", Some(&sample)).unwrap();
    let labels: Vec<_> = config.services[0]
        .metrics
        .iter()
        .map(|metric| (metric.name.as_str(), metric.labels.join(",")))
        .collect();
    let of_name = |metric| (metric, "name".to_owned());
    let of_names = ["x_deep_load", "x_jobs", "x_load"].map(of_name);
    assert_eq!(labels, [&[("x_items", String::new())], &of_names[..]].concat());
    assert!(code.contains("items: Rows<Item>,") && code.contains("jobs: Lenient<f64>,"), "{code}");
    let twice = serde_json::json!([{ "name": "a", "load": 1 }, { "name": "a", "load": 2 }]);
    let (_, config) = made(&folder("twice", CONFIG), "x", Some(&twice)).unwrap();
    let labels: Vec<_> = config.services[0].metrics.iter().map(|metric| metric.labels.join(",")).collect();
    assert_eq!(labels, ["", "index"]);
}
