//! The values of a sample that become no metrics, with the reasons.

use super::identifiers::escaped;

/// The largest number of lines about omitted values on the terminal and in the file of a service.
const MOST_LINES: usize = 40;
/// The longest place in a line, in characters.
const LONGEST_PLACE: usize = 90;

/// Values at one place that become no metric.
#[derive(Debug, Clone)]
pub(super) struct Omission {
    /// The place, such as `queues[].id`.
    pub place: String,
    /// The number of values at the place in the sample.
    pub count: usize,
    /// The reason for the omission.
    pub reason: OmissionReason,
}

/// The reason why values become no metric.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum OmissionReason {
    /// The number identifies something.
    Identifier,
    /// The value is the value of a label.
    LabelValue,
    /// The number is part of pagination or of the request.
    Paging,
    /// The number is the status of the response.
    ResponseStatus,
    /// The number names a place, a port, a version or a calendar unit.
    NoAmount,
    /// The time is that of the response.
    Now,
    /// The times belong to a long list.
    ManyTimes,
    /// The times belong to rows whose label may have ever more values.
    EventTimes,
    /// No field distinguishes the rows.
    NoLabel,
    /// The values have different types.
    MixedTypes,
    /// The value is nested too deeply.
    TooDeep,
    /// Another field has the same value.
    Duplicate,
    /// The key is data, but the values have different types.
    KeyOfData,
    /// The metric is beyond the limit, or not selected.
    NotSelected,
}

impl OmissionReason {
    fn text(self) -> &'static str {
        match self {
            Self::Identifier => "an identifier",
            Self::LabelValue => "the value of a label",
            Self::Paging => "part of the request or the pagination",
            Self::ResponseStatus => "the status of the response",
            Self::NoAmount => "no amount",
            Self::Now => "the time of the response",
            Self::ManyTimes => "the times of a long list",
            Self::EventTimes => "times of rows whose label grows without bound",
            Self::NoLabel => "no field distinguishes the rows",
            Self::MixedTypes => "values of different types",
            Self::TooDeep => "nested too deeply",
            Self::Duplicate => "the value of another field",
            Self::KeyOfData => "a key that is data",
            Self::NotSelected => "not selected",
        }
    }
}

/// Returns the number of omitted values.
pub(super) fn total(omitted: &[Omission]) -> usize {
    omitted.iter().map(|omission| omission.count).sum()
}

/// Returns a line for each place, up to a limit.
pub(super) fn lines(omitted: &[Omission]) -> Vec<String> {
    let mut lines: Vec<String> = omitted.iter().take(MOST_LINES).map(line).collect();
    if omitted.len() > MOST_LINES {
        let further = &omitted[MOST_LINES..];
        lines.push(format!("{}: {} at {} more places", "...", total(further), further.len()));
    }
    lines
}

fn line(omission: &Omission) -> String {
    let Omission { place, count, reason } = omission;
    let mut place: String = escaped(place).chars().take(LONGEST_PLACE).collect();
    if *count > 1 {
        place += &format!(" ({count} values)");
    }
    format!("{place}: {}", reason.text())
}
