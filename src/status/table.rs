//! The status as a table for terminals.

use std::fmt;

use super::humanize::Rounded;
use super::metric_status::{MetricStatus, SeriesStatus};
use super::service_status::{ServiceState, ServiceStatus};
use crate::support::printable::quoted;
use crate::support::size::Size;

/// A table of a service: the result of its last poll, and a row for each series.
pub(crate) struct StatusTable<'a> {
    pub service: &'a ServiceStatus,
    /// True if the terminal supports colours.
    pub coloured: bool,
    /// The width of the terminal, in which labels and notes are wrapped.
    pub columns: usize,
}

/// The cells of a row: kind, metric, labels, value, and a note about the value.
type Row = [String; 5];

const LABELS: usize = 2;
const VALUE: usize = 3;
const NOTE: usize = 4;
/// The least width of the columns whose cells are wrapped.
const NARROWEST: usize = 12;
/// The style of each column, as SGR parameters (ECMA-48).
const STYLES: [&str; 5] = [DIM, BOLD, "", "36", DIM];
const BOLD: &str = "1";
const DIM: &str = "2";
const RED: &str = "31";
const GREEN: &str = "32";

impl fmt::Display for StatusTable<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.head(f)?;
        let titles = ["KIND", "METRIC", "LABELS", "VALUE", ""].map(str::to_owned);
        let rows: Vec<Row> = self.service.metrics.iter().flatten().flat_map(rows).collect();
        let cells = |column: usize| rows.iter().chain([&titles]).map(move |row| row[column].chars().count());
        let widths = std::array::from_fn(|column| cells(column).max().unwrap_or_default());
        let widths = fitted(widths, self.columns);
        self.row(f, &titles, &widths, [DIM; 5])?;
        let mut lines = rows.iter().flat_map(|row| lines(row, &widths));
        lines.try_for_each(|line| self.row(f, &line, &widths, STYLES))
    }
}

/// Returns the widths with narrower labels and notes if a row would not fit.
fn fitted(mut widths: [usize; 5], columns: usize) -> [usize; 5] {
    let gaps = 2 * widths.len();
    let others = widths.iter().sum::<usize>() - widths[LABELS] - widths[NOTE];
    let room = columns.saturating_sub(others + gaps).max(2 * NARROWEST);
    if widths[LABELS] + widths[NOTE] > room {
        widths[NOTE] = widths[NOTE].min(room.saturating_sub(widths[LABELS]).max(NARROWEST));
        widths[LABELS] = widths[LABELS].min(room - widths[NOTE]);
    }
    widths
}

/// Returns the lines of a row, whose labels and notes are wrapped.
fn lines(row: &Row, widths: &[usize; 5]) -> Vec<Row> {
    let (mut labels, mut notes) =
        (wrapped(&row[LABELS], widths[LABELS]).into_iter(), wrapped(&row[NOTE], widths[NOTE]).into_iter());
    let mut lines = Vec::new();
    loop {
        let (label, note) = (labels.next(), notes.next());
        if !lines.is_empty() && label.is_none() && note.is_none() {
            return lines;
        }
        let mut line = if lines.is_empty() { row.clone() } else { Row::default() };
        (line[LABELS], line[NOTE]) = (label.unwrap_or_default(), note.unwrap_or_default());
        lines.push(line);
    }
}

/// Wraps a text at blanks. A word that is longer than a line continues on the next one.
fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split(' ') {
        let length = |text: &str| text.chars().count();
        match lines.last_mut().filter(|line| length(line) + 1 + length(word) <= width) {
            Some(line) => *line += &format!(" {word}"),
            None => {
                let chars: Vec<char> = word.chars().collect();
                lines.extend(chars.chunks(width.max(1)).map(|part| part.iter().collect::<String>()));
            }
        }
    }
    lines
}

impl StatusTable<'_> {
    /// Writes the head line: `splunk: up, polled in 0.3 s, requests: 2, received: 8.1 kB`.
    fn head(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ServiceStatus { name, last_poll, requests, response_bytes, .. } = self.service;
        let states = self.service.states();
        let style = if states == [ServiceState::Up] { GREEN } else { RED };
        let states = states.into_iter().map(ServiceState::word).collect::<Vec<_>>().join(", ");
        write!(f, "{}: {}", self.styled(BOLD, name), self.styled(style, &states))?;
        let Some(last) = last_poll else { return writeln!(f) };
        let (seconds, requests) = (last.duration_seconds, requests.values().sum::<u64>());
        writeln!(f, ", polled in {seconds} s, requests: {requests}, received: {}", Size(*response_bytes))
    }

    fn row(
        &self,
        f: &mut fmt::Formatter<'_>,
        row: &Row,
        widths: &[usize; 5],
        styles: [&str; 5],
    ) -> fmt::Result {
        let mut line = String::new();
        for (column, (cell, style)) in row.iter().zip(styles).enumerate() {
            let gap = " ".repeat(widths[column] - cell.chars().count());
            let (before, after) = if column == VALUE { (gap.as_str(), "") } else { ("", gap.as_str()) };
            line += &format!("  {before}{}{after}", self.styled(style, cell));
        }
        writeln!(f, "{}", line.trim_end())
    }

    fn styled(&self, style: &str, text: &str) -> String {
        if self.coloured && !style.is_empty() && !text.is_empty() {
            format!("\x1b[{style}m{text}\x1b[0m")
        } else {
            text.to_owned()
        }
    }
}

