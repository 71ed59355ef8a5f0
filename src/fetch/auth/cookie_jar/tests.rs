//! A test for each rule of RFC 6265, and a comparison with the cookie engine of curl.

mod limits;

use std::process::Command;

use chrono::{DateTime, TimeDelta, Utc};

use super::*;
use crate::fake_api::{FakeApi, Response as Reply};

fn url(text: &str) -> Url {
    Url::parse(text).unwrap()
}

fn now() -> DateTime<Utc> {
    "2026-12-01T12:00:00Z".parse().unwrap()
}

fn set(jar: &mut CookieJar, from: &str, cookie: &str) -> bool {
    let url = url(from);
    jar.set(&url, url.authority(), cookie, now())
}

/// Returns the header for `asked` after responses from `from` with these cookies.
fn sent(from: &str, cookies: &[&str], asked: &str) -> String {
    let mut jar = CookieJar::default();
    for cookie in cookies {
        set(&mut jar, from, cookie);
    }
    jar.header(&url(asked), now()).unwrap().map(|header| header.to_string()).unwrap_or_default()
}

const HOME: &str = "https://api.example.com/a/b";

fn cookie(cookie: &str, asked: &str) -> bool {
    !sent(HOME, &[cookie], asked).is_empty()
}

#[test]
fn a_cookie_is_a_name_and_a_value_without_the_blanks_around_them() {
    for (header, expected) in [
        ("SID=31d4", "SID=31d4"),
        (" SID \t= a b ;Path=/", "SID=a b"),
        ("SID=\"x=y\"", "SID=\"x=y\""),
        ("SID=", "SID="),
        ("SID=a=b=c", "SID=a=b=c"),
        ("=x", ""),
        ("SID", ""),
        ("", ""),
        ("SID=a\u{1}b", ""),
        ("SID=\u{fffd}", ""),
    ] {
        assert_eq!(sent(HOME, &[header], HOME), expected, "{header:?}");
    }
}

#[test]
fn without_a_domain_a_cookie_is_for_its_host_only() {
    assert!(cookie("a=1", "https://api.example.com/a/"));
    assert!(!cookie("a=1", "https://example.com/a/") && !cookie("a=1", "https://x.api.example.com/a/"));
}

#[test]
fn a_domain_must_be_that_of_the_host_and_no_public_suffix() {
    for domain in ["example.com", ".example.com", "EXAMPLE.com", "api.example.com"] {
        assert!(cookie(&format!("a=1; Domain={domain}"), HOME), "{domain}");
    }
    assert!(cookie("a=1; Domain=example.com", "https://www.example.com/a/"));
    for domain in ["com", ".com", "other.com", "ample.com", "x.api.example.com", "example.com."] {
        assert!(!cookie(&format!("a=1; Domain={domain}"), HOME), "{domain}");
    }
    assert!(cookie("a=1; Domain=", HOME), "an empty domain is ignored");
    assert!(!cookie("a=1; Domain=example.com; Domain=other.com", HOME), "the last one counts");
}

#[test]
fn a_single_word_is_a_domain_only_of_the_host_with_that_name() {
    let at = |asked| sent("http://localhost:8080/", &["a=1; Domain=localhost"], asked);
    assert_eq!([at("http://localhost:8080/"), at("http://x.localhost/")], ["a=1", ""]);
}

#[test]
fn an_address_is_below_no_domain() {
    let at = |host: &str, domain: &str| {
        let url = format!("http://{host}/");
        !sent(&url, &[&format!("a=1; Domain={domain}")], &url).is_empty()
    };
    assert!(at("127.0.0.1", "127.0.0.1") && !at("127.0.0.1", "0.0.1") && !at("127.0.0.1", ".0.1"));
    assert!(at("[::1]", "[::1]"));
}

#[test]
fn a_path_covers_itself_and_what_is_below_it() {
    for (path, asked, expected) in [
        ("/", "/x", true),
        ("/a", "/a", true),
        ("/a", "/a/", true),
        ("/a", "/a/b", true),
        ("/a", "/ab", false),
        ("/a/", "/a/b", true),
        ("/a/", "/a", false),
        ("/a", "/", false),
        ("/A", "/a", false),
    ] {
        let asked = format!("https://api.example.com{asked}");
        assert_eq!(cookie(&format!("a=1; Path={path}"), &asked), expected, "{path} {asked}");
    }
}

