//! The entry of a service, and its insertion into config.json.

use serde::Deserialize;
use serde_json::value::RawValue;

use super::model::ModelMetric;
use crate::config::Kind;

/// The longest line in bytes for a list of metrics.
const WIDTH: usize = 100;

/// An entry of `services` in config.json.
pub(super) struct ConfigEntry<'a> {
    /// The key of the entry.
    pub name: &'a str,
    /// The value of `service_class`.
    pub class: &'a str,
    /// The value of `service_module`.
    pub module: &'a str,
    /// The value of `port`.
    pub port: u16,
    /// The value of `api_url`.
    pub url: &'a str,
    /// The value of `secret_file_path`, if the service uses secrets.
    pub secret_file: Option<&'a str>,
    /// Further keys with their values.
    pub more: &'a [(String, serde_json::Value)],
    /// The metrics for `prometheus_metrics_mapping` and `prometheus_metric_labels`.
    pub metrics: &'a [ModelMetric],
}

/// The part of config.json that the entry is added to.
#[derive(Deserialize)]
struct ConfigText<'a> {
    #[serde(borrow)]
    services: &'a RawValue,
}

impl ConfigEntry<'_> {
    /// Returns the text of a config with this entry after the others, and everything else unchanged. Returns `None` if
    /// the text has no object `services`.
    pub(super) fn added_to(&self, config: &str) -> Option<String> {
        let services = serde_json::from_str::<ConfigText>(config).ok()?.services.get();
        let begin = services.as_ptr().addr() - config.as_ptr().addr() + 1;
        let inside = services.strip_prefix('{')?.strip_suffix('}')?;
        let layout = Layout::of(&config[..begin], inside);
        let entry = format!("{}\"{}\": {}", layout.line(0), self.name, self.text(&layout));
        let (before, rest) = config.split_at(begin + inside.trim_end().len());
        Some(match inside.trim_start() {
            "" => format!("{}{entry}{}{}", &config[..begin], layout.close, &config[begin + inside.len()..]),
            _ => format!("{before},{entry}{rest}"),
        })
    }

    fn text(&self, layout: &Layout) -> String {
        let mut pairs: Vec<(&str, String)> = vec![
            ("service_class", quoted(self.class)),
            ("service_module", quoted(self.module)),
            ("port", self.port.to_string()),
            ("api_url", quoted(self.url)),
        ];
        pairs.extend(self.secret_file.map(|file| ("secret_file_path", quoted(file))));
        pairs.extend(self.more.iter().map(|(key, value)| (key.as_str(), value.to_string())));
        pairs.push(("prometheus_metrics_mapping", layout.object(&self.mapping(layout), 1)));
        let labelled = self.metrics.iter().filter(|metric| !metric.labels.is_empty());
        let labels: Vec<_> = labelled.map(|metric| (metric.name.clone(), label_list(metric))).collect();
        if !labels.is_empty() {
            pairs.push(("prometheus_metric_labels", layout.object(&labels, 1)));
        }
        layout.object(&pairs, 0)
    }

    fn mapping(&self, layout: &Layout) -> Vec<(&'static str, String)> {
        let of_kind = |kind: Kind| {
            let names = self.metrics.iter().filter(move |metric| metric.kind == kind);
            let names: Vec<String> = names.map(|metric| quoted(&metric.name)).collect();
            (!names.is_empty()).then(|| (kind.as_str(), layout.list(&names)))
        };
        Kind::ALL.into_iter().filter_map(of_kind).collect()
    }
}

/// Returns the labels of a metric as a list.
fn label_list(metric: &ModelMetric) -> String {
    let labels: Vec<String> = metric.labels.iter().map(|label| quoted(label)).collect();
    format!("[{}]", labels.join(", "))
}

/// Returns the text as a JSON string.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// The layout of a config.
struct Layout {
    /// The end of a line, or an empty string if everything is on one line.
    end: &'static str,
    /// The indentation of the entries.
    base: String,
    /// The indentation that each open object adds.
    unit: String,
    /// The text before the closing brace of an object that was empty.
    close: String,
}

impl Layout {
    /// Returns the layout of the entries in `services`, or of the object itself if it is empty.
    fn of(before: &str, inside: &str) -> Self {
        let is_empty = inside.trim().is_empty();
        let first = &inside[..inside.len() - inside.trim_start().len()];
        let line = format!("{before}{first}");
        let line = line.rsplit('\n').next().filter(|line| line.len() < before.len() + first.len());
        let blanks = line.map(|line| &line[..line.len() - line.trim_start().len()]).unwrap_or_default();
        let unit = if is_empty { blanks } else { &blanks[..blanks.len() / 2] };
        let unit = if unit.is_empty() { "    " } else { unit };
        let base = if is_empty { format!("{blanks}{unit}") } else { blanks.to_owned() };
        let has_lines = if is_empty { line.is_some() } else { first.contains('\n') };
        let end = match has_lines {
            false => "",
            true if before.contains("\r\n") => "\r\n",
            true => "\n",
        };
        let close = if has_lines { format!("{end}{blanks}") } else { " ".to_owned() };
        Self { end, base, unit: unit.to_owned(), close }
    }

    /// Returns the end of a line and the indentation of the next.
    fn line(&self, depth: usize) -> String {
        if self.end.is_empty() {
            return " ".to_owned();
        }
        format!("{}{}{}", self.end, self.base, self.unit.repeat(depth))
    }

    fn object(&self, pairs: &[(impl AsRef<str>, String)], depth: usize) -> String {
        let inner = self.line(depth + 1);
        let line = |(key, value): &(_, String)| format!("{inner}\"{}\": {value}", AsRef::<str>::as_ref(key));
        let lines: Vec<String> = pairs.iter().map(line).collect();
        format!("{{{}{}}}", lines.join(","), self.line(depth))
    }

    /// Returns a list of the names of metrics, on one line if they fit.
    fn list(&self, items: &[String]) -> String {
        let line = items.join(", ");
        if line.len() < WIDTH || self.end.is_empty() {
            return format!("[{line}]");
        }
        let inner = self.line(3);
        format!("[{inner}{}{}]", items.join(&format!(",{inner}")), self.line(2))
    }
}
