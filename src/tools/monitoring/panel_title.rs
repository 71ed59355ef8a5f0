//! Titles of panels, from HELP texts.

use crate::author::configured_family::ConfiguredFamily;

/// The largest number of characters that fits above a panel.
const LONGEST: usize = 72;

/// Returns the first clause of the HELP text, or the metric name in words if the clause is missing or too long.
pub(super) fn title(family: &ConfiguredFamily) -> String {
    let help = family.help.trim();
    let ends = [". ", "; ", ": ", " (", "\n"];
    let end = ends.iter().filter_map(|end| help.find(end)).min().unwrap_or(help.len());
    let clause = help[..end].trim_end_matches(['.', ' ']);
    if clause.is_empty() || clause.chars().count() > LONGEST {
        in_words(family.name)
    } else {
        clause.to_owned()
    }
}

fn in_words(name: &str) -> String {
    let words = name.trim_matches('_').replace('_', " ");
    let mut rest = words.chars();
    rest.next().map_or(words.clone(), |first| first.to_uppercase().chain(rest).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::author::family::Family;
    use crate::config::Kind;

    #[test]
    fn a_title_is_the_first_clause_of_the_help_or_the_name_in_words() {
        let long = "word ".repeat(20);
        for (help, expected) in [
            ("Incidents by team; one that paged two counts twice.", "Incidents by team"),
            ("Open issues, pull requests among them.", "Open issues, pull requests among them"),
            ("Sizes: é (bytes)", "Sizes"),
            ("", "Open issues"),
            (long.as_str(), "Open issues"),
        ] {
            let help = help.to_owned().leak();
            let family =
                Family { name: "open_issues", kind: Kind::Gauge, help, unit: "", labels: &[], buckets: &[] };
            assert_eq!(title(&family.into()), expected);
        }
    }
}
