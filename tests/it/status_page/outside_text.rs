//! Text from outside and other resources, none of which the page runs.

use std::io::Write as _;
use std::process::{Command, Stdio};

use base64::Engine as _;

use super::*;
use crate::support::process::tool;

#[test]
fn no_outside_text_adds_a_tag_to_the_page() {
    let of = |prefix: &str, text: &str| {
        let help: &'static str = Box::leak(text.to_owned().into_boxed_str());
        // A name has no slash, which would make it that of a target.
        let name = format!("{prefix}{}", text.replace('/', "|"));
        let site =
            site(&name, &[Family { help, ..FAMILIES[0] }, FAMILIES[1], Family { help, ..FAMILIES[2] }]);
        let error = Error::from(text);
        poll(&site, 1e9, PollResult::Recorded, &[text.to_owned()]);
        poll(&site, 1e9, PollResult::Failed(&error), &[text.to_owned()]);
        page(&site)
    };
    let tags = |page: &str| ["<", ">", "\"", "'"].map(|mark| page.matches(mark).count());
    for prefix in ["", "s/"] {
        for hostile in [HOSTILE, "\"><svg onload=x>'`"] {
            assert_eq!(tags(&of(prefix, hostile)), tags(&of(prefix, "harmless")));
        }
    }
    let name = HOSTILE.replace('/', "|");
    let [hostile, harmless] =
        [format!("{name}/{name}"), "s/t".to_owned()].map(|name| page(&site(&name, &[])));
    assert_eq!(tags(&hostile), tags(&harmless));
}

#[test]
fn the_policy_allows_the_inline_blocks_and_nothing_else() {
    let Some(sha256sum) = tool("sha256sum") else { return };
    let site = site("web", &FAMILIES);
    let page = ask(&site, "/");
    let html = text(&page);
    let digest = |tag: &str| {
        let block =
            html.split(&format!("<{tag}>")).nth(1).unwrap().split(&format!("</{tag}>")).next().unwrap();
        let mut sum = Command::new(&sha256sum).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        sum.stdin.take().unwrap().write_all(block.as_bytes()).unwrap();
        let hex = String::from_utf8(sum.wait_with_output().unwrap().stdout).unwrap();
        let bytes = (0..32).map(|at| u8::from_str_radix(&hex[2 * at..2 * at + 2], 16).unwrap());
        base64::engine::general_purpose::STANDARD.encode(bytes.collect::<Vec<_>>())
    };
    let expected = format!(
        "default-src 'none'; style-src 'sha256-{}'; script-src 'sha256-{}'; connect-src 'self'; base-uri 'none'; \
         form-action 'none'; frame-ancestors 'none'",
        digest("style"),
        digest("script")
    );
    assert_eq!(header(&page, "Content-Security-Policy"), expected);
    assert_eq!(html.matches("<script").count() + html.matches("<style").count(), 2);
    assert!(!html.contains(" style=") && !html.contains(" onclick="), "{html}");
}

#[test]
fn the_page_loads_no_other_resource() {
    let site = site("web", &FAMILIES[1..]);
    let html = page(&site);
    for outside in ["src=", "@import", "url(", "<link"] {
        assert!(!html.contains(outside), "{outside} in {html}");
    }
    for link in ["/metrics", "/api/v1/status", "/-/healthy", "/-/ready", "/-/targets"] {
        assert!(html.contains(&format!("href=\"{link}\"")), "{link}");
        assert!([200, 503].contains(&ask(&site, link).status), "{link}");
    }
    assert_eq!(header(&ask(&site, "/api/v1/status"), "Content-Type"), "application/json");
    assert_eq!(header(&ask(&site, "/"), "Content-Type"), "text/html; charset=utf-8");
}
