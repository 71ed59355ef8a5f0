//! The signature in a header `Authorization` that an API echoes.

/// The schemes whose credentials contain a signature, and the name of its parameter, in lower case.
const SCHEMES: [(&str, &str); 2] = [("digest ", "response"), ("aws4-hmac-sha256 ", "signature")];

/// Returns the signature in the credentials of such a scheme; `None` for any other value.
///
/// The other parameters, such as `uri` of a digest, are no secrets. Redacting them would change the URLs of a recording.
pub(super) fn proof(value: &str) -> Option<&str> {
    let lower = value.to_ascii_lowercase();
    let (scheme, name) = SCHEMES.iter().find(|(scheme, _)| lower.starts_with(scheme))?;
    let ends = |c: char| !c.is_ascii_alphanumeric();
    for part in value[scheme.len()..].split(',') {
        let (known, sent) = part.split_once('=').unwrap_or_default();
        if known.trim().eq_ignore_ascii_case(name) {
            let sent = sent.trim_start_matches(ends);
            return Some(&sent[..sent.find(ends).unwrap_or(sent.len())]);
        }
    }
    Some("")
}

#[cfg(test)]
mod tests {
    use super::proof;

    #[test]
    fn only_the_signature_of_signed_credentials_is_a_secret() {
        for (value, expected) in [
            (r#"Digest username="me", uri="/builds/web", response="0f1e2d", nc=00000001"#, Some("0f1e2d")),
            (r#"digest username=\"me\", Response=\"0f1e2d\""#, Some("0f1e2d")),
            ("AWS4-HMAC-SHA256 Credential=AK/2026/eu/s3/aws4_request, Signature=ab12", Some("ab12")),
            ("Digest username=\"me\"", Some("")),
            ("Bearer response=abc", None),
            ("Digest", None),
            ("", None),
        ] {
            assert_eq!(proof(value), expected, "{value}");
        }
    }
}
