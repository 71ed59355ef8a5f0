//! The keys of numbers that certainly count events since a start.

use super::identifiers::words;

/// The words for events. A total of events is a counter.
const EVENTS: &str = "accepted calls clicks collections commands commits connects deliveries downloads drops errors evictions \
    exceptions failures hits impressions installations installs invocations logins misses opened packets pulls queries query reads \
    received rejections requests resets restarts retries sent started timeouts transmitted uploads views visits writes";
/// The keys that count events without the word `total`.
const CERTAIN: [&str; 36] = [
    "accepted conn",
    "accepted connections",
    "bytes read",
    "bytes received",
    "bytes recv",
    "bytes sent",
    "bytes written",
    "cache hits",
    "cache misses",
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

/// Returns true if a whole number with this key counts events since a start. If in doubt, it is a gauge: a gauge is always valid,
/// but a counter that falls looks like a restart.
pub(super) fn is_total(key: &str) -> bool {
    let words = words(key);
    let has = |list: &str| words.iter().any(|word| list.split_whitespace().any(|known| known == word));
    let has_number = words.iter().any(|word| word.starts_with(|c: char| c.is_ascii_digit()));
    let is_certain = CERTAIN.contains(&words.join(" ").as_str());
    let is_total = words.iter().any(|word| word == "total") && has(EVENTS);
    (is_certain || is_total) && !has(NO_TOTAL) && !has_number
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
}
