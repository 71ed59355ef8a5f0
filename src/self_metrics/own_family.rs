//! The table of the families `cton_*` of a service: their names, kinds, HELP texts and labels.

use super::health::OUTCOMES;
use crate::config::Kind;
use crate::fetch::traffic::Traffic;
use crate::support::error::ErrorKind;

/// A family `cton_*` of each service.
#[derive(Debug)]
pub(crate) struct OwnFamily {
    pub(crate) name: &'static str,
    pub(crate) kind: Kind,
    pub(crate) help: &'static str,
    /// The name of the label that distinguishes the series of a service; empty for a single series.
    pub(super) label: &'static str,
    /// The values of that label; a single empty one for a single series. Those of a metric's family are the metrics.
    pub(super) values: &'static [&'static str],
    /// True if the series exist from the start, with the value 0.
    pub(super) starts_at_zero: bool,
}

/// The families of a service, except those of its metrics and those that each scrape computes.
pub(super) static SERVICE_FAMILIES: [&OwnFamily; 18] = [
    &LAST_SUCCESS,
    &POLL_DURATION,
    &POLL_WAIT,
    &POLL_INTERVAL,
    &STALE_AFTER,
    &POLLS,
    &FAILURES,
    &REQUESTS,
    &RETRIES,
    &RESPONSE_BYTES,
    &REQUESTS_REMAINING,
    &REJECTED,
    &LOST,
    &DROPPED,
    &EVICTED,
    &IDS,
    &FORGOTTEN,
    &STATE_WRITE_FAILURES,
];

/// The families of each metric of a service.
pub(super) static METRIC_FAMILIES: [&OwnFamily; 3] = [&METRIC_ERRORS, &RESETS, &METRIC_LAST_SUCCESS];

/// Returns the families of a service and of its metrics by name, without those that each scrape computes.
pub(super) fn by_name() -> Vec<&'static OwnFamily> {
    let mut families = [&SERVICE_FAMILIES[..], &METRIC_FAMILIES].concat();
    families.sort_by_key(|family| family.name);
    families
}

pub(crate) static UP: OwnFamily =
    gauge("cton_service_up", "1 if the last poll of the service succeeded and no poll is hung, otherwise 0.");
pub(crate) static STALE: OwnFamily = gauge(
    "cton_service_stale",
    "1 if the gauges of the service were removed for lack of new data, otherwise 0.",
);
pub(crate) static LAST_SUCCESS: OwnFamily = gauge(
    "cton_last_success_timestamp_seconds",
    "Unix timestamp of the last poll whose data was recorded, or confirmed by the API.",
);
pub(crate) static POLL_DURATION: OwnFamily =
    gauge("cton_poll_duration_seconds", "Duration of the last poll in seconds.");
pub(super) static POLL_WAIT: OwnFamily = gauge(
    "cton_poll_wait_seconds",
    "Time in seconds from the end of the last poll to the start of the next, including backoff.",
);
pub(super) static POLL_INTERVAL: OwnFamily =
    gauge("cton_poll_interval_seconds", "Configured time in seconds between the starts of two polls.");
pub(super) static STALE_AFTER: OwnFamily = gauge(
    "cton_stale_after_seconds",
    "Configured time in seconds without new data after which gauges are removed.",
);
pub(super) static POLLS: OwnFamily =
    counters("cton_polls_total", "Total number of polls by outcome.", ("outcome", &OUTCOMES));
/// The failures by reason. Most reasons never occur, so a series exists only from its first failure on.
pub(crate) static FAILURES: OwnFamily = OwnFamily {
    starts_at_zero: false,
    ..counters(
        "cton_poll_failures_total",
        "Total number of failed polls by reason.",
        ("reason", &ErrorKind::WORDS),
    )
};
pub(crate) static REQUESTS: OwnFamily = counters(
    "cton_api_requests_total",
    "Total number of requests to the API by status class (error: no response).",
    ("code", &Traffic::CODES),
);
pub(super) static RETRIES: OwnFamily =
    counter("cton_api_retries_total", "Total number of retried requests to the API.");
pub(crate) static RESPONSE_BYTES: OwnFamily = counter(
    "cton_api_response_bytes_total",
    "Total size of the responses of the API in bytes, after decompression.",
);
pub(crate) static REQUESTS_REMAINING: OwnFamily = gauge(
    "cton_api_requests_remaining",
    "Number of requests remaining in the current rate limit, as reported by the API minus requests sent since.",
);
pub(crate) static REJECTED: OwnFamily = counter(
    "cton_items_rejected_total",
    "Total number of invalid items that were rejected; an item counts once per poll.",
);
pub(crate) static LOST: OwnFamily = counter(
    "cton_items_lost_total",
    "Total number of valid items that were not recorded and cannot be read again; a metric error counts as one item.",
);
pub(crate) static DROPPED: OwnFamily = counter(
    "cton_series_dropped_total",
    "Total number of new series dropped at series_limit or memory_limit_bytes; a series counts once per poll.",
);
pub(super) static EVICTED: OwnFamily = counter(
    "cton_series_evicted_total",
    "Total number of series removed at series_limit or memory_limit_bytes to make room for new series.",
);
pub(super) static IDS: OwnFamily =
    gauge("cton_once_ids", "Number of IDs of Once that are retained to prevent double counting.");
/// The forgotten IDs. Only a service with IDs has the series.
pub(super) static FORGOTTEN: OwnFamily = OwnFamily {
    starts_at_zero: false,
    ..counter(
        "cton_once_ids_forgotten_total",
        "Total number of IDs of Once that were forgotten at once_ids_limit.",
    )
};
/// The failed writes of the state. Only a service with a state has the series.
pub(crate) static STATE_WRITE_FAILURES: OwnFamily = OwnFamily {
    starts_at_zero: false,
    ..counter(
        "cton_state_write_failures_total",
        "Total number of polls after which the state could not be written to state_dir.",
    )
};

/// The failures of a metric.
pub(crate) static METRIC_ERRORS: OwnFamily = counters(
    "cton_metric_errors_total",
    "Total number of polls in which the metric returned an error for all or some of its label sets.",
    ("metric", &[]),
);
/// The resets of a metric whose series can fall: a counter, a summary or a histogram.
pub(super) static RESETS: OwnFamily = counters(
    "cton_metric_resets_total",
    "Total number of decreases of running totals, exposed as counter resets.",
    ("metric", &[]),
);
/// The last success of a metric that becomes stale: a gauge, a state set or an info metric.
pub(crate) static METRIC_LAST_SUCCESS: OwnFamily = OwnFamily {
    kind: Kind::Gauge,
    starts_at_zero: false,
    ..counters(
        "cton_metric_last_success_timestamp_seconds",
        "Unix timestamp of the last poll in which the gauge was read successfully, or its data confirmed by the API.",
        ("metric", &[]),
    )
};

/// Returns a gauge, which has no sample until it is set.
const fn gauge(name: &'static str, help: &'static str) -> OwnFamily {
    OwnFamily { name, kind: Kind::Gauge, help, label: "", values: &[""], starts_at_zero: false }
}

const fn counter(name: &'static str, help: &'static str) -> OwnFamily {
    counters(name, help, ("", &[""]))
}

const fn counters(
    name: &'static str,
    help: &'static str,
    (label, values): (&'static str, &'static [&'static str]),
) -> OwnFamily {
    OwnFamily { name, kind: Kind::Counter, help, label, values, starts_at_zero: true }
}
