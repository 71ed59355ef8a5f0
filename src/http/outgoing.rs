//! A request, ready to be sent.

use std::fmt;

use zeroize::Zeroize as _;

use super::store::Key;
use super::url::Url;

/// What goes out.
#[derive(Clone, PartialEq)]
pub struct Outgoing {
    /// `GET` or `POST`.
    pub method: &'static str,
    /// Where to.
    pub url: Url,
    /// As the service gave them, names in lower case.
    pub headers: Vec<(String, String)>,
    /// The JSON of a POST.
    pub body: Option<Vec<u8>>,
    /// Whether sending it twice does no harm (RFC 9110 section 9.2.2).
    pub idempotent: bool,
    /// Whether it is never asked with a condition of the exporter's own (RFC 9110 section 13).
    pub unconditional: bool,
}

impl Outgoing {
    /// Whether it has a header of that name, which is given in lower case.
    pub fn has_header(&self, name: &str) -> bool {
        self.headers.iter().any(|(known, _)| known == name)
    }

    /// Equal for equal requests only: every part is led by its length.
    pub fn key(&self) -> Key {
        let mut key = Key::new();
        let url = self.url.to_string();
        let mut headers: Vec<_> = self.headers.iter().collect();
        headers.sort();
        let parts = [self.method.as_bytes(), url.as_bytes(), self.body.as_deref().unwrap_or_default()];
        let headers = headers.into_iter().flat_map(|(name, value)| [name.as_bytes(), value.as_bytes()]);
        for part in parts.into_iter().chain(headers) {
            key.extend_from_slice(&part.len().to_le_bytes());
            key.extend_from_slice(part);
        }
        key
    }
}

/// Any of it may be a secret.
impl Drop for Outgoing {
    fn drop(&mut self) {
        self.headers.iter_mut().for_each(|(_, value)| value.zeroize());
        self.body.zeroize();
    }
}

/// Without header values, query and body: any of them may be a secret.
impl fmt::Debug for Outgoing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let headers: Vec<&str> = self.headers.iter().map(|(name, _)| name.as_str()).collect();
        let target = self.url.target();
        let path = target.split('?').next().unwrap_or_default();
        write!(f, "{} {}{path} {headers:?}", self.method, self.url.origin())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn get(url: &str, headers: &[(&str, &str)]) -> Outgoing {
        Outgoing {
            method: "GET",
            url: Url::parse(url).unwrap(),
            headers: headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
            body: None,
            idempotent: true,
            unconditional: false,
        }
    }

    #[test]
    fn debug_shows_no_values() {
        let outgoing = get("https://h/x?key=hush", &[("x-key", "hush")]);
        assert_eq!(format!("{outgoing:?}"), r#"GET https://h/x ["x-key"]"#);
    }

    #[test]
    fn requests_are_equal_when_method_url_headers_and_body_are() {
        let one = get("https://h/x?a=1", &[("k", "v"), ("l", "w")]);
        assert_eq!(one.key(), get("https://h/x?a=1", &[("l", "w"), ("k", "v")]).key());
        let (mut post, mut with_body) = (one.clone(), one.clone());
        post.method = "POST";
        with_body.body = Some(b"{}".to_vec());
        let others = [
            get("https://h/x?a=2", &[("k", "v"), ("l", "w")]),
            get("https://h/x?a=1", &[("k", "v")]),
            get("https://h/x?a=1", &[("k", "vl"), ("", "w")]),
            post,
            with_body,
        ];
        for other in others {
            assert_ne!(one.key(), other.key(), "{other:?} {}", other.url);
        }
    }
}
