//! The names of services and their targets.

/// The maximum length of the name of a target in characters.
const LONGEST: usize = 100;

/// Splits the full name of what is polled, such as `splunk` or `splunk/eu`, into a service and its target.
pub(crate) fn split(name: &str) -> (&str, Option<&str>) {
    match name.split_once('/') {
        Some((service, target)) => (service, Some(target)),
        None => (name, None),
    }
}

/// Returns the full name of a target of a service.
pub(super) fn joined(service: &str, target: &str) -> String {
    format!("{service}/{target}")
}

/// Returns true if a text can name a target, and so a directory and a part of a file name.
pub(super) fn is_valid(name: &str) -> bool {
    let is_allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-');
    (1..=LONGEST).contains(&name.len()) && name.chars().all(is_allowed) && !matches!(name, "." | "..")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_name_has_its_service_and_its_target() {
        assert_eq!(split("splunk"), ("splunk", None));
        assert_eq!(split(&joined("splunk", "eu.1-a")), ("splunk", Some("eu.1-a")));
    }

    #[test]
    fn a_target_name_can_name_a_directory() {
        for name in ["eu", "EU-1", "10.0.0.1", "_", ".hidden", "...", &"x".repeat(LONGEST)] {
            assert!(is_valid(name), "{name}");
        }
        for name in ["", ".", "..", "a/b", "a b", "é", "a\n", "a:1", &"x".repeat(LONGEST + 1)] {
            assert!(!is_valid(name), "{name}");
        }
    }
}
