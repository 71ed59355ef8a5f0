//! Did you mean …?

use super::json_syntax::quoted;

/// The candidate that `word` is most likely a slip of, if one is near: at most every third letter wrong,
/// missing, surplus or swapped with its neighbour, or one the beginning of the other; upper and lower case, `-`
/// and `_` are alike.
pub fn near<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let measured = candidates.into_iter().filter_map(|candidate| {
        let limit = candidate.len().min(word.len()).div_ceil(3);
        slips(word, candidate, limit).or_else(|| cut(word, candidate)).map(|slips| (slips, candidate))
    });
    measured.min_by_key(|(slips, _)| *slips).map(|(_, candidate)| candidate)
}

/// The end of a mistake: the near candidate, or what else to do.
pub(super) fn advice<'a>(
    word: &str,
    candidates: impl IntoIterator<Item = &'a str>,
    otherwise: &str,
) -> String {
    near(word, candidates).map_or(otherwise.to_owned(), |meant| format!("did you mean {}?", quoted(meant)))
}

/// How many slips lie between two words (optimal string alignment), if at most `limit`.
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

/// How much longer the one word is than the other, if that is the only difference and something is left.
fn cut(a: &str, b: &str) -> Option<usize> {
    let (a, b) = (folded(a), folded(b));
    let begins = a.len().min(b.len()) > 2 && (a.starts_with(&b) || b.starts_with(&a));
    begins.then(|| a.len().abs_diff(b.len()))
}

/// The letters that count: `apiUrl`, `api-url` and `api_url` are one. Nobody means anything by the 257th.
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
