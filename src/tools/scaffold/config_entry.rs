//! The entry of a service, and its place in config.json.

use serde::Deserialize;
use serde_json::value::RawValue;

use super::model::ModelMetric;
use crate::config::Kind;

/// The longest line that a list of metrics is kept on.
const WIDTH: usize = 100;

/// An entry of `services`.
pub struct ConfigEntry<'a> {
    /// Its key.
    pub name: &'a str,
    /// `service_class`.
    pub class: &'a str,
    /// `service_module`.
    pub module: &'a str,
    /// `port`.
    pub port: u16,
    /// `api_url`.
    pub url: &'a str,
    /// What `prometheus_metrics_mapping` and `prometheus_metric_labels` are made of.
    pub metrics: &'a [ModelMetric],
}

/// The parts of config.json that an entry goes into.
#[derive(Deserialize)]
struct ConfigText<'a> {
    #[serde(borrow)]
    services: &'a RawValue,
}

impl ConfigEntry<'_> {
    /// The text of a config with this entry behind the others; all else in it stays as it is. `None` where the text has
    /// no object `services`.
    pub fn added_to(&self, config: &str) -> Option<String> {
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
        let mut pairs = vec![
            ("service_class", quoted(self.class)),
            ("service_module", quoted(self.module)),
            ("port", self.port.to_string()),
            ("api_url", quoted(self.url)),
            ("prometheus_metrics_mapping", layout.object(&self.mapping(layout), 1)),
        ];
        let labelled =
            |metric: &ModelMetric| Some((metric.name.clone(), format!("[{}]", quoted(metric.label()?))));
        let labels: Vec<_> = self.metrics.iter().filter_map(labelled).collect();
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

/// As JSON.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// How a config is laid out.
struct Layout {
    /// What ends a line; nothing where everything stands in one.
    end: &'static str,
    /// What a line of the entries begins with.
    base: String,
    /// What is added to it for each object that is open.
    unit: String,
    /// What stands in front of the end of an object that was empty.
    close: String,
}

impl Layout {
    /// That of the entries in `services`, or of the object itself if it is empty.
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

    /// The end of a line and the beginning of the next.
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

    /// The names of metrics, on one line if they fit.
    fn list(&self, items: &[String]) -> String {
        let line = items.join(", ");
        if line.len() < WIDTH || self.end.is_empty() {
            return format!("[{line}]");
        }
        let inner = self.line(3);
        format!("[{inner}{}{}]", items.join(&format!(",{inner}")), self.line(2))
    }
}
