//! A catalogue of hostile config.json: values that break a build or inject code.

use std::fmt::Write;

use serde_json::{Map, Value, json};

use super::words::{VALUES, WORDS};

/// What is wrong with the file, and its bytes.
pub type Case = (String, Vec<u8>);

/// A file that is right, with every key.
pub fn good() -> Value {
    json!({
        "$schema": "config.schema.json",
        "api_call_intervals": 30,
        "log_level": "INFO",
        "state_dir": "state",
        "services": {"shop": {
            "service_class": "Shop",
            "service_module": "shop",
            "port": 8000,
            "listen": "127.0.0.1",
            "api_url": "https://shop.example/v1?a=b",
            "prometheus_metrics_mapping": {"counter": ["orders"], "gauge": ["open"], "summary": ["wait"], "histogram": ["size"]},
            "prometheus_metric_labels": {"open": ["team", "type"], "orders": ["team"]},
            "prometheus_metric_help": {"open": "Open orders."},
            "prometheus_metric_units": {"wait": "seconds"},
            "prometheus_metric_buckets": {"size": [1, 2.5]},
            "secret_file_path": "secrets",
            "api_call_intervals": 20,
            "data_store_expiration_sec": 60,
            "request_timeout_sec": 10,
            "poll_timeout_sec": 100,
            "response_limit_bytes": 1000,
            "poll_limit_bytes": 2000,
            "memory_limit_bytes": 3000,
            "retries": 2,
            "calls_per_minute": 60,
            "ca_file_path": "ca.pem",
            "trust_store": "system",
            "client_cert_path": "cert.pem",
            "client_key_path": "key.pem",
            "oauth2_token_url": "https://shop.example/token",
            "oauth2_scope": "read",
            "oauth2_audience": "https://shop.example",
            "oauth2_auth": "body",
            "stale_after_intervals": 5,
            "series_limit": 100,
            "series_expire_after_sec": 3600,
            "once_ids_limit": 1000,
            "created_series": false,
            "own": {"list": [1, "two", null]}
        }}
    })
}

/// All of them.
pub fn all() -> Vec<Case> {
    [of_types(), of_words(), of_places(), of_bytes(), of_size(), cut(), changed()].concat()
}

/// Each key with each value.
fn of_types() -> Vec<Case> {
    let mut cases = Vec::new();
    for pointer in ["", "/services/shop"] {
        for key in good().pointer(pointer).and_then(Value::as_object).map(Map::keys).into_iter().flatten() {
            for value in VALUES {
                let mut config = good();
                config.pointer_mut(pointer).unwrap()[key] = "HERE".into();
                let text = config.to_string().replacen("\"HERE\"", value, 1);
                cases.push((format!("{key} is {value}"), text.into_bytes()));
            }
            let mut config = good();
            config.pointer_mut(pointer).unwrap().as_object_mut().unwrap().remove(key);
            cases.push((format!("{key} is missing"), config.to_string().into_bytes()));
        }
    }
    cases
}

