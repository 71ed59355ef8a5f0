//! An API that returns a secret in the spellings of encoders, anywhere in a response: the secret is never printed, served or recorded.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::json;

use crate::support::fake_api::{FakeApi, Response};
use crate::support::process::{Cton, free_port, scrape, scratch};
use crate::support::shipped_config::config_with;

const KEY: &str = "Hq7/zR+2mXw=Lp9&Kd4vT8";

fn each(write: impl Fn(u8) -> String) -> String {
    KEY.bytes().map(write).collect()
}

fn between(separator: &str) -> String {
    KEY.chars().map(String::from).collect::<Vec<_>>().join(separator)
}

fn spellings() -> Vec<String> {
    let wide = |byte: u8| char::from_u32(u32::from(byte) - 33 + 0xff01).unwrap().to_string();
    let url = each(|byte| format!("%{byte:02x}"));
    let utf16: Vec<u8> = KEY.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let hex = each(|byte| format!("{byte:02x}"));
    vec![
        KEY.to_owned(),
        KEY.to_uppercase(),
        url.replace('%', "%25"),
        url,
        each(|byte| format!("\\u{byte:04X}")),
        each(|byte| format!("\\\\u{byte:04x}")),
        each(|byte| format!("&#{byte};")),
        each(|byte| format!("&#x{byte:X};")),
        each(|byte| format!("&amp;#{byte};")),
        each(|byte| format!("={byte:02X}")),
        STANDARD.encode(KEY),
        STANDARD.encode(format!("a{KEY}")),
        STANDARD.encode(format!("ab{KEY}!")),
        URL_SAFE_NO_PAD.encode(format!("user:{KEY}")),
        STANDARD.encode(STANDARD.encode(KEY)),
        STANDARD.encode(utf16),
        hex.to_uppercase(),
        hex,
        each(|byte| format!("{byte:02x}:")),
        each(|byte| format!("{byte}, ")),
        between("\u{200b}"),
        between("\u{ad}"),
        between("<wbr>"),
        between(" "),
        between("-"),
        each(wide),
    ]
}

/// Each place of a response that has a text in it.
fn responses(spelling: &str) -> Vec<Response> {
    let json = |text: &str| serde_json::Value::from(text).to_string();
    let quoted = json(spelling);
    let incidents = |team: &str, phase: &str, number: &str| {
        format!(
            r#"{{"total": 7, "offset": 0, "limit": 100, "incidents": [{{"incidentNumber": {number}, "currentPhase": {phase},
            "startTime": "2026-11-23T20:00:00Z", "pagedTeams": [{team}],
            "transitions": [{{"name": "triggered", "at": "2026-11-23T20:00:00Z"}}]}}]}}"#
        )
    };
    let good = || Response::json(incidents("\"web\"", "\"triggered\"", "\"1\""));
    let raw = |head: String| Response::raw(format!("HTTP/1.1 {head}\r\ncontent-length: 2\r\n\r\nno"));
    vec![
        Response::new(403).body(format!("the key {spelling} may not")),
        Response::new(500).body(format!("{{\"message\": {quoted}}}")),
        Response::json(format!("{{\"total\": {quoted}}}")),
        Response::json(format!("{{{quoted}: 1}}")),
        Response::new(200).header("content-type", "text/html").body(format!("<p>{spelling}</p>")),
        Response::json(spelling),
        Response::new(403).header("content-type", spelling),
        Response::new(429).header("retry-after", spelling),
        good().header("x-echo", spelling).header("link", format!("<https://h/?x={spelling}>; rel=\"next\"")),
        good().header("content-encoding", spelling),
        Response::new(302).header("location", format!("https://other.example/?x={spelling}")),
        Response::new(301).header("location", format!("/x/{spelling}?y={spelling}")),
        raw(format!("403 {spelling}")),
        Response::raw(format!("{spelling}\r\n\r\n")),
        Response::json(incidents(&quoted, "\"triggered\"", "\"1\"")),
        Response::json(incidents(&json(&format!("a {spelling} b")), &quoted, "\"1\"")),
        Response::json(incidents("\"web\"", "\"triggered\"", &quoted)),
    ]
}

