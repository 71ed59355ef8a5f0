//! The card of one metric on the status page.

use std::fmt::{self, Write};

use super::html::Escaped;
use super::humanize::{Rounded, Time};
use super::metric_status::{MetricStatus, SeriesStatus};
use super::plot::plot;

/// The largest number of series that a card shows expanded.
const OPEN: usize = 8;

/// Writes the card of a metric.
pub(super) fn card(service: &str, metric: &MetricStatus, out: &mut String) -> fmt::Result {
    let id = format!("{}-{}", Escaped(service), metric.name);
    writeln!(out, "<article id=\"m-{id}\" aria-labelledby=\"n-{id}\">")?;
    let (name, suffix) = (Escaped(metric.name), metric.suffix());
    write!(out, "<div class=\"top\"><h3 id=\"n-{id}\">{name}<i>{suffix}</i></h3>")?;
    writeln!(out, "<span class=\"kind\">{}</span></div>", metric.kind)?;
    writeln!(out, "<p class=\"help\">{}{}</p>", Escaped(&metric.help), unit(metric))?;
    if let Some(error) = &metric.error {
        out.write_str("<div class=\"cause\"><b>Error in the last poll with data.</b> ")?;
        error.0.write_html(out)?;
        out.write_str("</div>\n")?;
    }
    if metric.is_stale {
        let since = metric.last_success.map_or_else(|| "the start".to_owned(), Time::moment);
        writeln!(out, "<p class=\"cause\"><b>Not updated since {}.</b></p>", Escaped(&since))?;
    }
    if let Some(dropped) = metric.series_dropped {
        writeln!(
            out,
            "<p class=\"cause\"><b>{dropped} series dropped</b> at series_limit or memory_limit_bytes.</p>"
        )?;
    }
    now(metric, out)?;
    table(&id, metric, out)?;
    out.write_str("</article>\n")
}

fn unit(metric: &MetricStatus) -> String {
    if metric.unit.is_empty() { String::new() } else { format!(" ({})", Escaped(&metric.unit)) }
}

/// Writes the value, or the sum over the series, with a plot of its recent values.
fn now(metric: &MetricStatus, out: &mut String) -> fmt::Result {
    out.write_str("<div class=\"now\"><p>")?;
    match &metric.total {
        Some(total) => data(total, out)?,
        None => out.write_str("<span class=\"dim\">no data</span>")?,
    }
    match (&metric.series[..], metric.series_count) {
        ([one], 1) if one.count.is_some() => {
            let mean = one.mean().map(|mean| format!(", mean {}", Rounded(&mean.to_string())));
            write!(out, "<span class=\"dim\">observed{}</span>", mean.unwrap_or_default())?;
        }
        (_, 2..) => write!(out, "<span class=\"dim\">sum of {} series</span>", metric.series_count)?,
        _ => {}
    }
    out.write_str("</p>")?;
    plot(&metric.recent, out)?;
    out.write_str("</div>\n")
}

/// Writes the table of the series. A metric without labels has none unless it observes: the card already shows its
/// value.
fn table(id: &str, metric: &MetricStatus, out: &mut String) -> fmt::Result {
    let observes = metric.series.first().is_some_and(|series| series.count.is_some());
    if metric.series.is_empty() || (metric.labels.is_empty() && !observes) {
        return Ok(());
    }
    let open = if metric.series_count <= OPEN && !metric.labels.is_empty() { " open" } else { "" };
    let labels = metric.labels.join(", ");
    let what = match metric.series_count {
        _ if labels.is_empty() => "count, sum and mean".to_owned(),
        count => format!("{count} series by {}", Escaped(&labels)),
    };
    writeln!(out, "<details id=\"d-{id}\"{open}><summary>{what}</summary>")?;
    writeln!(out, "<table><caption class=\"sr\">Series of {}</caption>", Escaped(metric.name))?;
    head(metric, observes, out)?;
    metric.series.iter().try_for_each(|series| row(metric, series, out))?;
    out.write_str("</tbody></table>\n")?;
    if metric.more() > 0 {
        writeln!(
            out,
            "<p class=\"more\">and {} more on <a href=\"/metrics\">/metrics</a></p>",
            metric.more()
        )?;
    }
    out.write_str("</details>\n")
}

fn head(metric: &MetricStatus, observes: bool, out: &mut String) -> fmt::Result {
    out.write_str("<thead><tr>")?;
    for label in &metric.labels {
        write!(out, "<th scope=\"col\">{}</th>", Escaped(label))?;
    }
    let figures: &[&str] = if observes { &["count", "sum", "mean"] } else { &["value"] };
    for figure in figures {
        write!(out, "<th scope=\"col\" class=\"n\">{figure}</th>")?;
    }
    out.write_str("</tr></thead>\n<tbody>\n")
}

fn row(metric: &MetricStatus, series: &SeriesStatus, out: &mut String) -> fmt::Result {
    out.write_str("<tr>")?;
    for (at, label) in metric.labels.iter().enumerate() {
        let (cell, scope) = if at == 0 { ("th", " scope=\"row\"") } else { ("td", "") };
        let value = series.labels.get(*label).map(String::as_str).unwrap_or_default();
        write!(out, "<{cell}{scope}><bdi>{}</bdi></{cell}>", Escaped(value))?;
    }
    let observes = series.count.is_some();
    let figures = if observes { vec![&series.count, &series.sum] } else { vec![&series.value] };
    for figure in figures {
        out.write_str("<td class=\"n\">")?;
        figure.iter().try_for_each(|figure| data(figure, out))?;
        out.write_str("</td>")?;
    }
    if series.count.is_some() {
        let mean = series.mean().map(|mean| mean.to_string()).unwrap_or_default();
        write!(out, "<td class=\"n\">{}</td>", Rounded(&mean))?;
    }
    out.write_str("</tr>\n")
}

/// Writes a number rounded for people, with all digits in its attributes for programs.
fn data(figure: &str, out: &mut String) -> fmt::Result {
    write!(out, "<data value=\"{0}\" title=\"{0}\">{1}</data>", Escaped(figure), Rounded(figure))
}
