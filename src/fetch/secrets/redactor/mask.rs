//! Replaces ranges of a text by the mask.

use std::collections::HashMap;
use std::ops::Range;

use super::named::Named;
use crate::fetch::secrets::secret::MASK;

/// A range of a text that is redacted.
struct Hidden {
    range: Range<usize>,
    /// The mask to print, with a number if the field has several values.
    mark: String,
}

/// Returns the text with `***` instead of each range. Overlapping ranges are merged, since the rest of the second would
/// be half a secret. Ranges grow to whole characters of UTF-8.
pub(super) fn masked(text: &[u8], found: Vec<Range<usize>>, named: Vec<Named>) -> Vec<u8> {
    let named = named.into_iter().map(|named| named.range);
    shown(text, found.into_iter().chain(named).map(|range| Hidden { range, mark: MASK.to_owned() }).collect())
}

/// Returns the text with a mask instead of each range. Different values of one name get different masks, `***` and `***2`,
/// so that items stay distinct.
pub(super) fn marked(text: &[u8], found: Vec<Range<usize>>, named: Vec<Named>) -> Vec<u8> {
    let mut counts: HashMap<&[u8], HashMap<&[u8], usize>> = HashMap::new();
    let marks: Vec<usize> = named
        .iter()
        .map(|Named { range, name }| {
            let values = counts.entry(name).or_default();
            let next = values.len() + 1;
            *values.entry(&text[range.clone()]).or_insert(next)
        })
        .collect();
    let named = named.into_iter().zip(marks).map(|(Named { range, .. }, count)| Hidden {
        range,
        mark: if count == 1 { MASK.to_owned() } else { format!("{MASK}{count}") },
    });
    let found = found.into_iter().map(|range| Hidden { range, mark: MASK.to_owned() });
    shown(text, named.chain(found).collect())
}

fn shown(text: &[u8], mut hidden: Vec<Hidden>) -> Vec<u8> {
    let continues = |at: usize| text.get(at).is_some_and(|byte| byte & 0xc0 == 0x80);
    // The sort is stable. If two begin at one place, the named one comes first and gives its mark.
    hidden.sort_by_key(|hidden| hidden.range.start);
    let (mut shown, mut end) = (Vec::with_capacity(text.len()), 0);
    for Hidden { mut range, mark } in hidden {
        range.start -= (0..4).take_while(|back| continues(range.start.saturating_sub(*back))).count();
        range.end += (0..4).take_while(|on| continues(range.end + on)).count();
        if range.start >= end {
            shown.extend(&text[end..range.start]);
            shown.extend(mark.bytes());
        }
        end = end.max(range.end);
    }
    shown.extend(&text[end..]);
    shown
}
