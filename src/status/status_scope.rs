//! The part of a status that a request selects.

use crate::config::target_name;

/// The services and targets that a status shows, and those with their metrics.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum StatusScope {
    /// All of them with their metrics.
    Full,
    /// All of them. Targets are shown without their metrics, because there can be many.
    Overview,
    /// The service or target with that full name. The targets of a service are shown without their metrics.
    Selected(String),
}

impl StatusScope {
    /// Returns the scope of the query of a request: `service=splunk/eu`. Other parameters are ignored.
    pub(crate) fn of_query(query: &str) -> Self {
        let named = query.split('&').find_map(|parameter| parameter.strip_prefix("service="));
        named.map_or(Self::Overview, |name| Self::Selected(decoded(name)))
    }

    /// Returns true if the service or target is shown.
    pub(crate) fn shows(&self, name: &str) -> bool {
        match self {
            Self::Full | Self::Overview => true,
            Self::Selected(selected) => name == selected || target_name::split(name).0 == selected,
        }
    }

    /// Returns true if the metrics of the service or target are shown.
    pub(crate) fn shows_metrics(&self, name: &str) -> bool {
        let is_target = target_name::split(name).1.is_some();
        match self {
            Self::Full => true,
            Self::Overview => !is_target,
            Self::Selected(selected) => !is_target || name == selected,
        }
    }
}

/// Returns the value of a query parameter that selects a full name. `/` needs no encoding in a query (RFC 3986, section
/// 3.4).
pub(super) fn encoded(name: &str) -> String {
    let encode = |byte: u8| match byte {
        b'/' | b'-' | b'_' | b'.' | b'~' => char::from(byte).to_string(),
        byte if byte.is_ascii_alphanumeric() => char::from(byte).to_string(),
        byte => format!("%{byte:02X}"),
    };
    name.bytes().map(encode).collect()
}

/// Decodes percent-encoding (RFC 3986, section 2.1). A percent sign that begins no encoding stays.
fn decoded(text: &str) -> String {
    let (mut bytes, mut rest) = (Vec::with_capacity(text.len()), text.as_bytes());
    while let [first, after @ ..] = rest {
        let digit = |at: usize| after.get(at).and_then(|digit| char::from(*digit).to_digit(16));
        match (first, digit(0), digit(1)) {
            (b'%', Some(high), Some(low)) => {
                bytes.extend(u8::try_from(high * 16 + low));
                rest = after.get(2..).unwrap_or_default();
            }
            _ => {
                bytes.push(*first);
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_selects_the_name_that_was_encoded() {
        for name in ["splunk", "splunk/eu.west-1_a", "\"<é&=%+#? /"] {
            let query = format!("x=1&service={}", encoded(name));
            assert_eq!(StatusScope::of_query(&query), StatusScope::Selected(name.to_owned()));
        }
        assert_eq!(encoded("splunk/eu.west-1_a"), "splunk/eu.west-1_a");
        for query in ["", "x", "services=a", "x=service=a"] {
            assert_eq!(StatusScope::of_query(query), StatusScope::Overview, "{query}");
        }
        for (text, name) in [
            ("a%2Fb", "a/b"),
            ("a%2fb", "a/b"),
            ("%", "%"),
            ("%4", "%4"),
            ("%zz1", "%zz1"),
            ("%FF", "\u{fffd}"),
        ] {
            assert_eq!(decoded(text), name, "{text}");
        }
    }

    #[test]
    fn only_a_selected_target_is_shown_with_its_metrics() {
        let selected = |name: &str| StatusScope::Selected(name.to_owned());
        for (scope, name, shown) in [
            (StatusScope::Full, "s/eu", (true, true)),
            (StatusScope::Overview, "s/eu", (true, false)),
            (StatusScope::Overview, "s", (true, true)),
            (selected("s/eu"), "s/eu", (true, true)),
            (selected("s/eu"), "s/us", (false, false)),
            (selected("s"), "s/us", (true, false)),
            (selected("s"), "s", (true, true)),
            (selected("s"), "s2/us", (false, false)),
        ] {
            let found = scope.shows(name);
            assert_eq!((found, found && scope.shows_metrics(name)), shown, "{scope:?} {name}");
        }
    }
}
