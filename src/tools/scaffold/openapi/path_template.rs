//! A path of a description with its parameters, such as `/projects/{id}/issues`.

use percent_encoding::percent_decode_str;

/// A path of a description.
pub(super) struct PathTemplate {
    /// The segments, each as its pieces.
    pub segments: Vec<Vec<PathPiece>>,
    /// The names and values of parameters after a `?`, which some descriptions have in a path.
    pub query: Vec<(String, String)>,
}

/// A piece of a segment.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum PathPiece {
    /// Text that is sent as it is.
    Fixed(String),
    /// The name of a parameter.
    Parameter(String),
}

impl PathTemplate {
    /// Parses a path. A fragment distinguishes operations, and is never sent.
    pub(super) fn parse(path: &str) -> Self {
        let path = path.split('#').next().unwrap_or_default();
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        let segments = path.strip_prefix('/').unwrap_or(path).split('/').map(pieces).collect();
        let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
        let fixed = pairs.filter(|(_, value)| !value.contains('{'));
        Self { segments, query: fixed.map(|(name, value)| (decoded(name), decoded(value))).collect() }
    }

    /// Returns a path without its end, and the values of the parameters there, if the end is this path.
    pub(super) fn strip(&self, path: &str) -> Option<(String, Vec<(String, String)>)> {
        let is_fixed = |segment: &Vec<PathPiece>| matches!(segment.as_slice(), [PathPiece::Fixed(text)] if !text.is_empty());
        // Without fixed text, any path would have this end.
        self.segments.iter().any(is_fixed).then_some(())?;
        let found: Vec<&str> = path.split('/').collect();
        let at = found.len().checked_sub(self.segments.len()).filter(|at| *at > 0)?;
        let mut values = Vec::new();
        for (segment, found) in self.segments.iter().zip(&found[at..]) {
            match segment.as_slice() {
                [PathPiece::Parameter(name)] if !found.is_empty() => {
                    values.push((name.clone(), decoded(found)));
                }
                [PathPiece::Fixed(text)] if decoded(text) == decoded(found) => {}
                _ => return None,
            }
        }
        Some((found[..at].join("/"), values))
    }
}

fn pieces(segment: &str) -> Vec<PathPiece> {
    let (mut pieces, mut rest) = (Vec::new(), segment);
    while let Some((before, name, after)) = parameter(rest) {
        if !before.is_empty() {
            pieces.push(PathPiece::Fixed(before.to_owned()));
        }
        pieces.push(PathPiece::Parameter(name.to_owned()));
        rest = after;
    }
    if !rest.is_empty() || pieces.is_empty() {
        pieces.push(PathPiece::Fixed(rest.to_owned()));
    }
    pieces
}

/// Returns the first parameter of a text, with the text before and after it.
pub(super) fn parameter(text: &str) -> Option<(&str, &str, &str)> {
    let (before, rest) = text.split_once('{')?;
    let (name, after) = rest.split_once('}')?;
    Some((before, name, after))
}

fn decoded(text: &str) -> String {
    percent_decode_str(text).decode_utf8_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_that_ends_in_the_path_has_the_values_of_its_parameters() {
        let strip = |template: &str, path: &str| PathTemplate::parse(template).strip(path);
        let value = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let found = |base: &str, values| Some((base.to_owned(), values));
        assert_eq!(strip("/jobs", "/v1/jobs"), found("/v1", vec![]));
        assert_eq!(strip("/p/{id}/issues", "/p/a%2Fb/issues"), found("", vec![value("id", "a/b")]));
        for (template, path) in [
            ("/jobs", "/v1"),
            ("/jobs", "jobs"),
            ("/{id}", "/v1/7"),
            ("/", "/"),
            ("/p/{id}", "/p/"),
            ("/a/{b}.json", "/a/1.json"),
        ] {
            assert_eq!(strip(template, path), None, "{template} {path}");
        }
    }

    #[test]
    fn a_segment_has_fixed_text_and_parameters() {
        let PathTemplate { segments, query } = PathTemplate::parse("/{a}-{b}.json/x?type=c%20d&e={f}#g");
        let [a, b] = ["a", "b"].map(|name| PathPiece::Parameter(name.to_owned()));
        let [dash, end, x] = ["-", ".json", "x"].map(|text| PathPiece::Fixed(text.to_owned()));
        assert_eq!(segments, [vec![a, dash, b, end], vec![x]]);
        assert_eq!(query, [("type".to_owned(), "c d".to_owned())]);
    }
}
