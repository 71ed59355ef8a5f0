//! The parameter or the field of the body that selects a page.

/// The parameter of the URL, or the field of the body, that selects a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::author) struct PageParameter {
    /// The name of a parameter or field, or the JSON Pointer (RFC 6901) of a field.
    pub(in crate::author) name: String,
    pub(in crate::author) is_in_body: bool,
}

impl PageParameter {
    /// Returns a parameter of the URL.
    pub(super) fn new(name: &str) -> Self {
        Self { name: name.to_owned(), is_in_body: false }
    }

    /// Returns the keys of the objects around the field, and its own key.
    pub(in crate::author) fn keys(&self) -> Vec<String> {
        match self.name.strip_prefix('/') {
            Some(pointer) => pointer.split('/').map(unescaped).collect(),
            None => vec![self.name.clone()],
        }
    }
}

/// Returns a token of a JSON Pointer without its escapes (RFC 6901 section 4).
fn unescaped(token: &str) -> String {
    token.replace("~1", "/").replace("~0", "~")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pointer_has_a_key_for_each_object() {
        let keys = |name: &str| PageParameter::new(name).keys();
        assert_eq!(keys("cursor"), ["cursor"]);
        assert_eq!(keys("a/b"), ["a/b"]);
        assert_eq!(keys("/variables/after"), ["variables", "after"]);
        assert_eq!(keys("/a~1b/~01"), ["a/b", "~1"]);
    }
}
