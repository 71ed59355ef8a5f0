//! The pagination method that a response indicates.

use crate::author::Response;
use crate::config::json_tree::{Node, Tree};

/// The fields of cursors, as many APIs name them.
const CURSORS: [&str; 4] = ["next_cursor", "nextCursor", "next_page_token", "nextPageToken"];

/// Returns the call of the pagination method, such as `Paging::link_header()`; `None` if the response names no further page.
pub(super) fn of(response: &Response, body: &Node) -> Option<String> {
    let has_next = |link: &str| {
        link.split(',').any(|link| link.contains("rel=\"next\"") && !link.contains("results=\"false\""))
    };
    if response.headers("link").any(has_next) {
        return Some("Paging::link_header()".to_owned());
    }
    let is_number = |value: &str| value.trim().parse::<u64>().is_ok();
    if response.header("x-next-page").is_some_and(is_number) {
        return Some("Paging::next_page_header(\"page\", \"X-Next-Page\")".to_owned());
    }
    of_body(body)
}

/// Returns the call of the pagination method that a body indicates.
pub(super) fn of_body(body: &Node) -> Option<String> {
    let Tree::Object(fields) = &body.tree else { return None };
    let field =
        |name: &str| fields.iter().find(|entry| entry.key.value == name).map(|entry| &entry.value.tree);
    let text = |name: &str| match field(name) {
        Some(Tree::Text(text)) if !text.is_empty() => Some(text.as_str()),
        _ => None,
    };
    if text("next").is_some_and(|next| next.starts_with("http") || next.starts_with('/')) {
        return Some("Paging::next_url(|page: &Page| page.next.clone())".to_owned());
    }
    if matches!(field("more"), Some(Tree::Bool(true)))
        && field("offset").is_some()
        && field("limit").is_some()
    {
        return Some("Paging::offset(100, |page: &Page| page.items.len()).more(|page| page.more)".to_owned());
    }
    let cursor = CURSORS.iter().find(|name| text(name).is_some())?;
    Some(format!("Paging::cursor(parameter, |page: &Page| page.{cursor}.clone())"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_a_body_that_names_a_further_page_indicates_a_method() {
        let hint = |body: serde_json::Value| of_body(&Node::of(&body)).unwrap_or_default();
        for (body, expected) in [
            (json!({ "next": "https://h/x?page=2" }), "Paging::next_url("),
            (json!({ "next": "/x?page=2" }), "Paging::next_url("),
            (json!({ "offset": 0, "limit": 25, "more": true }), ".more(|page| page.more)"),
            (json!({ "next_cursor": "abc" }), "page.next_cursor.clone()"),
        ] {
            assert!(hint(body.clone()).contains(expected), "{body}");
        }
        let last = [
            json!({ "next": null }),
            json!({ "next": "tomorrow" }),
            json!({ "offset": 0, "limit": 25, "more": false }),
            json!({ "more": true }),
            json!({ "next_cursor": "" }),
            json!([{ "next": "/x" }]),
        ];
        for body in last {
            assert_eq!(hint(body.clone()), "", "{body}");
        }
    }
}
