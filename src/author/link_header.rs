//! The header `Link`, which names the next page.

use crate::support::error::{Error, ErrorKind, Result};
use crate::support::excerpt::start;
use crate::support::quoted_string::{QuotedPosition, unquoted};

/// Returns the target of the first link with `rel="next"` in a `Link` header (RFC 8288 section 3); `None` if the next page is
/// empty.
///
/// Sentry's API links to an empty page after the last one, with `results="false"`.
///
/// # Errors
/// The header has a link with `rel="next"` that has no target between `<` and `>`. Ignoring it would truncate the list.
pub(crate) fn next_link(header: &str) -> Result<Option<String>> {
    for link in parts(header, ',') {
        let parsed = link.trim().strip_prefix('<').and_then(|link| link.split_once('>'));
        let (target, parameters) = parsed.map_or((None, link), |(target, rest)| (Some(target), rest));
        let parameters = parts(parameters, ';');
        let is_next = match target {
            Some(_) => has(&parameters, "rel", "next"),
            None => link.split(';').any(|parameter| has(&[parameter], "rel", "next")),
        };
        if is_next {
            let target = target.ok_or_else(|| invalid(link))?;
            return Ok((!has(&parameters, "results", "false")).then(|| target.to_owned()));
        }
    }
    Ok(None)
}

fn invalid(link: &str) -> Error {
    let problem = format!("invalid `rel=\"next\"` in the header `Link`: \"{}\"", start(link.trim(), 100));
    Error::new(ErrorKind::Service, problem)
        .with_help("use a `Paging` that does not need this header, and report it to the provider of the API")
}

/// Returns true if the link parameter `name` lists `word`. Both are case-insensitive.
fn has(parameters: &[&str], name: &str, word: &str) -> bool {
    parameters.iter().any(|parameter| {
        let (known, value) = parameter.split_once('=').unwrap_or_default();
        let mut words = unquoted(value).split_ascii_whitespace();
        known.trim().eq_ignore_ascii_case(name) && words.any(|listed| listed.eq_ignore_ascii_case(word))
    })
}

/// Splits a `Link` header at a separator, except inside a quoted string or `<...>`, which only this header has.
fn parts(text: &str, separator: char) -> Vec<&str> {
    let (mut position, mut in_target) = (QuotedPosition::default(), false);
    let splits = |c: char| {
        if in_target {
            in_target = c != '>';
            return false;
        }
        let is_outside = position.is_outside(c);
        in_target = is_outside && c == '<';
        is_outside && c == separator
    };
    text.split(splits).collect()
}

#[cfg(test)]
mod tests {
    fn next_link(header: &str) -> Option<String> {
        super::next_link(header).unwrap()
    }

    #[test]
    fn the_next_link_is_found_among_others() {
        let header = r#"<https://h/a?x=1,2>; rel="prev", <https://h/b>; title="x, y"; rel="last next", <https://h/c>; rel=next"#;
        assert_eq!(next_link(header).as_deref(), Some("https://h/b"));
        assert_eq!(next_link("<?page=2>;rel=next").as_deref(), Some("?page=2"));
        assert_eq!(next_link(r#"<a>; rel="prev",<b>;  rel="x",	<c> ; REL = Next"#).as_deref(), Some("c"));
        let quoted = r#"<a>; title="\", <b>; rel=next"; rel=last, <c;d>; rel=next"#;
        assert_eq!(next_link(quoted).as_deref(), Some("c;d"));
        for none in ["", "<https://h>", "<https://h>; rel=\"prev\"", "<broken; rel=prev", "next"] {
            assert_eq!(next_link(none), None, "{none}");
        }
    }

    #[test]
    fn a_next_link_without_a_target_is_an_error() {
        for broken in
            ["rel=next", "<broken; rel=next", "https://h; REL = \"Next\"", "<a>; rel=prev, b; rel=next"]
        {
            let error = super::next_link(broken).unwrap_err().to_string();
            assert!(error.contains("invalid `rel=\"next\"` in the header `Link`"), "{error}");
        }
    }

    #[test]
    fn a_next_link_that_announces_no_results_is_the_end() {
        for results in ["results=\"false\"", "results=false", "Results=\"FALSE\"; cursor=\"0:100:0\""] {
            let header = format!(
                "<https://h/?c=0>; rel=\"previous\"; results=\"true\", <https://h/?c=1>; rel=\"next\"; {results}"
            );
            assert_eq!(next_link(&header), None, "{results}");
        }
        let header = "<https://h/?c=0>; rel=\"previous\"; results=\"false\", <https://h/?c=1>; rel=\"next\"; results=\"true\"";
        assert_eq!(
            next_link(header).as_deref(),
            Some("https://h/?c=1"),
            "the first page has no previous one"
        );
    }
}
