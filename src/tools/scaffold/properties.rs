//! Properties that hold for any sample and any config.

use std::fs;
use std::path::{Path, PathBuf};

use proptest::prelude::*;
use serde_json::{Map, Number, Value};

use super::file_transaction::FileTransaction;
use super::new_service::NewService;
use super::sample_request::RequestOptions;
use super::selection::MetricSelection;
use crate::codegen::generate;
use crate::config::{self, Config};
use crate::support::exit::Exit;

/// Keys that are not identifiers, are Rust keywords, are equal as identifiers, or would end a string or a comment.
const KEYS: [&str; 28] = [
    "a",
    "a b",
    "a-b",
    "a_b",
    "aB",
    "A_B",
    "type",
    "Self",
    "self",
    "crate",
    "_",
    "",
    "24h",
    "result",
    "Option",
    "into",
    "name",
    "id",
    "items",
    "total",
    "total_requests",
    "requests_total",
    "count",
    "x_created",
    "\"]struct X;//",
    "*/\n}",
    "\u{202e}",
    "温度",
];

const CONFIG: &str = r#"{"api_call_intervals": 60, "log_level": "INFO", "services": {}}"#;

fn number() -> impl Strategy<Value = Number> {
    let float = any::<f64>().prop_filter_map("finite", Number::from_f64);
    prop_oneof![any::<u64>().prop_map(Number::from), any::<i64>().prop_map(Number::from), float]
}

fn key() -> impl Strategy<Value = String> {
    prop_oneof![4 => prop::sample::select(&KEYS[..]).prop_map(str::to_owned), 1 => any::<String>()]
}

fn sample() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        1 => Just(Value::Null),
        1 => any::<bool>().prop_map(Value::Bool),
        4 => number().prop_map(Value::Number),
        2 => any::<String>().prop_map(Value::String),
    ];
    leaf.prop_recursive(5, 60, 8, |inner| {
        let item = prop::collection::vec((key(), inner.clone()), 0..8);
        let object = item.prop_map(|pairs| Value::Object(pairs.into_iter().collect::<Map<_, _>>()));
        prop_oneof![1 => prop::collection::vec(inner, 0..4).prop_map(Value::Array), 3 => object]
    })
}

/// Returns the code of the generated service, and the config that contains it.
fn made(folder: &Path, service: &str, sample: Option<&Value>) -> Result<(String, Config), String> {
    let (config, sample_file) = (folder.join("config.json"), folder.join("response.json"));
    let sample = sample.map(|sample| {
        fs::write(&sample_file, sample.to_string()).unwrap();
        sample_file
    });
    let (url, dir) = ("https://api.example.org/v1?x=1".to_owned(), folder.to_owned());
    let selection = MetricSelection::default();
    let new = NewService {
        service: service.to_owned(),
        url: Some(url),
        sample,
        request: RequestOptions::default(),
        described: None,
        selection,
        dir,
    };
    // A child process could briefly hold file locks of other tests.
    new.write_as(|code, _| code.to_owned()).map_err(|exit| format!("{exit:?}"))?;
    let made =
        generate(folder, &config, &folder.join("services")).map_err(|mistakes| mistakes.to_string())?;
    assert_eq!(made.warnings, [""; 0]);
    let code = fs::read_to_string(folder.join(format!("services/{service}_api.rs"))).unwrap();
    Ok((code, config::load(&config).map_err(|mistakes| mistakes.to_string())?))
}

fn folder(name: &str, config: &str) -> PathBuf {
    let folder = std::env::temp_dir().join(format!("cton-scaffold-{name}-{}", std::process::id()));
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("config.json"), config).unwrap();
    folder
}

/// Returns true if the file contains only items that `cton new` writes.
fn is_of_the_template(code: &str) -> bool {
    let file = syn::parse_file(code).unwrap();
    let is_service = |item: &syn::ItemImpl| {
        let of = item.trait_.as_ref().and_then(|(path, _)| path.segments.last());
        of.is_none_or(|name| name.ident == "Service")
    };
    file.items.iter().all(|item| match item {
        syn::Item::Use(_) | syn::Item::Struct(_) => true,
        syn::Item::Impl(item) => is_service(item),
        syn::Item::Mod(item) => item.ident == "tests",
        _ => false,
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(300) })]

    #[test]
    fn any_sample_becomes_a_service_that_the_build_takes(sample in sample()) {
        let folder = folder("any", CONFIG);
        let (code, config) = made(&folder, "weather", Some(&sample)).unwrap();
        prop_assert!(is_of_the_template(&code), "{}", code);
        prop_assert!(!config.services[0].metrics.is_empty());
    }
}