#[test]
fn the_default_path_is_the_directory_of_the_request() {
    for (from, expected) in [("/a/b/c", "/a/b"), ("/a/b/", "/a/b"), ("/a", "/"), ("/", "/")] {
        assert_eq!(default_path(from), expected, "{from}");
    }
    for header in ["a=1", "a=1; Path", "a=1; Path=x", "a=1; Path=/x; Path="] {
        assert!(cookie(header, "https://api.example.com/a/c"), "{header}");
        assert!(!cookie(header, "https://api.example.com/c"), "{header}");
    }
}

#[test]
fn a_secure_cookie_is_sent_over_https_only_and_http_only_has_no_effect() {
    assert!(cookie("a=1; Secure; HttpOnly", HOME) && !cookie("a=1; SECURE", "http://api.example.com/a/"));
    assert!(cookie("a=1; HttpOnly", "http://api.example.com/a/"));
}

#[test]
fn max_age_takes_precedence_over_expires() {
    for (header, alive) in [
        ("a=1", true),
        ("a=1; Max-Age=1", true),
        ("a=1; Max-Age=0", false),
        ("a=1; Max-Age=-1", false),
        ("a=1; Max-Age=+1; Expires=Thu, 01 Jan 1970 00:00:00 GMT", false),
        ("a=1; Max-Age=; Max-Age=1x", true),
        ("a=1; Max-Age=99999999999999999999", true),
        ("a=1; Max-Age=-99999999999999999999", false),
        ("a=1; Max-Age=60; Expires=Thu, 01 Jan 1970 00:00:00 GMT", true),
        ("a=1; Expires=Wed, 02 Dec 2026 12:00:00 GMT; Max-Age=0", false),
        ("a=1; Expires=Tue, 01 Dec 2026 12:00:00 GMT", false),
        ("a=1; Expires=Tue, 01 Dec 2026 12:00:01 GMT", true),
        ("a=1; Expires=never", true),
    ] {
        assert_eq!(cookie(header, HOME), alive, "{header}");
    }
}

#[test]
fn a_cookie_ends_with_its_life_and_a_past_date_deletes_it() {
    let mut jar = CookieJar::default();
    set(&mut jar, HOME, "a=1; Max-Age=10");
    let at = |jar: &CookieJar, seconds| {
        jar.header(&url(HOME), now() + TimeDelta::seconds(seconds)).unwrap().is_some()
    };
    assert!(at(&jar, 9) && !at(&jar, 10));
    set(&mut jar, "https://api.example.com/a/c", "a=; Expires=Thu, 01 Jan 1970 00:00:00 GMT");
    assert!(!at(&jar, 0));
}

#[test]
fn the_dates_of_section_5_1_1_are_read() {
    let expected = Some("1994-11-06T08:49:37Z".parse::<DateTime<Utc>>().unwrap());
    for text in [
        "Sun, 06 Nov 1994 08:49:37 GMT",
        "Sunday, 06-Nov-94 08:49:37 GMT",
        "Sun Nov  6 08:49:37 1994",
        "6 november 1994 8:49:37x",
        "94 08:49:37 nov 6",
    ] {
        let found = cookie_date(text);
        let is_day_first = text.starts_with("94");
        assert_eq!(found, expected.filter(|_| !is_day_first), "{text}");
    }
    for (text, year) in [("1 Jan 69 00:00:00", 2069), ("1 Jan 70 00:00:00", 1970)] {
        assert_eq!(cookie_date(text).unwrap().format("%Y").to_string(), year.to_string());
    }
    for text in [
        "",
        "1 Jan 2026",
        "1 Jan 2026 24:00:00",
        "31 Feb 2026 00:00:00",
        "1 Jan 1600 00:00:00",
        "0 Jan 2026 00:00:00",
        "1 Jnu 2026 00:00:00",
        "1 Jan 20266 00:00:00",
        "1 Jan 2026 0:0",
    ] {
        assert_eq!(cookie_date(text), None, "{text}");
    }
}

#[test]
fn longer_paths_come_first_then_the_older_cookie_and_a_new_value_keeps_its_place() {
    let cookies = ["a=1; Path=/", "b=2; Path=/", "c=3; Path=/a", "a=4; Path=/"];
    assert_eq!(sent(HOME, &cookies, HOME), "c=3; a=4; b=2");
    assert_eq!(
        sent(HOME, &["a=1; Path=/a", "a=2; Path=/"], HOME),
        "a=1; a=2",
        "another path is another cookie"
    );
}

