//! The page at `/`.

use std::fmt::{self, Write};

use super::answer::Answer;
use super::site::{SiteService, State};

/// The page allows the browser nothing: it has no script, no style and no picture.
const POLICY: &str = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// What this is, the services of the port, and the way to their metrics.
pub(super) fn answer(services: &[(&SiteService, State)]) -> Answer {
    let mut html = String::new();
    // Writing to a string cannot fail.
    let _ = write(services, &mut html);
    Answer::new(200, "text/html; charset=utf-8", html.into())
        .with("Content-Security-Policy", POLICY)
        .with("Referrer-Policy", "no-referrer")
}

fn write(services: &[(&SiteService, State)], html: &mut String) -> fmt::Result {
    let version = env!("CARGO_PKG_VERSION");
    writeln!(html, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">")?;
    writeln!(html, "<title>Collectington</title>\n</head>\n<body>\n<h1>Collectington {version}</h1>")?;
    writeln!(html, "<p><a href=\"/metrics\">Metrics</a> of:</p>\n<ul>")?;
    for (service, state) in services {
        let (name, every, state) = (Escaped(&service.name), service.period.as_secs_f64(), state.words());
        writeln!(html, "<li>{name}: {state}; polled every {every} s</li>")?;
    }
    writeln!(html, "</ul>\n<p><a href=\"/-/healthy\">Healthy</a> <a href=\"/-/ready\">Ready</a></p>")?;
    writeln!(html, "</body>\n</html>")
}

/// Text that no HTML can hide in.
struct Escaped<'a>(&'a str);

impl fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.chars().try_for_each(|c| match c {
            '&' => f.write_str("&amp;"),
            '<' => f.write_str("&lt;"),
            '>' => f.write_str("&gt;"),
            '"' => f.write_str("&quot;"),
            '\'' => f.write_str("&#39;"),
            c => f.write_char(c),
        })
    }
}
