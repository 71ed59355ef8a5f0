//! Suggestions for misspelt names.

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

/// Returns the advice of an error message, which is the near candidate or `otherwise`.
pub(super) fn advice<'a>(
    word: &str,
    candidates: impl IntoIterator<Item = &'a str>,
    otherwise: &str,
) -> String {
    near(word, candidates).map_or(otherwise.to_owned(), |meant| format!("did you mean {}?", quoted(meant)))
}

/// Returns the edit distance of two words (optimal string alignment); `None` if it is more than `limit`.
pub(super) fn slips(a: &str, b: &str, limit: usize) -> Option<usize> {
    let (a, b) = (folded(a), folded(b));
    if a.len().abs_diff(b.len()) > limit {
        return None;
    }
    let (mut before, mut last) = (Vec::new(), (0..=b.len()).collect::<Vec<_>>());
    for i in 1..=a.len() {
        let mut row = vec![i];
        for j in 1..=b.len() {
            let same = a[i - 1] == b[j - 1];
            let mut cost = (last[j] + 1).min(row[j - 1] + 1).min(last[j - 1] + usize::from(!same));
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                cost = cost.min(before[j - 2] + 1);
            }
            row.push(cost);
        }
        before = std::mem::replace(&mut last, row);
    }
    last.last().copied().filter(|slips| *slips <= limit)
}

/// Returns the difference in length if one word is the beginning of the other, and longer than two letters.
fn cut(a: &str, b: &str) -> Option<usize> {
    let (a, b) = (folded(a), folded(b));
    let begins = a.len().min(b.len()) > 2 && (a.starts_with(&b) || b.starts_with(&a));
    begins.then(|| a.len().abs_diff(b.len()))
}

/// Returns the letters that are compared, so that `apiUrl`, `api-url` and `api_url` are equal. The limit of 256 letters
/// bounds the work.
fn folded(word: &str) -> Vec<char> {
    word.chars().filter(|c| !matches!(c, '_' | '-' | ' ')).flat_map(char::to_lowercase).take(256).collect()
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