/// The shipped config with that API.
fn config(dir: &Path, api: &FakeApi) -> PathBuf {
    let file = config_with(dir, &api.url("/incidents"), &json!({ "log_level": "DEBUG" }), &json!({}));
    fs::write(dir.join("secrets"), format!("API_ID = id-4711\nAPI_KEY='{KEY}'\n")).unwrap();
    file
}

fn check(text: &str, spelling: &str, place: &str) {
    // Nothing is decoded in an output, so what was sent must not be in it, nor as JSON or in a file name.
    let escaped = serde_json::Value::from(spelling).to_string();
    let letters =
        |text: &str| text.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_lowercase();
    assert!(!text.contains(spelling) && !text.contains(escaped.trim_matches('"')), "{place}: {text}");
    assert!(!letters(text).contains(&letters(KEY)), "{place}: {text}");
}

#[test]
fn no_spelling_of_a_secret_is_in_the_output_of_one_poll_or_its_recording() {
    let sent = Arc::new(Mutex::new(Response::new(500)));
    let api = FakeApi::start({
        let sent = sent.clone();
        move |_| sent.lock().unwrap().clone()
    });
    let dir = scratch("echoes");
    let file = config(&dir, &api);
    for spelling in spellings() {
        for (nth, response) in responses(&spelling).into_iter().enumerate() {
            *sent.lock().unwrap() = response;
            let records = dir.join(format!("records-{}", nth % 2));
            let _ = fs::remove_dir_all(&records);
            let cton = Cton::new(["-s", "splunk", "--once", "-c"]).arg(&file).arg("--record").arg(&records);
            let output = cton.output();
            for stream in [&output.stdout, &output.stderr] {
                check(&String::from_utf8_lossy(stream), &spelling, &format!("output of {nth}"));
            }
            for entry in fs::read_dir(&records).unwrap().map(|entry| entry.unwrap().path()) {
                let name = entry.file_name().unwrap().to_string_lossy().into_owned();
                let text = String::from_utf8_lossy(&fs::read(&entry).unwrap()).into_owned();
                check(&format!("{name}\n{text}"), &spelling, &format!("recording of {nth}"));
            }
        }
    }
}

#[test]
fn no_spelling_of_a_secret_is_served_or_logged() {
    let all: Vec<(String, Response)> = spellings()
        .into_iter()
        .flat_map(|spelling| {
            responses(&spelling).into_iter().map(move |response| (spelling.clone(), response))
        })
        .collect();
    let count = all.len();
    let asked = Arc::new(Mutex::new(0));
    let api = FakeApi::start({
        let (asked, all) = (asked.clone(), all.clone());
        move |_| {
            let mut asked = asked.lock().unwrap();
            *asked += 1;
            // In any order, so that what is shown changes.
            all[*asked * 7 % all.len()].1.clone()
        }
    });
    let dir = scratch("echoes-served");
    let port = free_port();
    let cton = Cton::new(["-s", "splunk", "-c"]).arg(config(&dir, &api));
    let served = cton.arg(format!("--listen=127.0.0.1:{port}")).start();
    served.until("the port", || crate::support::process::try_scrape(port, "/metrics").is_some());
    let polls = 40.min(count);
    served.until("polls", || {
        let pages = ["/metrics", "/", "/api/v1/status", "/-/ready"].map(|path| scrape(port, path).body);
        for (page, (spelling, _)) in
            pages.iter().flat_map(|page| all.iter().step_by(17).map(move |one| (page, one)))
        {
            check(page, spelling, "page");
        }
        *asked.lock().unwrap() >= polls
    });
    served.settle();
    let log = served.log().join("\n");
    for (spelling, _) in all.iter().step_by(17) {
        check(&log, spelling, "log");
    }
}
