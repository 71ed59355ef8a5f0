//! A parser of expositions that refuses all that their specifications refuse.

/// The lines of an exposition, in its order.
#[derive(Debug, Default, PartialEq)]
pub struct Exposition {
    /// The lines of metadata: HELP, TYPE or UNIT, the family's name, the text.
    pub metadata: Vec<(String, String, String)>,
    /// The samples.
    pub samples: Vec<Sample>,
}

/// One line of an exposition.
#[derive(Debug, PartialEq)]
pub struct Sample {
    pub name: String,
    /// By name and value, sorted.
    pub labels: Vec<(String, String)>,
    pub value: f64,
}

impl Exposition {
    /// Reads an exposition; `# EOF` is passed over.
    pub fn parse(text: &str) -> Self {
        assert!(text.is_empty() || text.ends_with('\n'), "the last line is cut");
        let mut exposition = Self::default();
        for line in text.split_terminator('\n').filter(|line| *line != "# EOF") {
            match line.strip_prefix("# ") {
                Some(metadata) => exposition.metadata.push(metadata_line(metadata)),
                None => exposition.samples.push(sample_line(line)),
            }
        }
        exposition
    }

    /// The value of the sample with that name and those labels.
    pub fn value(&self, name: &str, labels: &[(&str, &str)]) -> Option<f64> {
        let same = |sample: &&Sample| {
            let found = sample.labels.iter().map(|(name, value)| (name.as_str(), value.as_str()));
            sample.name == name && found.eq(labels.iter().copied())
        };
        self.samples.iter().find(same).map(|sample| sample.value)
    }
}

/// Reads an exposition as [`Exposition::parse`] does, and holds it to the rest of its format: each family is announced once, by HELP
/// and TYPE in front of its samples, which stand together and are each there once; numbers have the form that Go's and
/// Python's parsers were made for, and only that.
pub fn parse_strictly(text: &str, open_metrics: bool) -> Exposition {
    let (mut family, mut kind) = (String::new(), String::new());
    let (mut families, mut lines) = (std::collections::HashSet::new(), std::collections::HashSet::new());
    for line in text.split_terminator('\n') {
        match line.strip_prefix("# ").map(metadata_line) {
            Some((word, name, _)) if word == "HELP" => {
                assert!(
                    kind != "?" && families.insert(name.clone()),
                    "announced twice, or for nothing: {line:?}"
                );
                (family, kind) = (name, "?".to_owned());
            }
            Some((word, name, text)) if word == "TYPE" => {
                assert!(name == family && kind == "?", "out of place: {line:?}");
                kind = text;
            }
            Some((word, name, unit)) => {
                let named = name == family && name.ends_with(&format!("_{unit}"));
                assert!(word == "UNIT" && open_metrics && named, "out of place: {line:?}");
            }
            None => {
                let (series, value) = line.rsplit_once(' ').unwrap_or_else(|| panic!("no value: {line:?}"));
                let name = series.split('{').next().unwrap_or_default();
                let suffix = name.strip_prefix(family.as_str()).unwrap_or_else(|| panic!("astray: {line:?}"));
                assert!(suffixes(&kind, open_metrics).contains(&suffix), "no sample of a {kind}: {line:?}");
                assert!(is_number(value), "no number: {line:?}");
                assert!(lines.insert(series), "there twice: {line:?}");
            }
        }
    }
    Exposition::parse(text)
}

fn suffixes(kind: &str, open_metrics: bool) -> &'static [&'static str] {
    match (kind, open_metrics) {
        ("gauge", _) | ("counter", false) | ("stateset", true) => &[""],
        ("info", true) => &["_info"],
        ("counter", true) => &["_total", "_created"],
        ("summary", false) => &["", "_count", "_sum"],
        ("summary", true) => &["", "_count", "_sum", "_created"],
        ("histogram", false) => &["_bucket", "_count", "_sum"],
        ("histogram", true) => &["_bucket", "_count", "_sum", "_created"],
        _ => panic!("no kind: {kind:?}"),
    }
}

/// `-1.5e-7`, `NaN`, `+Inf`.
fn is_number(text: &str) -> bool {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let plain =
        |text: &str| text.split_once('.').map_or(digits(text), |(whole, rest)| digits(whole) && digits(rest));
    let unsigned = text.strip_prefix('-').unwrap_or(text);
    let finite = unsigned.split_once('e').map_or(plain(unsigned), |(size, exponent)| {
        plain(size) && digits(exponent.strip_prefix(['-', '+']).unwrap_or(exponent))
    });
    finite || ["NaN", "+Inf", "-Inf"].contains(&text)
}

fn metadata_line(line: &str) -> (String, String, String) {
    let mut words = line.splitn(3, ' ').map(str::to_owned);
    let mut word = || words.next().unwrap_or_else(|| panic!("too few words: {line:?}"));
    (word(), word(), word())
}

fn sample_line(line: &str) -> Sample {
    let end = line.find(['{', ' ']).unwrap_or_else(|| panic!("no sample: {line:?}"));
    let (name, mut rest) = line.split_at(end);
    let mut labels = Vec::new();
    if let Some(inner) = rest.strip_prefix('{') {
        rest = inner;
        while !rest.starts_with('}') {
            let (name, after) = rest.split_once("=\"").unwrap_or_else(|| panic!("no label: {line:?}"));
            let (value, after) = quoted(after);
            labels.push((name.to_owned(), value));
            rest = after.strip_prefix(',').unwrap_or(after);
        }
        rest = &rest[1..];
    }
    labels.sort();
    let value = rest.strip_prefix(' ').unwrap_or_else(|| panic!("no value: {line:?}"));
    Sample {
        name: name.to_owned(),
        labels,
        value: value.parse().unwrap_or_else(|_| panic!("{value:?}: {line:?}")),
    }
}

/// The value up to the closing quote, unescaped, and what follows.
fn quoted(text: &str) -> (String, &str) {
    let mut value = String::new();
    let mut chars = text.char_indices();
    while let Some((at, char)) = chars.next() {
        match char {
            '"' => return (value, &text[at + 1..]),
            '\\' => value.push(match chars.next() {
                Some((_, 'n')) => '\n',
                Some((_, escaped @ ('\\' | '"'))) => escaped,
                other => panic!("no escape: {other:?}"),
            }),
            _ => value.push(char),
        }
    }
    panic!("no closing quote: {text:?}")
}
