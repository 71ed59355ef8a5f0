//! A family of the exporter as text, in parts that are merged with those of other services.

use prometheus::proto::{LabelPair, MetricFamily, MetricType};

use crate::config::Kind;
use crate::series::encode::{self, FamilyHead, Format, Sample, SampleValue};

/// The lines of one service or of the process in a family, with the metadata above the lines of all services.
pub(crate) struct FamilyPart {
    pub(crate) family: String,
    pub(crate) head: Vec<u8>,
    pub(crate) lines: Vec<u8>,
}

impl FamilyPart {
    pub(super) fn of(format: Format, family: &MetricFamily) -> Self {
        let mut bytes = Vec::new();
        encode_family(format, family, &mut bytes);
        Self::split(family.name(), bytes)
    }

    /// Builds a family of one value.
    pub(super) fn number(
        format: Format,
        (name, kind, help): (&str, Kind, &str),
        labels: &str,
        value: f64,
    ) -> Self {
        let head = FamilyHead { name, kind, help, unit: "", les: &[], labels: "" };
        let samples = [value].into_iter();
        let samples =
            samples.map(|value| Sample { labels, value: SampleValue::Number(value), created: None });
        let mut bytes = Vec::new();
        encode::family(format, &head, samples, &mut bytes);
        Self::split(name, bytes)
    }

    /// Splits the text of a family into its metadata and its lines. Families of the exporter have metadata only at the
    /// top.
    fn split(family: &str, mut bytes: Vec<u8>) -> Self {
        let comments = bytes.split_inclusive(|byte| *byte == b'\n').take_while(|line| line.starts_with(b"#"));
        let lines = bytes.split_off(comments.map(<[u8]>::len).sum());
        Self { family: family.to_owned(), head: bytes, lines }
    }
}

/// Writes a family of the registry, which holds only counters and gauges.
fn encode_family(format: Format, family: &MetricFamily, out: &mut Vec<u8>) {
    let kind = match family.get_field_type() {
        MetricType::COUNTER => Kind::Counter,
        _ => Kind::Gauge,
    };
    let series: Vec<(String, f64)> = family
        .get_metric()
        .iter()
        .map(|metric| {
            let value = match kind {
                Kind::Counter => metric.get_counter().get_value(),
                _ => metric.get_gauge().get_value(),
            };
            (label_text(metric.get_label()), value)
        })
        .collect();
    let head = FamilyHead { name: family.name(), kind, help: family.help(), unit: "", les: &[], labels: "" };
    let samples = series.iter().map(|(labels, value)| Sample {
        labels,
        value: SampleValue::Number(*value),
        created: None,
    });
    encode::family(format, &head, samples, out);
}

fn label_text(pairs: &[LabelPair]) -> String {
    let texts: Vec<_> =
        pairs.iter().map(|pair| format!("{}=\"{}\"", pair.name(), encode::escaped(pair.value()))).collect();
    texts.join(",")
}
