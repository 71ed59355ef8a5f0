//! The units of metrics, by their names in Grafana.

use crate::author::configured_family::ConfiguredFamily;

/// A unit, its name in Grafana, and the name of its rate per second. A name is empty if Grafana has none.
type Unit = (&'static str, &'static str, &'static str);

const UNITS: &[Unit] = &[
    // Seconds per second are a ratio.
    ("seconds", "s", "percentunit"),
    ("milliseconds", "ms", ""),
    ("microseconds", "µs", ""),
    ("nanoseconds", "ns", ""),
    ("minutes", "m", ""),
    ("hours", "h", ""),
    ("days", "d", ""),
    ("bytes", "bytes", "binBps"),
    ("kilobytes", "deckbytes", "KBs"),
    ("megabytes", "decmbytes", "MBs"),
    ("gigabytes", "decgbytes", "GBs"),
    ("terabytes", "dectbytes", "TBs"),
    ("kibibytes", "kbytes", "KiBs"),
    ("mebibytes", "mbytes", "MiBs"),
    ("gibibytes", "gbytes", "GiBs"),
    ("tebibytes", "tbytes", "TiBs"),
    ("bits", "bits", "bps"),
    ("ratio", "percentunit", ""),
    ("percent", "percent", ""),
    ("celsius", "celsius", ""),
    ("fahrenheit", "fahrenheit", ""),
    ("kelvin", "kelvin", ""),
    ("volts", "volt", ""),
    ("amperes", "amp", ""),
    ("watts", "watt", ""),
    ("joules", "joule", "watt"),
    ("hertz", "hertz", ""),
    ("grams", "massg", ""),
    ("kilograms", "masskg", ""),
    ("meters", "lengthm", "velocityms"),
    ("kilometers", "lengthkm", ""),
    ("dollars", "currencyUSD", ""),
    ("euros", "currencyEUR", ""),
    ("requests", "", "reqps"),
    ("operations", "", "ops"),
    ("events", "", "eps"),
    ("messages", "", "mps"),
    ("records", "", "recps"),
    ("rows", "", "rowsps"),
    ("reads", "", "rps"),
    ("writes", "", "wps"),
    ("packets", "", "pps"),
];

/// Returns Grafana's unit of the values of a metric.
pub(super) fn of_value(family: &ConfiguredFamily) -> String {
    match (of(family), known(of(family))) {
        ("", _) => "short".to_owned(),
        (unit, None | Some((_, "", _))) => format!("suffix: {unit}"),
        (_, Some((_, value, _))) => (*value).to_owned(),
    }
}

/// Returns Grafana's unit of the rate of a metric per second.
pub(super) fn of_rate(family: &ConfiguredFamily) -> String {
    match (of(family), known(of(family))) {
        ("", _) => "cps".to_owned(),
        (unit, None | Some((_, _, ""))) => format!("suffix: {unit}/s"),
        (_, Some((_, _, rate))) => (*rate).to_owned(),
    }
}

/// Returns the configured unit, or the known unit at the end of the name. Returns an empty string without either.
fn of(family: &ConfiguredFamily) -> &str {
    if !family.unit.is_empty() {
        return &family.unit;
    }
    let name = family.name.strip_suffix("_total").unwrap_or(family.name);
    let last = name.rsplit('_').next().unwrap_or_default();
    known(last).map_or("", |_| last)
}

fn known(unit: &str) -> Option<&'static Unit> {
    UNITS.iter().find(|(name, ..)| *name == unit)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::author::family::Family;
    use crate::config::Kind;

    fn units(name: &'static str, unit: &'static str) -> [String; 2] {
        let family = Family { name, kind: Kind::Counter, help: "", unit, labels: &[], buckets: &[] };
        [of_value(&family.into()), of_rate(&family.into())]
    }

    #[test]
    fn a_unit_is_the_configured_one_or_the_end_of_the_name() {
        assert_eq!(units("wait_seconds", ""), ["s", "percentunit"]);
        assert_eq!(units("sent_bytes_total", ""), ["bytes", "binBps"]);
        assert_eq!(units("wait_seconds", "minutes"), ["m", "suffix: minutes/s"]);
        assert_eq!(units("bytes_sent", ""), ["short", "cps"]);
    }

    #[test]
    fn a_unit_that_grafana_has_no_name_for_stands_behind_the_number() {
        assert_eq!(units("usage", "tokens"), ["suffix: tokens", "suffix: tokens/s"]);
        assert_eq!(units("http_requests", ""), ["suffix: requests", "reqps"]);
    }
}
