//! Tokens, which are the syntax of methods and header names (RFC 9110 section 5.6.2).

/// Returns true if a text is a token.
pub(crate) fn is_http_token(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c))
}
