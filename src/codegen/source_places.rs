//! Comments on the rows of the generated file, which name the lines of the service's file and of the config.
//!
//! rustc reports an invalid method at its row, and shows the row with its comment.

use std::path::Path;

use super::label_structs::ident;
use super::scan::Scan;
use super::{Scans, check};
use crate::config::{Config, MetricConfig, ServiceConfig};

/// The names of the files in the comments.
pub(super) struct SourceNames<'a> {
    /// The name of the config file.
    pub config: &'a str,
    /// The directory with the services.
    pub services: &'a Path,
}

/// The line of a row, and the comment on it.
struct RowComment {
    /// The text that begins the row, which the generator writes at the beginning of no other line.
    begins: &'static str,
    /// The text in the line that gets the comment: the same line, or one of the following.
    holds: String,
    comment: String,
}

/// Returns the generated text with a comment on each row.
pub(super) fn annotated(text: &str, config: &Config, scans: &Scans, names: &SourceNames) -> String {
    let empty = Scan::default();
    let scan = |service: &ServiceConfig| scans.get(&service.module.value).unwrap_or(&empty);
    let rows = config.services.iter().flat_map(|service| {
        let of_class = RowComment { begins: "static ", ..names.of_class(service) };
        let metrics =
            service.metrics.iter().map(move |metric| names.of_metric(service, metric, scan(service)));
        std::iter::once(of_class).chain(metrics)
    });
    let mut rows = rows.chain(config.services.iter().map(|service| names.of_class(service)));
    let (mut row, mut has_begun, mut annotated) = (rows.next(), false, String::with_capacity(text.len()));
    for line in text.lines() {
        annotated += line;
        if let Some(next) = &row {
            has_begun |= line.trim_start().starts_with(next.begins);
            if has_begun && line.contains(&next.holds) {
                annotated += &next.comment;
                (row, has_begun) = (rows.next(), false);
            }
        }
        annotated.push('\n');
    }
    annotated
}

impl SourceNames<'_> {
    fn of_metric(&self, service: &ServiceConfig, metric: &MetricConfig, scan: &Scan) -> RowComment {
        let file = check::file(service, self.services);
        let line = scan.method(&service.class.value, &metric.name).map(|method| method.line);
        let source = line.map_or(file.clone(), |line| format!("{file}:{line}"));
        let holds = format!("(data.{}()", ident(&metric.name));
        RowComment {
            begins: "read: |data, out|",
            holds,
            comment: comment(&source, &metric.place.within(self.config)),
        }
    }

    fn of_class(&self, service: &ServiceConfig) -> RowComment {
        let file = check::file(service, self.services);
        let comment = comment(&file, &service.class.place.within(self.config));
        RowComment { begins: "&::collectington::Table", holds: "::collectington::".to_owned(), comment }
    }
}

/// Returns a comment on one line. A path with a line break could end it.
fn comment(source: &str, place: &str) -> String {
    format!(" // {source}, {place}").replace(char::is_control, " ")
}
