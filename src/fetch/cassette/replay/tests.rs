use super::*;
use crate::fetch::http_method::HttpMethod;
use crate::fetch::url::Url;
use crate::support::scratch::empty_dir;

/// Creates a directory with these requests, whose response bodies are their positions in the list.
fn folder(name: &str, targets: &[&str]) -> PathBuf {
    let dir = empty_dir(&format!("replay-{name}"));
    for (at, target) in targets.iter().enumerate() {
        let text = format!(
            "GET {target} HTTP/1.1\n\nHTTP/1.1 200 OK\ndate: Mon, 23 Nov 2026 10:00:{at:02} GMT\n\n{at}"
        );
        fs::write(dir.join(format!("{at:04}-x.http")), text).unwrap();
    }
    dir
}

fn replay(name: &str, targets: &[&str]) -> Replay {
    Replay::open(&folder(name, targets)).unwrap()
}

fn request(method: &str, host: &str, target: &str) -> RawRequest {
    let url = Url::parse(&format!("https://{host}{target}")).unwrap();
    RawRequest::new(HttpMethod::parse(method).unwrap(), url)
}

fn get(replay: &Replay, target: &str) -> String {
    String::from_utf8(replay.response(&request("GET", "h", target)).unwrap().body.clone()).unwrap()
}

fn all(replay: &Replay, targets: &[&str]) -> String {
    targets.iter().map(|target| get(replay, target)).collect::<Vec<_>>().join(" ")
}

#[test]
fn responses_come_in_the_order_of_names_and_the_last_repeats() {
    let replay = replay("order", &["/a", "/b", "/a", "/a"]);
    assert_eq!(all(&replay, &["/a", "/a", "/b", "/a", "/a", "/b"]), "0 2 1 3 3 1");
}

#[test]
fn recordings_beyond_9999_replay_in_the_order_of_their_numbers() {
    let dir = empty_dir("replay-numbers");
    let names = [
        "0009-a",
        "9999-a",
        "10000-a",
        "10001-b",
        "99999-a",
        "100000-a",
        "184467440737095516160-a",
        "by-hand",
    ];
    for name in names.iter().rev() {
        let text = format!("GET /a HTTP/1.1\n\nHTTP/1.1 200 OK\n\n{name}");
        fs::write(dir.join(format!("{name}.http")), text).unwrap();
    }
    assert_eq!(all(&Replay::open(&dir).unwrap(), &["/a"; 8]), names.join(" "));
}

#[test]
fn the_same_query_is_taken_first_in_whatever_order_and_encoding() {
    let replay = replay("exact", &["/a?q=1", "/a?q=2&r=x%20y", "/a?r=x+z&q=2"]);
    assert_eq!(all(&replay, &["/a?r=x%20z&q=2", "/a?q=2&r=x+y", "/a?q=1"]), "2 1 0");
}

#[test]
fn another_time_is_no_other_request() {
    let at = |time: &str, phase: &str| format!("/a?after={time}&phase={phase}");
    let recorded = [at("2026-11-23T10:00:00Z", "x"), at("2026-11-23T10:01:00Z", "y"), at("2026-11-23", "x")];
    let replay = replay("time", &recorded.each_ref().map(String::as_str));
    let (x, y) = (at("2030-01-01T00%3A00%3A00Z", "x"), at("2030-01-01T00:00:00Z", "y"));
    assert_eq!(all(&replay, &[&x, &x, &y, &x, &y, &recorded[0]]), "0 2 1 2 1 2");
}

#[test]
fn a_clock_that_stands_still_replays_all_polls() {
    let replay = replay("still", &["/a?since=1763892000", "/a?since=1763892060", "/a?since=1763892120"]);
    let same = "/a?since=1763892060";
    assert_eq!(all(&replay, &[same, same, same, same]), "1 0 2 2");
}

#[test]
fn the_most_values_in_common_win_also_when_used() {
    let replay = replay("values", &["/a?p=1&q=1", "/a?p=2&q=2", "/a?p=2&q=2"]);
    assert_eq!(all(&replay, &["/a?p=1&q=1", "/a?p=1&q=1", "/a?p=1&q=9", "/a?p=2&q=9"]), "0 0 0 1");
}

#[test]
fn another_page_is_another_request() {
    let replay = replay("pages", &["/a?offset=0&limit=2", "/a?offset=2&limit=2", "/a?offset=0&limit=2"]);
    let page = |offset| format!("/a?limit=3&offset={offset}");
    assert_eq!(all(&replay, &[&page(0), &page(2), &page(0), &page(2), &page(0)]), "0 1 2 1 2");
    assert!(replay.response(&request("GET", "h", &page(4))).is_err());
}

#[test]
fn services_of_one_folder_are_told_apart_by_host() {
    let dir = empty_dir("replay-hosts");
    for host in ["a:81", "b"] {
        let text = format!("GET / HTTP/1.1\nHost: {host}\n\nHTTP/1.1 200\n\n{host}");
        fs::write(dir.join(format!("{host}.http")), text).unwrap();
    }
    let replay = Replay::open(&dir).unwrap();
    let from =
        |host| String::from_utf8(replay.response(&request("GET", host, "/")).unwrap().body.clone()).unwrap();
    assert_eq!(["b", "b", "a:81", "a:81"].map(from), ["b", "b", "a:81", "a:81"]);
    assert_eq!(["elsewhere"].map(from), ["b"]);
    fs::write(dir.join("c.http"), "GET / HTTP/1.1\n\nHTTP/1.1 200\n\nby hand").unwrap();
    let replay = Replay::open(&dir).unwrap();
    let from =
        |host| String::from_utf8(replay.response(&request("GET", host, "/")).unwrap().body.clone()).unwrap();
    assert_eq!(["b", "b"].map(from), ["b", "by hand"]);
}

