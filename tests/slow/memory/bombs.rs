//! Responses of the largest size to the shipped service, and bytes that are no response.

use std::fmt::Write;

use crate::support::fake_api::Response;

/// All of them, with bodies of so many bytes.
pub fn bombs(size: usize) -> Vec<(&'static str, Response)> {
    let json = |(name, body): (&'static str, String)| (name, Response::json(body));
    // Label values are searched for secrets, which takes its time without optimization.
    let quarter = size / 4;
    let bodies = [
        ("teams without a name", one("pagedTeams", r#""""#, size)),
        ("short teams", one("pagedTeams", r#""@""#, size)),
        ("teams of 4,000 bytes", one("pagedTeams", &format!("\"@{}\"", "x".repeat(4000)), quarter)),
        ("teams of 240 quotes", one("pagedTeams", &format!("\"@{}\"", r#"\""#.repeat(240)), quarter)),
        ("teams of NUL", one("pagedTeams", r#""@\u0000\u0000""#, size)),
        ("empty transitions", one("transitions", "{}", size)),
        ("transitions", one("transitions", r#"{"name": "resolved", "at": "2026-11-20T08:00:00Z"}"#, size)),
        ("incidents", incidents(r#"{"incidentNumber":"@"}"#, size)),
        ("incidents of a team each", incidents(r#"{"incidentNumber":"@","pagedTeams":["a"]}"#, size)),
        ("a long number", incidents(&format!(r#"{{"incidentNumber":"{}"}}"#, "n".repeat(size / 2)), size)),
        ("no object", format!("[{}\"\"]", r#""","#.repeat(size / 3))),
        ("a type error at the end", one("pagedTeams", r#""a""#, size).replace("]}]}", ",7]}]}")),
        ("a text for a number", format!("{{\"total\": \"{}\"}}", "\u{7f}".repeat(size - 20))),
    ];
    bodies.into_iter().map(json).chain(wire(size)).collect()
}

/// An incident, of which one field is a list of that.
fn one(field: &str, each: &str, size: usize) -> String {
    let start = format!(r#"{{"total": 1, "incidents": [{{"incidentNumber": "1", "{field}": ["#);
    format!("{start}{}]}}]}}", repeated(each, size))
}

fn incidents(each: &str, size: usize) -> String {
    format!(r#"{{"total": 1, "incidents": [{}]}}"#, repeated(each, size))
}

/// An `@` is another number each time.
fn repeated(each: &str, size: usize) -> String {
    let Some((before, after)) = each.split_once('@') else {
        return format!("{each},").repeat(size / (each.len() + 8)) + each;
    };
    let mut list = format!("{before}{after}");
    for n in 1..size / (each.len() + 8) {
        write!(list, ",{before}{n:x}{after}").unwrap();
    }
    list
}

/// Compressed, endless and malformed ones.
fn wire(size: usize) -> Vec<(&'static str, Response)> {
    let head = |more: &str| format!("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n{more}");
    let endless =
        |start: String, part: &str, size: usize| Response::raw(start + &part.repeat(size / part.len()));
    let (list, chunk) = ("[0,".repeat(1365), "transfer-encoding: chunked\r\n\r\n");
    let chunks = format!("fff\r\n{list}\r\n");
    let (larger, much) = (size + size / 8, size / 8);
    let encoded = |name: &str| Response::json("x".repeat(much)).header("content-encoding", name);
    vec![
        ("64 kB of gzip", Response::json(format!("[{}\"\"]", r#""","#.repeat(larger))).gzip()),
        ("brotli", encoded("br")),
        ("deflate", encoded("deflate")),
        ("a body without an end", endless(head("\r\n"), &list, larger)),
        ("a chunk without an end", endless(head(&format!("{chunk}ffffffff\r\n")), &list, larger)),
        ("chunks without an end", endless(head(chunk), &chunks, larger)),
        ("a chunk extension without an end", endless(head(&format!("{chunk}1;")), "a=b;", much)),
        ("trailers without an end", endless(head(&format!("{chunk}0\r\n")), "a: b\r\n", much)),
        ("headers without an end", endless(head(""), "a: b\r\n", much)),
        ("a header without an end", endless(head("a: "), "b", much)),
        ("heads without an end", endless(String::new(), "HTTP/1.1 100 Continue\r\n\r\n", much)),
    ]
}