#[test]
fn any_name_that_a_service_may_have_does() {
    for name in ["process", "cton", "scrape", "up", "a", "labels", "option", "x1", &"long_".repeat(18)] {
        let sample = serde_json::json!({ "up": 1, "count": 2, name: 3, "list": [{ "name": "x", name: 4 }] });
        let folder = folder(&format!("name-{}", &name[..name.len().min(9)]), CONFIG);
        let (code, _) = made(&folder, name, Some(&sample)).unwrap();
        assert!(is_of_the_template(&code), "{code}");
    }
}

#[test]
fn no_key_of_a_list_a_label_or_a_field_makes_the_code_or_the_config_invalid() {
    let hostile = "Self crate le macro_rules quantile self super type union _ __name__ try gen 24h r#self Secret Service host name \u{e9} \
        labels key index value count total sum bucket created info up std core collectington serde";
    for key in hostile.split_whitespace() {
        let row = |name: &str, inner: Value| serde_json::json!({ "name": name, key: inner, "status": "up", "n": 1.5 });
        let nested = |depth: usize| {
            let deepest = serde_json::json!([{ "name": "a", "host": "h", key: "up", "n": 1 }, { "name": "b", "host": "h", key: "down", "n": 2 }]);
            (0..depth).fold(deepest, |inner, _| serde_json::json!([row("a", inner.clone()), row("b", inner)]))
        };
        let map = serde_json::json!({ "10.0.0.1": { key: 1, "x": [{ key: "a", "n": 2 }, { key: "b", "n": 3 }] }, "10.0.0.2": { key: 2, "x": [] } });
        for sample in [serde_json::json!({ key: nested(2) }), serde_json::json!({ key: map })] {
            let (code, _) = made(&folder("hostile", CONFIG), "weather", Some(&sample))
                .unwrap_or_else(|error| panic!("{key} {sample}: {error}"));
            assert!(is_of_the_template(&code), "{code}");
        }
    }
}

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
fn a_service_without_a_sample_is_taken_too() {
    let (code, config) = made(&folder("bare", CONFIG), "weather", None).unwrap();
    assert!(code.contains("api.get().text()?"), "{code}");
    assert_eq!(config.services[0].metrics[0].name, "weather_response_bytes");
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

#[test]
fn a_config_keeps_every_byte_but_the_entry_that_is_new() {
    let pretty = fs::read_to_string("config.json").unwrap();
    let two = pretty.replace("    ", "  ");
    let tabs = pretty.replace("    ", "\t");
    let windows = pretty.replace('\n', "\r\n");
    let value: Value = serde_json::from_str(&pretty).unwrap();
    let (one_line, odd) = (value.to_string(), pretty.replace("\n        \"splunk\"", "\n   \"splunk\""));
    let empty = [
        CONFIG.to_owned(),
        "{\n  \"api_call_intervals\": 1, \"log_level\": \"INFO\",\n  \"services\": {\n }\n}".into(),
    ];
    for old in [pretty, two, tabs, windows, one_line, odd].into_iter().chain(empty) {
        let folder = folder("bytes", &old);
        fs::create_dir(folder.join("services")).unwrap();
        fs::copy("services/splunk_api.rs", folder.join("services/splunk_api.rs")).unwrap();
        made(&folder, "weather", Some(&serde_json::json!({ "temp": 1 }))).unwrap();
        let new = fs::read_to_string(folder.join("config.json")).unwrap();
        let same = |(a, b): &(u8, u8)| a == b;
        let front = old.bytes().zip(new.bytes()).take_while(same).count();
        let back = old.bytes().rev().zip(new.bytes().rev()).take_while(same).count();
        assert!(front + back >= old.trim_end().len() - 4, "{new}");
        let lines = |text: &str| text.matches('\n').count();
        assert_eq!(new.contains('\t'), old.contains('\t'), "{new}");
        assert_eq!(
            new.matches("\r\n").count() == lines(&new),
            old.matches("\r\n").count() == lines(&old),
            "{new}"
        );
        assert!(lines(&old) == 0 || lines(&new) > lines(&old) + 7, "{new}");
    }
}

#[test]
fn what_cannot_all_be_written_is_not_written_at_all() {
    let folder = folder("undone", CONFIG);
    let mut draft = FileTransaction::default();
    draft.file(folder.join("new/deep/a"), "a");
    draft.file(folder.join("config.json/b"), "b");
    assert!(
        matches!(draft.write(), Err(exit @ Exit::Failed(_)) if exit.rendered().contains("nothing was changed"))
    );
    let mut draft = FileTransaction::default();
    draft.file(folder.join("new/a"), "a");
    draft.edit(folder.join("missing.json"), String::new());
    assert!(draft.write().is_err());
    assert_eq!(fs::read_dir(&folder).unwrap().count(), 1);
    assert_eq!(fs::read_to_string(folder.join("config.json")).unwrap(), CONFIG);
}