#[test]
fn a_mask_fits_any_value() {
    let replay = replay("mask", &["/hooks/***/x?key=***&cursor=***", "/a?key=K***&page=1"]);
    assert_eq!(all(&replay, &["/hooks/s3cret/x?key=y&cursor=z", "/a?page=1&key=K1"]), "0 1");
    assert!(replay.response(&request("GET", "h", "/hooks/a/b/x?key=y&cursor=z")).is_err());
}

#[test]
fn requests_that_a_mask_made_alike_get_the_same_responses_again() {
    let replay = replay("masks", &["/a?key=***", "/a?key=***", "/x/***", "/x/***"]);
    let asked = ["/a?key=p", "/a?key=q", "/x/s", "/x/t", "/a?key=p", "/a?key=q", "/x/s", "/x/t"];
    assert_eq!(all(&replay, &asked), "0 1 2 3 0 1 2 3");
}

#[test]
fn what_was_not_recorded_is_told_without_values() {
    let targets: Vec<_> = (0..12).map(|i| format!("/a?page={i}")).collect();
    let replay = replay("missing", &targets.iter().map(String::as_str).collect::<Vec<_>>());
    let error = replay.response(&request("GET", "h", "/b?key=hush&x=hush")).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Recording);
    let text = error.to_string();
    assert!(
        text.contains("fits GET /b with key, x; recordings: GET /a?page=0 (0000-x.http), GET /a?page=1"),
        "{text}"
    );
    assert!(text.contains("GET /a?page=9 (0009-x.http), and 2 more; help: "), "{text}");
    assert!(!text.contains("hush"), "{text}");
    for other in ["/a?page=12", "/a", "/a?page=1&page=1", "/a?Page=1", "/a/?page=1"] {
        assert!(replay.response(&request("GET", "h", other)).is_err(), "{other}");
    }
    assert!(replay.response(&request("POST", "h", "/a?page=1")).is_err());
}

#[test]
fn the_clock_is_that_of_the_next_response_then_of_the_last() {
    let replay = replay("clock", &["/a", "/b", "/a"]);
    let second = || replay.now().unwrap().timestamp() % 60;
    assert_eq!(second(), 0);
    get(&replay, "/a");
    assert_eq!(second(), 1);
    get(&replay, "/a");
    assert_eq!(second(), 2);
}

#[test]
fn a_service_has_its_own_folder_where_there_is_one() {
    let dir = folder("service", &["/shared"]);
    fs::create_dir(dir.join("splunk")).unwrap();
    fs::write(dir.join("splunk/1.http"), "GET /own\n\nHTTP/1.1 200\n\nown").unwrap();
    assert_eq!(get(&Replay::for_service(&dir, "splunk").unwrap(), "/own"), "own");
    for other in ["github", "", "..", "../x", "."] {
        assert_eq!(get(&Replay::for_service(&dir, other).unwrap(), "/shared"), "0", "{other}");
    }
}

#[test]
fn a_folder_without_recordings_says_what_is_expected() {
    let dir = empty_dir("replay-none");
    fs::write(dir.join(".0001-x.http"), "unfinished").unwrap();
    fs::write(dir.join("README.md"), "").unwrap();
    for (dir, what) in [(dir.clone(), "has no recording"), (dir.join("nowhere"), "cannot be read (")] {
        let error = Replay::open(&dir).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Recording);
        let text = error.to_string();
        assert!(text.contains(&format!("{} {what}", dir.display())) && text.contains("0001-get-"), "{text}");
    }
}

#[test]
fn a_broken_recording_is_named_with_its_line() {
    let dir = folder("broken", &["/a"]);
    fs::write(dir.join("0002.http"), "GET /a\n\nHTTP/1.1 yes\n").unwrap();
    let error = Replay::open(&dir).unwrap_err().to_string();
    assert!(error.contains("0002.http:3: found `HTTP/1.1 yes`"), "{error}");
}

#[test]
fn a_request_gets_the_response_to_its_body() {
    let dir = empty_dir("replay-bodies");
    let file = |number: usize, body: &str| {
        let text = format!("POST /graphql HTTP/1.1\n\n{body}\n\nHTTP/1.1 200 OK\n\n{number}");
        fs::write(dir.join(format!("{number:04}-x.http")), text).unwrap();
    };
    let bodies = ["{\"query\":\"a\"}", "{\"query\":\"b\"}", "{\"query\":\"a\"}", "{\"pw\":\"***\"}"];
    bodies.iter().enumerate().for_each(|(number, body)| file(number, body));
    let replay = Replay::open(&dir).unwrap();
    let post = |body: &str| {
        let mut request = request("POST", "h", "/graphql");
        request.body = Some(body.as_bytes().to_vec());
        String::from_utf8(replay.response(&request).unwrap().body.clone()).unwrap()
    };
    let asked = ["{\"pw\":\"hush\"}", bodies[1], bodies[0], bodies[1], bodies[0], bodies[0]];
    assert_eq!(asked.map(post), ["3", "1", "0", "1", "2", "2"]);
    assert_eq!(post("{\"query\":\"c\"}"), "3", "the last one repeats for a body that was not recorded");
}
