//! The keys of numbers that certainly count events since a start.

use super::identifiers::words;

/// The words for events. A total of events is a counter.
const EVENTS: &str = "accepted calls clicks collections commands commits connects deliveries downloads drops errors evictions \
    exceptions failures hits impressions installations installs invocations logins misses opened packets pulls queries query reads \
    received rejections requests resets restarts retries sent started timeouts transmitted uploads views visits writes";
/// The keys that count events without the word `total`.
const CERTAIN: [&str; 37] = [
    "accepted conn",
    "accepted connections",
    "bytes read",
    "bytes received",
    "bytes recv",
    "bytes sent",
    "bytes written",
    "cache hits",
    "cache misses",
    "collection count",
    "error count",
    "errors count",
    "evicted keys",
    "evictions",
    "in bytes",
    "keyspace hits",
    "keyspace misses",
    "out bytes",
    "packets received",
    "packets recv",
    "packets sent",
    "read bytes",
    "reads",
    "received bytes",
    "request count",
    "request counter",
    "requests",
    "requests count",
    "restart count",
    "restarts",
    "rx bytes",
    "rx packets",
    "sent bytes",
    "slow requests",
    "tx bytes",
    "tx packets",
    "writes",
];
/// The words for an amount that can fall, or that counts only a period.
const NO_TOTAL: &str = "active available avg average capacity current daily data day days dead disk free heap hour hours hourly \
    idle in_flight last limit live max mean memory min minute month monthly open pending per percent queued \
    rate recent remaining running set size store today unique used waiting week window year yesterday";

/// The words of keys around numbers that count only a period.
const PERIOD_NAMES: &str = "delta histogram interval past period series since sum summary timeseries trend";
/// The keys beside a number that counts only a period.
const PERIODS: &str = "bucket date day end from hour interval month period to until week window";

/// The position of a whole number in a response.
pub(super) struct CounterContext<'a> {
    /// The key of the number.
    pub key: &'a str,
    /// The keys beside it.
    pub siblings: &'a [&'a str],
    /// The words of the keys around it.
    pub around: &'a [String],
    /// True if the number has another unit than its metric.
    pub has_unit: bool,
    /// True if the number is in rows of periods.
    pub is_of_period: bool,
}

impl CounterContext<'_> {
    /// Returns true if the number counts events since a start. If in doubt, it is a gauge: a gauge is always valid, but a counter that
    /// falls looks like a restart.
    pub(super) fn is_total(&self) -> bool {
        let own = words(self.key);
        let is_counter = own.len() > 1 && own.last().is_some_and(|last| last == "counter");
        let is_of_period = self.siblings.iter().any(|key| holds(PERIODS, &key.to_lowercase()))
            || self
                .around
                .iter()
                .rev()
                .take(2)
                .any(|word| holds(PERIOD_NAMES, word) || holds(NO_TOTAL, word));
        (is_counter || !self.has_unit && (is_total(self.key) || self.has_current()))
            && !self.is_of_period
            && !is_of_period
    }

    /// Returns true if the number of operations under way is beside the key, as `query_current` beside `query_total`.
    fn has_current(&self) -> bool {
        let stem = self.key.strip_suffix("_total");
        stem.is_some_and(|stem| self.siblings.contains(&format!("{stem}_current").as_str()))
    }
}

/// Returns true if a key names a number of events since a start.
fn is_total(key: &str) -> bool {
    let words = words(key);
    let has = |list: &str| words.iter().any(|word| holds(list, word));
    let has_number = words.iter().any(|word| word.starts_with(|c: char| c.is_ascii_digit()));
    let is_certain = CERTAIN.contains(&words.join(" ").as_str());
    let is_total = words.iter().any(|word| word == "total") && has(EVENTS);
    (is_certain || is_total) && !has(NO_TOTAL) && !has_number
}

fn holds(list: &str, word: &str) -> bool {
    list.split_whitespace().any(|known| known == word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn totals_of_events_are_counters() {
        for key in [
            "total_requests",
            "downloadsTotal",
            "requests_total",
            "errors_count",
            "bytesSent",
            "rx_bytes",
            "reads",
            "restartCount",
            "accepted conn",
            "slow requests",
        ] {
            assert!(is_total(key), "{key}");
        }
    }

    #[test]
    fn sizes_free_space_capacities_ages_and_numbers_of_a_period_are_gauges() {
        for key in [
            "total_in_bytes",
            "free_in_bytes",
            "total_bytes_free",
            "total_data_set_size_in_bytes",
            "totalVisitsToday",
            "pulls_total_open",
            "total",
            "total_price",
            "total_bytes",
            "requests_per_second",
            "max_requests",
            "errors",
            "count",
            "total_requests_24h",
            "active_connections_total",
            "open_requests_total",
        ] {
            assert!(!is_total(key), "{key}");
        }
    }

    fn in_context(key: &str, siblings: &[&str], around: &str, has_unit: bool, is_of_period: bool) -> bool {
        CounterContext { key, siblings, around: &words(around), has_unit, is_of_period }.is_total()
    }

    #[test]
    fn numbers_of_a_period_and_in_another_unit_are_gauges() {
        assert!(in_context("requests", &["requests", "bytes"], "server", false, false));
        assert!(in_context("index_total", &["index_total", "index_current"], "indexing", false, false));
        assert!(in_context("requestMsecCounter", &[], "zones", true, false));
        for (key, siblings, around, has_unit, is_of_period) in [
            ("requests", &["requests", "until"][..], "", false, false),
            ("requests", &["requests"], "sum", false, false),
            ("requests", &["requests"], "last_24h.today", false, false),
            ("requests", &["requests"], "", false, true),
            ("total_requests", &[], "", true, false),
            ("index_total", &["index_total"], "indexing", false, false),
        ] {
            assert!(
                !in_context(key, siblings, around, has_unit, is_of_period),
                "{key} {siblings:?} {around}"
            );
        }
    }
}
