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

pub(super) const CONFIG: &str = r#"{"api_call_intervals": 60, "log_level": "INFO", "services": {}}"#;

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
pub(super) fn made(folder: &Path, service: &str, sample: Option<&Value>) -> Result<(String, Config), String> {
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

pub(super) fn folder(name: &str, config: &str) -> PathBuf {
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
fn a_service_without_a_sample_is_taken_too() {
    let (code, config) = made(&folder("bare", CONFIG), "weather", None).unwrap();
    assert!(code.contains("api.get().text()?"), "{code}");
    assert_eq!(config.services[0].metrics[0].name, "weather_response_bytes");
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
