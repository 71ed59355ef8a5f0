//! Suggestions for misspelt names.

use strsim::osa_distance;

use super::json_syntax::quoted;

/// Returns the candidate that `word` most likely misspells, if one is near.
///
/// At most every third letter of a near candidate is different, missing, surplus or swapped with its neighbor. A candidate
/// is also near if one word is the beginning of the other. Case, `-` and `_` are ignored.
pub fn near<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let measured = candidates.into_iter().filter_map(|candidate| {
        let limit = candidate.len().min(word.len()).div_ceil(3);
        slips(word, candidate, limit).or_else(|| cut(word, candidate)).map(|slips| (slips, candidate))
    });
    measured.min_by_key(|(slips, _)| *slips).map(|(_, candidate)| candidate)
}

/// Returns the help of an error about an unknown name, if a candidate is near.
pub(crate) fn similar<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<String> {
    near(word, candidates).map(|meant| format!("a similar name exists: {}", quoted(meant)))
}

/// Returns the edit distance of two words (optimal string alignment); `None` if it is more than `limit`.
pub(super) fn slips(a: &str, b: &str, limit: usize) -> Option<usize> {
    // The distance is never less than this difference, which takes far less time.
    if limit == 0 || folded(a).count().abs_diff(folded(b).count()) > limit {
        return folded(a).eq(folded(b)).then_some(0);
    }
    let [a, b] = [a, b].map(|word| folded(word).collect::<String>());
    Some(osa_distance(&a, &b)).filter(|slips| *slips <= limit)
}

/// Returns the difference in length if one word is the beginning of the other, and longer than two letters.
fn cut(a: &str, b: &str) -> Option<usize> {
    let [a, b] = [a, b].map(|word| folded(word).collect::<String>());
    let are_long = [&a, &b].iter().all(|word| word.chars().nth(2).is_some());
    (are_long && (a.starts_with(&b) || b.starts_with(&a))).then(|| difference(&a, &b))
}

/// Returns the difference in length.
fn difference(a: &str, b: &str) -> usize {
    a.chars().count().abs_diff(b.chars().count())
}

/// Returns the letters that are compared, so that `apiUrl`, `api-url` and `api_url` are equal. The limit of 256 letters
/// bounds the work.
fn folded(word: &str) -> impl Iterator<Item = char> {
    word.chars().filter(|c| !matches!(c, '_' | '-' | ' ')).flat_map(char::to_lowercase).take(256)
}

#[cfg(test)]
mod tests {
    use super::near;

    #[test]
    fn the_beginning_of_a_word_is_near_if_it_says_enough() {
        assert_eq!(near("inc", ["incidents"]), Some("incidents"));
        assert_eq!(near("incidents_of_all_teams", ["incidents"]), Some("incidents"));
        assert_eq!(near("in", ["incidents"]), None);
    }
}
