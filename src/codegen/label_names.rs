//! The names of label structs and of the parameters of their constructors.

/// Returns the name of a metric's label struct, such as `IncidentsPerTeam` for `incidents_per_team`.
///
/// It accepts any text, including an invalid metric name that was reported.
pub(super) fn struct_name(metric: &str) -> String {
    let name = camel(metric);
    // The name of a type is not `Self` and does not start with a digit.
    let good = name != "Self" && name.starts_with(|c: char| c.is_ascii_alphabetic());
    if good { name } else { format!("Metric{name}") }
}

/// Returns the name of a struct by its labels, such as `RepoBranchLabels` for `repo` and `branch`.
pub(super) fn neutral_name(labels: &[String]) -> String {
    struct_name(&labels.iter().map(|label| camel(label)).chain(["Labels".to_owned()]).collect::<String>())
}

/// Returns the name of the parameter for a label, which is the name of the label.
///
/// A parameter cannot have the name of a variant in the prelude of Rust, so that name gets a suffix.
pub(super) fn parameter_name(label: &str, labels: &[String]) -> String {
    if !matches!(label, "None" | "Some" | "Ok" | "Err") {
        return label.to_owned();
    }
    let mut name = format!("{label}_");
    while labels.contains(&name) {
        name.push('_');
    }
    name
}

/// Returns the words of a name that are separated by `_`, each with a capital letter.
fn camel(name: &str) -> String {
    let words = name.split('_').filter(|word| !word.is_empty());
    let capital = |word: &str| {
        let mut letters = word.chars();
        letters.next().map(|first| first.to_ascii_uppercase()).into_iter().chain(letters).collect::<String>()
    };
    words.map(capital).collect()
}
