//! Unix timestamps as text.

/// The first second of the year 2000 and of the year 2100.
const YEARS: [f64; 2] = [946_684_800.0, 4_102_444_800.0];
/// The largest magnitude of a Unix timestamp in a unit that is not stated: -1 and 0 are values for no time.
const NONE: [&str; 3] = ["0", "-1", "0.0"];

/// Returns the Unix timestamp in seconds that a text represents; `None` if the text is not one.
pub(super) fn parse(text: &str) -> Option<f64> {
    dotnet(text).or_else(|| number(text))
}

/// Parses a number in the only unit in which it is a time of this century. Digits of a date such as `20160130` are none.
fn number(text: &str) -> Option<f64> {
    if NONE.contains(&text) {
        return Some(0.0);
    }
    let is_number = text.starts_with(|first: char| first.is_ascii_digit())
        && text.ends_with(|last: char| last.is_ascii_digit())
        && text.chars().all(|c| c.is_ascii_digit() || c == '.');
    let number: f64 = text.parse().ok().filter(|_| is_number)?;
    let times = [1.0, 1e3, 1e6, 1e9].map(|divisor| number / divisor);
    times.into_iter().find(|time| (YEARS[0]..YEARS[1]).contains(time))
}

/// Parses `/Date(1454197800000)/` and `/Date(1454197800000+0100)/`, which are milliseconds in UTC with any offset.
///
/// Source: <https://learn.microsoft.com/en-us/dotnet/framework/wcf/feature-details/stand-alone-json-serialization>.
fn dotnet(text: &str) -> Option<f64> {
    let inside = text.strip_prefix("/Date(")?.strip_suffix(")/")?;
    let end = inside.char_indices().skip(1).find(|(_, c)| matches!(c, '+' | '-')).map(|(at, _)| at);
    let (millis, offset) = inside.split_at(end.unwrap_or(inside.len()));
    let is_offset = offset.is_empty() || offset.len() == 5 && offset[1..].bytes().all(|c| c.is_ascii_digit());
    let millis: i64 = millis.parse().ok().filter(|_| is_offset)?;
    #[allow(clippy::cast_precision_loss, reason = "milliseconds are exact for thousands of years")]
    Some(millis as f64 / 1e3)
}
