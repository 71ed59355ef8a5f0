//! The names of status codes.

use ureq::http::StatusCode;

/// Returns a status code with its reason phrase (RFC 9110 section 15), such as `401 Unauthorized`, or alone if it has none.
pub(crate) fn status_text(status: u16) -> String {
    let reason = StatusCode::from_u16(status).ok().and_then(|status| status.canonical_reason());
    reason.map_or_else(|| status.to_string(), |reason| format!("{status} {reason}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_known_status_has_its_reason_phrase() {
        assert_eq!(status_text(401), "401 Unauthorized");
        assert_eq!(status_text(429), "429 Too Many Requests");
        assert_eq!(status_text(503), "503 Service Unavailable");
        assert_eq!(status_text(999), "999");
    }
}
