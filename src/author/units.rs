//! Parsers for [`Text::parse`](crate::Text::parse): values that an API writes as text, in the base units of Prometheus.
//!
//! [`Timestamp::parse`](crate::Timestamp::parse) parses times.

use crate::support::error::{Error, ErrorKind, Result};

/// The units of a duration with their lengths in seconds.
const DURATIONS: [(&str, f64); 8] = [
    ("ns nanos nanosecond nanoseconds", 1e-9),
    ("us µs μs micros microsecond microseconds", 1e-6),
    ("ms msec msecs millis millisecond milliseconds", 1e-3),
    ("s sec secs second seconds", 1.0),
    ("m min mins minute minutes", 60.0),
    ("h hr hrs hour hours", 3600.0),
    ("d day days", 86_400.0),
    ("w week weeks", 604_800.0),
];

/// The units of a size. A prefix with `i`, and one without `B` as `df -h` prints it, is a power of 1024 (IEC 80000-13).
const SIZES: [(&str, f64); 16] = [
    ("b byte bytes", 1.0),
    ("kb", 1e3),
    ("mb", 1e6),
    ("gb", 1e9),
    ("tb", 1e12),
    ("pb", 1e15),
    ("kib k", 1024.0),
    ("mib m", 1_048_576.0),
    ("gib g", 1_073_741_824.0),
    ("tib t", 1_099_511_627_776.0),
    ("pib p", 1_125_899_906_842_624.0),
    ("ki", 1024.0),
    ("mi", 1_048_576.0),
    ("gi", 1_073_741_824.0),
    ("ti", 1_099_511_627_776.0),
    ("pi", 1_125_899_906_842_624.0),
];

/// Parses a number such as `23.44` or `1e3`.
///
/// ```
/// use collectington::units;
///
/// assert_eq!(units::number("23.44"), Ok(23.44));
/// assert!(units::number("n/a").is_err());
/// ```
///
/// # Errors
/// The text is not a finite number.
pub fn number(text: &str) -> Result<f64, Error> {
    plain(text.trim()).ok_or_else(|| invalid("number", text, "23.44"))
}

/// Parses a number of CPU cores as Kubernetes writes it, such as `4`, `500m` or `1200n`.
///
/// Source: <https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/>.
///
/// ```
/// use collectington::units;
///
/// assert_eq!(units::cores("500m"), Ok(0.5));
/// assert_eq!(units::cores("4"), Ok(4.0));
/// assert!(units::cores("4h").is_err());
/// ```
///
/// # Errors
/// The text is not a number with the suffix `m`, `u` or `n`, or without a suffix.
pub fn cores(text: &str) -> Result<f64, Error> {
    let text = text.trim();
    let number = text.trim_end_matches(['m', 'u', 'n']);
    let divisor = match &text[number.len()..] {
        "" => Some(1.0),
        "m" => Some(1e3),
        "u" => Some(1e6),
        "n" => Some(1e9),
        _ => None,
    };
    let cores = plain(number).zip(divisor).map(|(number, divisor)| number / divisor);
    cores.ok_or_else(|| invalid("number of cores", text, "500m"))
}

/// Parses a percentage such as `45.2%` to a ratio from 0 to 1.
///
/// ```
/// use collectington::units;
///
/// assert_eq!(units::ratio("12.5 %"), Ok(0.125));
/// assert!(units::ratio("12.5").is_err());
/// ```
///
/// # Errors
/// The text is not a number with a percent sign.
pub fn ratio(text: &str) -> Result<f64, Error> {
    let number = text.trim().strip_suffix('%').and_then(|number| plain(number.trim_end()));
    number.map(|percent| percent / 100.0).ok_or_else(|| invalid("percentage", text, "45.2%"))
}

/// Parses a duration such as `3d 4h`, `150ms`, `01:02:03` or `PT5M30S` (ISO 8601) to seconds.
///
/// ```
/// use collectington::units;
///
/// assert_eq!(units::seconds("1.5s"), Ok(1.5));
/// assert_eq!(units::seconds("2 days, 01:00:00"), Ok(176_400.0));
/// assert_eq!(units::seconds("PT5M30S"), Ok(330.0));
/// assert!(units::seconds("soon").is_err());
/// ```
///
/// # Errors
/// The text is not a duration with units.
pub fn seconds(text: &str) -> Result<f64, Error> {
    let (sign, rest) = text.trim().strip_prefix('-').map_or((1.0, text.trim()), |rest| (-1.0, rest));
    let seconds = iso_duration(rest).or_else(|| clock(rest)).or_else(|| quantities(rest, &DURATIONS));
    seconds.map(|seconds| sign * seconds).ok_or_else(|| invalid("duration", text, "3d 4h"))
}

