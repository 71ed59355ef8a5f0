//! The limits of a jar, and the second name of its host.

use super::*;

/// The longest name and value of a cookie together.
const LIMIT: usize = 4096;

#[test]
fn a_hostile_api_fills_neither_the_memory_nor_a_header() {
    let mut jar = CookieJar::default();
    set(&mut jar, HOME, &format!("long={}", "x".repeat(LIMIT)));
    assert!(jar.cookies.is_empty());
    for nth in 0..500 {
        assert!(!set(&mut jar, HOME, &format!("c{nth}={}", "x".repeat(2000))));
    }
    assert_eq!(jar.cookies.len(), COUNT);
    let mut jar = CookieJar::default();
    set(&mut jar, HOME, &format!("a=1; Path=/{}", "x".repeat(2000)));
    assert_eq!(jar.cookies.last().unwrap().path, "/a", "a long attribute is ignored");
}

#[test]
fn no_cookie_of_the_login_is_lost_silently() {
    let header = |jar: &CookieJar| jar.header(&url(HOME), now()).map(|header| header.unwrap().to_string());
    let mut jar = CookieJar::default();
    set(&mut jar, HOME, "sid=first");
    for nth in 1..COUNT - 1 {
        set(&mut jar, HOME, &format!("c{nth}={nth}"));
    }
    jar.end_login();
    let evicted = (0..500).filter(|nth| set(&mut jar, HOME, &format!("request-{nth}=x"))).count();
    assert_eq!(evicted, 499);
    let sent = header(&jar).unwrap();
    assert!(sent.starts_with("sid=first; c1=1; ") && sent.ends_with("c178=178; request-499=x"), "{sent}");
    set(&mut jar, HOME, "sid=renewed");
    assert!(header(&jar).unwrap().starts_with("sid=renewed; "), "a renewed cookie keeps its place");
    let mut jar = CookieJar::default();
    for nth in 0..=COUNT {
        set(&mut jar, HOME, &format!("c{nth}={nth}"));
    }
    let error = header(&jar).unwrap_err().to_string();
    assert!(
        error.starts_with("the login sets more than 180 cookies; help: set the header `Cookie`"),
        "{error}"
    );
}

#[test]
fn cookies_that_are_too_long_for_a_header_are_an_error() {
    let mut jar = CookieJar::default();
    for nth in 0..5 {
        set(&mut jar, HOME, &format!("c{nth}={}", "x".repeat(4000)));
        assert_eq!(jar.header(&url(HOME), now()).is_err(), nth == 4, "{nth}");
    }
    assert!(jar.header(&url("https://api.example.com/c"), now()).unwrap().is_none(), "other paths need none");
}

#[test]
fn the_header_host_is_another_name_of_the_host() {
    let address = url("http://127.0.0.1:8080/");
    let mut jar = CookieJar::default();
    for (cookie, host) in [("a=1; Domain=example.com", "Shop.Example.com:80"), ("b=2", "shop.example.com")] {
        jar.set(&address, host, cookie, now());
    }
    jar.set(&address, "shop.example.com", "c=3; Domain=evil.com", now());
    assert_eq!(*jar.header(&address, now()).unwrap().unwrap(), "a=1; b=2");
    assert!(jar.header(&url("http://shop.example.com/"), now()).unwrap().is_none());
}