/// Each word wherever a word can stand: `HERE` in a file that is otherwise right.
fn of_words() -> Vec<Case> {
    let text = good().to_string();
    let places = [
        ("a service", r#""shop":"#, r#""HERE":"#),
        ("a class", r#""Shop""#, r#""HERE""#),
        ("a module", r#":"shop""#, r#":"HERE""#),
        ("a metric", r#""open""#, r#""HERE""#),
        ("a counter", r#""orders""#, r#""HERE""#),
        ("a label", r#""type""#, r#""HERE""#),
        ("help", "Open orders.", "HERE"),
        ("a unit", r#""seconds""#, r#""HERE""#),
        ("a kind", r#""gauge""#, r#""HERE""#),
        ("a URL", "https://shop.example/v1?a=b", "HERE"),
        ("a part of a URL", "/v1?a=b", "/HERE"),
        ("a token URL", "https://shop.example/token", "HERE"),
        ("a scope", r#""read""#, r#""HERE""#),
        ("an audience", r#""oauth2_audience":"https://shop.example""#, r#""oauth2_audience":"HERE""#),
        ("the state's directory", r#""state""#, r#""HERE""#),
        ("the secrets' file", r#""secrets""#, r#""HERE""#),
        ("a certificate", r#""ca.pem""#, r#""HERE""#),
        ("an address", "127.0.0.1", "HERE"),
        ("a level", "INFO", "HERE"),
        ("a trust store", r#""system""#, r#""HERE""#),
        ("the schema", "config.schema.json", "HERE"),
        ("an own key", r#""own":"#, r#""HERE":"#),
        ("an own value", r#""two""#, r#""HERE""#),
        ("a key of the file", r#""log_level":"#, r#""HERE":"#),
    ];
    let case = |place: &(&str, &str, &str), word: &&str| {
        let (name, found, replaced) = place;
        assert!(text.contains(found), "{found}");
        let word_in_json = serde_json::to_string(word).unwrap();
        let replaced = replaced.replace("HERE", &word_in_json[1..word_in_json.len() - 1]);
        (format!("{name} called {word:?}"), text.replace(found, &replaced).into_bytes())
    };
    places.iter().flat_map(|place| WORDS.iter().map(move |word| case(place, word))).collect()
}

/// What is wrong with the file around its values.
fn of_places() -> Vec<Case> {
    let good = good().to_string();
    let service = good.split_once(r#""shop":"#).unwrap().1.trim_end_matches("}}").to_owned() + "}";
    let twice = |key: &str, value: &str| good.replacen('{', &format!("{{{key}:{value},"), 1);
    let cases = [
        ("nothing", String::new()),
        ("blanks", " \n\t\r ".to_owned()),
        ("null", "null".to_owned()),
        ("a list of it", format!("[{good}]")),
        ("two of it", format!("{good}{good}")),
        ("more after it", format!("{good} x")),
        ("NUL after it", format!("{good}\0")),
        ("NUL before it", format!("\0{good}")),
        ("a BOM", format!("\u{feff}{good}")),
        ("a BOM after it", format!("{good}\u{feff}")),
        ("a comment", format!("/* fn evil() {{}} */{good}")),
        ("a zero-width space", format!("\u{200b}{good}")),
        ("a no-break space", format!("{good}\u{a0}")),
        ("quotes that are curly", good.replace('"', "\u{201c}")),
        ("CR alone as line end", good.replace(',', ",\r")),
        ("a key twice", twice("\"log_level\"", "\"INFO\"")),
        ("a key twice, once escaped", twice("\"log\\u005flevel\"", "\"INFO\"")),
        ("services twice", twice("\"services\"", "{}")),
        ("a service twice", good.replacen(r#""shop":"#, &format!(r#""shop":{service},"shop":"#), 1)),
        (
            "a service with another's port",
            good.replacen(r#""shop":"#, &format!(r#""shop2":{service},"shop":"#), 1),
        ),
        (
            "services that differ in capitals",
            good.replacen(r#""shop":"#, &format!(r#""Shop":{service},"shop":"#), 1),
        ),
        ("a trailing comma", good.replace("}}}", "},}}")),
        ("NaN", good.replace(":30", ":NaN")),
        ("Infinity", good.replace(":30", ":Infinity")),
        ("hex", good.replace(":30", ":0x1e")),
        ("a plus", good.replace(":30", ":+30")),
        ("a fraction without end", good.replace(":30", ":30.")),
        ("99 zeros", good.replace(":30", &format!(":3{}", "0".repeat(99)))),
        ("a million digits", good.replace(":30", &format!(":{}", "1".repeat(1_000_000)))),
        ("an exponent without end", good.replace(":30", &format!(":1e{}", "9".repeat(10_000)))),
        ("0.000...1", good.replace(":30", &format!(":0.{}1", "0".repeat(100_000)))),
        ("a lone leading surrogate", good.replace("Open orders.", "\\ud83d")),
        ("a lone trailing surrogate", good.replace("Open orders.", "\\ude00")),
        ("surrogates in the wrong order", good.replace("Open orders.", "\\ude00\\ud83d")),
        ("half an escape", good.replace("Open orders.", "\\u00")),
        ("an escaped NUL in a key", good.replace("\"own\"", "\"o\\u0000wn\"")),
        ("a raw newline", good.replace("Open orders.", "a\nb")),
        ("a raw NUL", good.replace("Open orders.", "a\0b")),
        ("serde_json's own key", good.replace("\"own\"", "\"$serde_json::private::RawValue\"")),
        ("serde_json's number", good.replace(r#"{"list""#, r#"{"$serde_json::private::Number":"1","list""#)),
        ("__proto__", good.replace("\"own\"", "\"__proto__\"")),
    ];
    cases.map(|(name, text)| (name.to_owned(), text.into_bytes())).into()
}

/// What is no UTF-8, or no text.
fn of_bytes() -> Vec<Case> {
    let good = good().to_string();
    let utf16 = |to: fn(u16) -> [u8; 2]| good.encode_utf16().flat_map(to).collect::<Vec<_>>();
    let inside = |bytes: &[u8]| {
        let (before, after) = good.split_once("Open orders.").unwrap();
        [before.as_bytes(), bytes, after.as_bytes()].concat()
    };
    let mut cases = vec![
        ("UTF-16".to_owned(), utf16(u16::to_le_bytes)),
        ("UTF-16 the other way".to_owned(), utf16(u16::to_be_bytes)),
        ("every byte".to_owned(), (0..=255).collect()),
        ("ELF".to_owned(), b"\x7fELF\x02\x01\x01\0".to_vec()),
        ("a surrogate as UTF-8".to_owned(), inside(b"\xed\xa0\x80")),
        ("an overlong quote".to_owned(), inside(b"\xc0\xa2")),
        ("half a character".to_owned(), inside(b"\xf0\x9f")),
        ("beyond Unicode".to_owned(), inside(b"\xf4\x90\x80\x80")),
    ];
    cases.extend((0..=255).map(|byte| (format!("byte {byte:#x} in a string"), inside(&[byte]))));
    cases
}

/// What is large, deep or many.
fn of_size() -> Vec<Case> {
    let good = good().to_string();
    let own = |value: String| good.replace("\"two\"", &value);
    let names = |n: usize| (0..n).map(|n| format!("\"m{n}\"")).collect::<Vec<_>>().join(",");
    let many = |n: usize, one: &dyn Fn(usize) -> String| {
        let services: Vec<_> = (0..n).map(one).collect();
        format!(r#"{{"api_call_intervals":30,"log_level":"INFO","services":{{{}}}}}"#, services.join(","))
    };
    let small = |n: usize| {
        format!(
            r#""s{n}":{{"service_class":"Shop","service_module":"shop","port":{},"api_url":"https://a.b","prometheus_metrics_mapping":{{"gauge":["open"]}},"prometheus_metric_labels":{{"open":["l"]}}}}"#,
            n % 65_535 + 1
        )
    };
    let mut cases = vec![
        ("a string of 10 MB".to_owned(), own(format!("\"{}\"", "x".repeat(10_000_000)))),
        ("a string of 1 MB".to_owned(), own(format!("\"{}\"", "x".repeat(1_000_000)))),
        ("1 MB of quotes and hashes".to_owned(), own(format!("\"{}\"", "\\\"#".repeat(300_000)))),
        ("20 kB of words".to_owned(), own(format!("\"{}\"", "a.".repeat(10_000)))),
        ("50 kB of beginnings of a token".to_owned(), own(format!("\"{}\"", "sk-.".repeat(12_500)))),
        ("50 kB of beginnings of a web token".to_owned(), own(format!("\"{}\"", "eyJ.".repeat(12_500)))),
        ("200 kB of one token".to_owned(), own(format!("\"eyJ{}\"", "-eyJ".repeat(50_000)))),
        ("50 kB of assignments".to_owned(), own(format!("\"{}\"", "key=".repeat(12_500)))),
        ("200 kB of URLs".to_owned(), own(format!("\"{}\"", "://@".repeat(50_000)))),
        ("200 kB of capitals".to_owned(), own(format!("\"{}\"", "aA".repeat(100_000)))),
        ("help of 1 MB".to_owned(), good.replace("Open orders.", &"\\u202e*/".repeat(120_000))),
        ("a name of 1 MB".to_owned(), good.replace("\"open\"", &format!("\"{}\"", "o".repeat(400_000)))),
        ("a URL of 1 MB".to_owned(), good.replace("v1", &"%41".repeat(330_000))),
        ("a key of 1 MB".to_owned(), good.replace("\"own\"", &format!("\"{}\"", "k".repeat(1_000_000)))),
        ("1 MB of line ends".to_owned(), good.replacen('{', &format!("{{{}", "\n".repeat(1_000_000)), 1)),
        ("1,000 metrics".to_owned(), good.replace("\"wait\"]", &format!("\"wait\",{}]", names(998)))),
        ("100,000 metrics".to_owned(), good.replace("\"wait\"]", &format!("\"wait\",{}]", names(100_000)))),
        ("100 labels".to_owned(), good.replace("\"type\"", &names(100))),
        ("100,000 labels".to_owned(), good.replace("\"type\"", &names(100_000))),
        ("100,000 buckets".to_owned(), good.replace("2.5]", &format!("2.5{}]", ",3".repeat(100_000)))),
        ("100,000 buckets that grow".to_owned(), good.replace("2.5]", &format!("2.5{}]", growing(100_000)))),
        ("5,000 own keys".to_owned(), good.replace("\"own\"", &format!("{},\"own\"", keys(5_000)))),
        (
            "a key 50,000 times".to_owned(),
            good.replace("\"own\"", &format!("{}\"own\"", "\"own\":1,".repeat(50_000))),
        ),
        ("100,000 services".to_owned(), many(100_000, &small)),
        ("100,000 services of nothing".to_owned(), many(100_000, &|n| format!(r#""{n:x}":0"#))),
        ("20,000 services without keys".to_owned(), many(20_000, &|n| format!(r#""a{n:x}":{{}}"#))),
        ("1,000 services".to_owned(), many(1_000, &small)),
        ("2,000 services".to_owned(), many(2_000, &small)),
    ];
    for depth in [15, 16, 17, 100, 127, 128, 129, 1_000, 100_000] {
        cases.push((format!("lists {depth} deep"), own("[".repeat(depth) + &"]".repeat(depth))));
        cases
            .push((format!("objects {depth} deep"), own("{\"a\":".repeat(depth) + "1" + &"}".repeat(depth))));
        cases.push((format!("{depth} lists that are never closed"), "[".repeat(depth)));
    }
    cases.into_iter().map(|(name, text)| (name, text.into_bytes())).collect()
}

fn growing(n: usize) -> String {
    (3..n).fold(String::new(), |mut text, n| {
        let _ = write!(text, ",{n}");
        text
    })
}

fn keys(n: usize) -> String {
    (0..n).map(|n| format!("\"k{n}\":{n}")).collect::<Vec<_>>().join(",")
}

/// The file up to each of its bytes.
fn cut() -> Vec<Case> {
    let good = good().to_string();
    (0..good.len()).map(|end| (format!("the first {end} bytes"), good.as_bytes()[..end].to_vec())).collect()
}

/// Bytes changed, taken out, doubled and moved, anywhere; the same in each run.
fn changed() -> Vec<Case> {
    let good = format!("{:#}", good()).into_bytes();
    let mut random = fastrand::Rng::with_seed(7);
    let mut case = |n: usize| {
        let mut bytes = good.clone();
        for _ in 0..random.usize(1..4) {
            let (from, to) = (random.usize(..bytes.len()), random.usize(..bytes.len()));
            match random.u8(..5) {
                0 => bytes[from] = random.u8(..),
                1 => bytes[from] = *random.choice(b"\"\\{}[],:#*/\n'0e-" as &[u8]).unwrap(),
                2 => drop(bytes.remove(from)),
                3 => bytes.insert(from, bytes[to]),
                _ => drop(bytes.splice(from.min(to)..(from.min(to) + 9).min(good.len() - 9), [])),
            }
        }
        (format!("change {n}"), bytes)
    };
    (0..500).map(&mut case).collect()
}
