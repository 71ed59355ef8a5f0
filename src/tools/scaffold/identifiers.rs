//! Conversion of the keys of a response, which can be any text, to names that are valid in Rust and Prometheus.

use std::collections::BTreeSet;

use crate::config::names::is_keyword;

/// The longest identifier for one key, in bytes. A line must hold several of them.
const LONGEST: usize = 30;

/// The spellings of units and terms in which a capital letter begins no word.
const TERMS: [(&str, &str); 19] = [
    // OData annotates a list with its length.
    ("@odata", ""),
    ("IPv4", "Ipv4"),
    ("IPv6", "Ipv6"),
    ("KiB", "Kib"),
    ("MiB", "Mib"),
    ("GiB", "Gib"),
    ("TiB", "Tib"),
    ("kB", "Kb"),
    ("kWh", "Kwh"),
    ("MHz", "Mhz"),
    ("GHz", "Ghz"),
    ("kHz", "Khz"),
    ("kW", "Kw"),
    ("mWh", "Mwh"),
    ("hPa", "Hpa"),
    ("kPa", "Kpa"),
    ("OAuth", "Oauth"),
    ("GraphQL", "Graphql"),
    ("QoS", "Qos"),
];

/// Returns the words of a key in ASCII and in lower case: `openIssues-24h` is open, issues, 24h. A letter without a form in ASCII
/// becomes its code point.
pub(super) fn words(key: &str) -> Vec<String> {
    let key = TERMS.iter().fold(key.to_owned(), |key, (term, word)| key.replace(term, word));
    let letters: Vec<char> = key.chars().flat_map(ascii).collect();
    let mut words = vec![String::new()];
    for (at, letter) in letters.iter().enumerate() {
        if begins_word(&letters, at) || !letter.is_ascii_alphanumeric() {
            words.push(String::new());
        }
        if let (Some(word), true) = (words.last_mut(), letter.is_ascii_alphanumeric()) {
            word.push(letter.to_ascii_lowercase());
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

/// Returns true if the letter is a capital that begins a word, as the `R` in `HTTPRequests`. The `s` of a plural such as `VMs`
/// belongs to the word.
fn begins_word(letters: &[char], at: usize) -> bool {
    let is_lower = |at: usize| letters.get(at).is_some_and(char::is_ascii_lowercase);
    let Some(before) = at.checked_sub(1).map(|before| letters[before]) else { return false };
    let is_plural = letters.get(at + 1) == Some(&'s') && !is_lower(at + 2);
    let next_is_lower = is_lower(at + 1) && !is_plural;
    letters[at].is_ascii_uppercase()
        && (!before.is_ascii_uppercase() || before.is_ascii_alphabetic() && next_is_lower)
}

/// Returns a letter in ASCII, or the code point of another letter or symbol. A mark that can be part of no word is a space.
fn ascii(letter: char) -> Vec<char> {
    const LATIN: [(&str, &str); 17] = [
        ("äàáâãå", "a"),
        ("ÄÀÁÂÃÅ", "A"),
        ("ç", "c"),
        ("èéêë", "e"),
        ("ÈÉÊË", "E"),
        ("ìíîï", "i"),
        ("ñ", "n"),
        ("öòóôõø", "o"),
        ("ÖÒÓÔÕØ", "O"),
        ("ß", "ss"),
        ("üùúû", "u"),
        ("ÜÙÚÛ", "U"),
        ("ýÿ", "y"),
        ("æ", "ae"),
        ("°", "deg"),
        ("µμ", "u"),
        ("%", " percent "),
    ];
    let latin = LATIN.iter().find(|(letters, _)| letters.contains(letter));
    match latin {
        Some((_, plain)) => plain.chars().collect(),
        None if letter.is_ascii() => vec![letter],
        None if letter.is_alphanumeric() || !letter.is_control() && u32::from(letter) >= 0x2600 => {
            format!(" u{:x} ", u32::from(letter)).chars().collect()
        }
        None => vec![' '],
    }
}

/// Returns a unique field name for a key: `type` becomes `type_`, `24h` becomes `n_24h`.
pub(super) fn field(key: &str, taken: &mut BTreeSet<String>) -> String {
    let name = cut(&words(key).join("_"), LONGEST);
    let name = match name.chars().next() {
        None => "field".to_owned(),
        Some(first) if first.is_ascii_digit() => format!("n_{name}"),
        Some(_) if is_keyword(&name) => format!("{name}_"),
        Some(_) => name,
    };
    unique(name, "_", taken)
}

/// Returns a unique type name for a key: `open_issues` becomes `OpenIssues`.
pub(super) fn type_name(key: &str, taken: &mut BTreeSet<String>) -> String {
    let name = cut(&camel(&words(key)), LONGEST);
    let good = name.starts_with(|first: char| first.is_ascii_alphabetic()) && name != "Self";
    unique(if good { name } else { format!("Part{name}") }, "", taken)
}

/// Returns the name of a label for a key: `vHost` becomes `v_host`. Prometheus reserves `le` and `quantile`, and Rust the names that no
/// raw identifier may have.
pub(super) fn labels_of(key: &str) -> String {
    let name = cut(&words(key).join("_"), LONGEST);
    match name.as_str() {
        "le" | "quantile" | "self" | "super" | "crate" => format!("{name}_value"),
        _ if name.starts_with(|first: char| first.is_ascii_alphabetic()) => name,
        _ => format!("n_{name}"),
    }
}

/// Returns a unique name of a label, and adds it to `taken`.
pub(super) fn label_name(key: &str, taken: &mut Vec<String>) -> String {
    let name = labels_of(key);
    let numbered = (2..).map(|number| format!("{name}_{number}"));
    let free = std::iter::once(name.clone()).chain(numbered).find(|name| !taken.contains(name));
    let free = free.unwrap_or(name);
    taken.push(free.clone());
    free
}

/// Joins words in camel case: `open`, `issues` become `OpenIssues`.
pub(super) fn camel(words: &[String]) -> String {
    let capital = |word: &String| {
        let (first, rest) = word.split_at(word.len().min(1));
        first.to_ascii_uppercase() + rest
    };
    words.iter().map(capital).collect()
}

/// Returns the singular of a key: `queues` becomes `queue`.
pub(super) fn singular(key: &str) -> String {
    let is_plural = !["ss", "us", "is"].iter().any(|end| key.ends_with(end));
    let has_e =
        ["nches", "rches", "shes", "sses", "tches", "tuses", "xes"].iter().any(|end| key.ends_with(end));
    match (key.strip_suffix("ies"), key.strip_suffix('s')) {
        _ if key == "indices" => "index".to_owned(),
        _ if has_e => key[..key.len() - 2].to_owned(),
        (Some(stem), _) if stem.len() > 1 => format!("{stem}y"),
        (_, Some(stem)) if is_plural && stem.len() > 1 => stem.to_owned(),
        _ => key.to_owned(),
    }
}

/// Returns at most `longest` bytes of an ASCII name, without `_` at the end.
pub(super) fn cut(name: &str, longest: usize) -> String {
    name.get(..longest).unwrap_or(name).trim_end_matches('_').to_owned()
}

/// Returns the name, with a number if it is taken, and adds it to `taken`.
pub(super) fn unique(name: String, joint: &str, taken: &mut BTreeSet<String>) -> String {
    // A keyword already ends in `_`, and two in a row are no snake case.
    let stem = name.strip_suffix(joint).filter(|_| !joint.is_empty()).unwrap_or(&name);
    let numbered = (2..).map(|number| format!("{stem}{joint}{number}"));
    let free = std::iter::once(name.clone()).chain(numbered).find(|name| !taken.contains(name));
    let free = free.unwrap_or(name);
    taken.insert(free.clone());
    free
}

/// Escapes a key for use in a string literal or a comment of Rust. The result cannot end either of them, and has no
/// invisible characters.
pub(super) fn escaped(key: &str) -> String {
    let is_plain = |c: char| c == ' ' || c.is_ascii_graphic() && c != '"' && c != '\\' || c.is_alphanumeric();
    key.chars().map(|c| if is_plain(c) { c.to_string() } else { c.escape_default().to_string() }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_told_by_capitals_and_by_what_is_no_letter() {
        let of = |key| words(key).join(" ");
        assert_eq!(of("openIssues-24h"), "open issues 24h");
        assert_eq!(of("HTTPRequests"), "http requests");
        assert_eq!(of("__x..y__"), "x y");
        assert_eq!(of("p99Ms"), "p99 ms");
        assert_eq!(of("温度"), "u6e29 u5ea6");
        assert_eq!(of("größe"), "grosse");
        assert_eq!(of("IPv4Count"), "ipv4 count");
        assert_eq!(of("usedMiB"), "used mib");
        assert_eq!(of("VMsRunning"), "vms running");
        assert_eq!(of("URLs"), "urls");
        assert_eq!(of("pression (hPa)"), "pression hpa");
        assert_eq!(of("cpu%"), "cpu percent");
    }

    #[test]
    fn fields_are_identifiers_and_never_the_same() {
        let mut taken = BTreeSet::new();
        let mut of = |key| field(key, &mut taken);
        let keys = ["a-b", "a_b", "aB", "type", "24h", "", "-", "self", "Self"];
        let fields = ["a_b", "a_b_2", "a_b_3", "type_", "n_24h", "field", "field_2", "self_", "self_2"];
        assert_eq!(keys.map(&mut of), fields);
        assert_eq!(of(&"long_".repeat(9)), "long_long_long_long_long_long");
    }

    #[test]
    fn types_are_identifiers_and_never_the_same() {
        let mut taken = BTreeSet::from(["Result".to_owned()]);
        let mut of = |key| type_name(key, &mut taken);
        let types = ["queue", "Queue", "result", "self", "3d", ""].map(&mut of);
        assert_eq!(types, ["Queue", "Queue2", "Result2", "PartSelf", "Part3d", "Part"]);
        assert_eq!(
            [
                "queues",
                "entries",
                "status",
                "s",
                "bus",
                "processes",
                "caches",
                "indices",
                "statuses",
                "batches"
            ]
            .map(singular),
            ["queue", "entry", "status", "s", "bus", "process", "cache", "index", "status", "batch"]
        );
    }

    #[test]
    fn what_is_escaped_is_on_one_line_and_visible() {
        assert_eq!(escaped("a\"\\\n\u{202e}é 温"), r#"a\"\\\n\u{202e}é 温"#);
    }
}