/// Returns a row for each shown series, and a row with the number of the others.
fn rows(metric: &MetricStatus) -> Vec<Row> {
    let mut rows: Vec<Row> = metric.series.iter().map(|series| row(metric, series)).collect();
    if rows.is_empty() && metric.error.is_some() {
        // The caller reports the error.
        return rows;
    }
    if rows.is_empty() {
        rows.push(["", "", "", "-", ""].map(str::to_owned));
    }
    let first = &mut rows[0];
    first[0] = metric.kind.to_owned();
    first[1] = metric.name.to_owned() + metric.suffix();
    if let Some(error) = &metric.error {
        first[4] = format!("error: {}", quoted(&error.0.problem));
    }
    let mut say = |words: &str| rows.push(["", "", words, "", ""].map(str::to_owned));
    if metric.more() > 0 {
        say(&format!("and {} more (pipe to `cat` to show all)", metric.more()));
    }
    if let Some(dropped) = metric.series_dropped {
        say(&format!("and {dropped} more, dropped at series_limit or memory_limit_bytes"));
    }
    rows
}

fn row(metric: &MetricStatus, series: &SeriesStatus) -> Row {
    let labels = metric.labels.iter().map(|label| {
        let value = series.labels.get(*label).map(String::as_str).unwrap_or_default();
        format!("{label}={}", quoted(value))
    });
    let labels = labels.collect::<Vec<_>>().join(" ");
    let figure = series.value.as_ref().or(series.count.as_ref()).map(String::as_str).unwrap_or_default();
    [String::new(), String::new(), labels, Rounded(figure).to_string(), note(metric, series)]
}

/// Returns the unit, and the mean and sum of the observations.
fn note(metric: &MetricStatus, series: &SeriesStatus) -> String {
    let unit = &metric.unit;
    let Some(sum) = &series.sum else { return unit.to_string() };
    let mean = series.mean().map(|mean| format!("mean {}, ", Rounded(&mean.to_string())));
    format!("{}sum {} {unit}", mean.unwrap_or_default(), Rounded(sum)).trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_cell_is_wrapped_and_nothing_of_it_is_lost() {
        assert_eq!(wrapped("a=\"1\" bb=\"22\"", 20), ["a=\"1\" bb=\"22\""]);
        assert_eq!(wrapped("a=\"1\" bb=\"22\"", 8), ["a=\"1\"", "bb=\"22\""]);
        assert_eq!(wrapped("éééééé x", 4), ["éééé", "éé x"]);
        assert!(wrapped("", 4).is_empty());
    }

    #[test]
    fn a_summary_without_observations_has_no_mean() {
        let family = crate::author::family::Family {
            name: "took",
            kind: crate::config::Kind::Summary,
            help: "Took.",
            unit: "minutes",
            labels: &[],
            buckets: &[],
        };
        let metric = MetricStatus::new(&family.into(), &Default::default(), &Default::default(), 0);
        let series = |count: &str, sum: &str| SeriesStatus {
            labels: Default::default(),
            value: None,
            count: Some(count.to_owned()),
            sum: Some(sum.to_owned()),
        };
        assert_eq!(note(&metric, &series("0", "0")), "sum 0 minutes");
        assert_eq!(note(&metric, &series("2", "3")), "mean 1.5, sum 3 minutes");
    }

    #[test]
    fn no_row_is_wider_than_the_terminal() {
        for (widths, columns) in
            [([7, 24, 20, 5, 34], 80), ([7, 24, 200, 5, 34], 80), ([7, 24, 20, 5, 0], 70)]
        {
            let sum = fitted(widths, columns).iter().sum::<usize>();
            assert!(sum + 10 <= columns, "{widths:?}: {sum}");
        }
        assert_eq!(fitted([7, 24, 20, 5, 34], 100), [7, 24, 20, 5, 34]);
    }
}