#[test]
fn only_values_that_may_be_credentials_are_redacted() {
    let redactor = Redactor::default();
    let mut jar = CookieJar::default();
    for cookie in ["theme=darkmode", "lang=en-US", "n=1234567", "sid=a1b2c3d4", "t=abcdefghijklmnop"] {
        set(&mut jar, HOME, cookie);
    }
    jar.remember_in(&redactor);
    let text = "darkmode en-US 1234567 a1b2c3d4 abcdefghijklmnop";
    assert_eq!(redactor.redact(text), "darkmode en-US 1234567 *** ***");
}

/// Returns a random `Set-Cookie` header of those that curl reads by the RFC: it ignores a slash at the end of a path,
/// reads an empty path as `/`, and takes the next attribute for the cookie if the name is missing.
fn random_header(random: &mut fastrand::Rng) -> String {
    let mut one = |choices: &[&str]| choices[random.usize(..choices.len())].to_owned();
    let mut header = one(&["a", "b", "c", " d ", "E"]) + &one(&["=", "=", "=", " = "]);
    header += &one(&["1", "x y", "\"q\"", "k=v", "", "long-value"]);
    // Of several domains or ages, curl does not let the last one take effect, and it ignores `Secure` over http.
    let domains =
        ["", "", "Domain=example.com", "domain=.example.com", "Domain=api.example.com", "Domain=other.com"];
    let ages = ["", "", "Max-Age=100", "max-age=0", "Max-Age=-5"];
    let flags = ["", "", "HttpOnly", "Unknown=1"];
    let dates = [
        "",
        "",
        "Expires=Thu, 01 Jan 1970 00:00:00 GMT",
        "expires=Fri, 01-Jan-2038 10:00:00 GMT",
        "Expires=Fri Jan  1 10:00:00 2038",
    ];
    let paths = ["", "", "Path=/", "path=/x", "Path=/x/y", "PATH=/x", "Path=/z"];
    for attribute in [one(&domains), one(&ages), one(&paths), one(&dates), one(&paths), one(&flags)] {
        if !attribute.is_empty() {
            header += &format!("; {attribute}");
        }
    }
    header
}

fn pairs(header: Option<&str>) -> Vec<&str> {
    let mut pairs: Vec<&str> = header.iter().flat_map(|header| header.split("; ")).collect();
    pairs.sort_unstable();
    pairs
}

#[test]
fn random_cookies_are_sent_as_by_curl() {
    if !Command::new("curl").arg("--version").output().is_ok_and(|output| output.status.success()) {
        assert!(std::env::var_os("CI").is_none(), "curl is missing");
        return;
    }
    let mut random = fastrand::Rng::with_seed(6265);
    for _ in 0..60 {
        let headers: Vec<String> = (0..random.usize(1..6)).map(|_| random_header(&mut random)).collect();
        let set = headers.clone();
        let fake = FakeApi::start(move |request| {
            let first = request.target == "/x/start";
            let cookies = set.iter().filter(|_| first);
            cookies.fold(Reply::json("{}"), |reply, cookie| reply.header("set-cookie", cookie))
        });
        let asked = ["/x/y/z", "/x", "/other"].map(|path| format!("http://api.example.com{path}"));
        let start = "http://api.example.com/x/start".to_owned();
        let connect = format!("::127.0.0.1:{}", fake.port());
        let run = Command::new("curl")
            .args(["-s", "--noproxy", "*", "-b", "", "--connect-to", &connect, &start])
            .args(&asked)
            .output();
        assert!(run.unwrap().status.success());
        let requests = fake.requests();
        let mut jar = CookieJar::default();
        for header in &headers {
            jar.set(&url(&start), "api.example.com", header, Utc::now());
        }
        for (asked, request) in asked.iter().zip(&requests[1..]) {
            let own = jar.header(&url(asked), Utc::now()).unwrap();
            let own = own.as_ref().map(|header| header.as_str());
            // curl sorts cookies with equal paths by the length of the name.
            assert_eq!(pairs(own), pairs(request.header("cookie")), "{asked} after {headers:#?}");
        }
    }
}