/// Parses a size such as `1.5GiB` or `120 kB` to bytes. `kB` is 1000 bytes; `KiB` and `K` are 1024 bytes.
///
/// ```
/// use collectington::units;
///
/// assert_eq!(units::bytes("1.5GiB"), Ok(1_610_612_736.0));
/// assert_eq!(units::bytes("120 kB"), Ok(120_000.0));
/// assert!(units::bytes("large").is_err());
/// ```
///
/// # Errors
/// The text is not a number with a unit.
pub fn bytes(text: &str) -> Result<f64, Error> {
    let (number, unit) = quantity(text.trim()).ok_or_else(|| invalid("size", text, "1.5GiB"))?;
    let factor = factor(unit.trim(), &SIZES).ok_or_else(|| invalid("size", text, "1.5GiB"))?;
    Ok(number * factor)
}

fn invalid(what: &str, text: &str, example: &str) -> Error {
    let shown: String = text.chars().take(40).flat_map(char::escape_debug).collect();
    Error::new(ErrorKind::Type, format!("invalid {what} `{shown}`: expected a form like `{example}`"))
}

fn plain(text: &str) -> Option<f64> {
    let is_number = text.ends_with(|last: char| last.is_ascii_digit() || last == '.');
    text.parse().ok().filter(|number: &f64| is_number && number.is_finite())
}

/// Returns the number at the beginning of a text, and the rest.
fn quantity(text: &str) -> Option<(f64, &str)> {
    let end = text.find(|c: char| !(c.is_ascii_digit() || c == '.')).unwrap_or(text.len());
    Some((plain(&text[..end])?, &text[end..]))
}

fn factor(unit: &str, units: &[(&str, f64)]) -> Option<f64> {
    let unit = unit.to_lowercase();
    units.iter().find(|(names, _)| names.split(' ').any(|name| name == unit)).map(|(_, factor)| *factor)
}

/// Returns the sum of quantities such as `3d 4h`, at least one.
fn quantities(text: &str, units: &[(&str, f64)]) -> Option<f64> {
    let (mut rest, mut sum) = (text.trim(), 0.0);
    loop {
        let (number, after) = quantity(rest)?;
        let after = after.trim_start();
        let end = after.find(|c: char| !c.is_alphabetic()).unwrap_or(after.len());
        sum += number * factor(&after[..end], units)?;
        rest = after[end..].trim_start_matches([' ', ',']);
        rest = rest.strip_prefix("and ").unwrap_or(rest);
        if rest.is_empty() {
            return Some(sum);
        }
    }
}

/// Returns the seconds of `[days, ]hours:minutes:seconds`.
fn clock(text: &str) -> Option<f64> {
    let (days, time) = match text.rsplit_once([' ', ',']) {
        Some((days, time)) => (quantities(days.trim_end_matches([' ', ',']), &DURATIONS)?, time),
        None => (0.0, text),
    };
    let parts: Vec<f64> = time
        .split(':')
        .map(|part| quantity(part).filter(|(_, rest)| rest.is_empty()))
        .map(|part| part.map(|(number, _)| number))
        .collect::<Option<_>>()?;
    let [hours, minutes, seconds] = parts.as_slice() else { return None };
    (*minutes < 60.0 && *seconds < 60.0).then_some(days + hours * 3600.0 + minutes * 60.0 + seconds)
}

/// Returns the seconds of a duration of ISO 8601 without years and months, whose lengths vary.
fn iso_duration(text: &str) -> Option<f64> {
    let rest = text.strip_prefix('P')?;
    let (days, time) = rest.split_once('T').unwrap_or((rest, ""));
    let of = |part: &str, units: &[(&str, f64)]| {
        if part.is_empty() { Some(0.0) } else { quantities(part, units) }
    };
    let days_and_weeks = [("d", 86_400.0), ("w", 604_800.0)];
    let hours_to_seconds = [("h", 3600.0), ("m", 60.0), ("s", 1.0)];
    if rest.trim_end_matches('T').is_empty() {
        return None;
    }
    Some(of(days, &days_and_weeks)? + of(time, &hours_to_seconds)?)
}

#[cfg(test)]
mod tests;
