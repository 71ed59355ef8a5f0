//! The alerting rules. They hold for every config, because the exporter exports its intervals.
//!
//! Each rule keeps the labels `job`, `instance`, `service` and `target`, so that one failing process or target is not hidden by
//! others. Counters of polls have two windows: one for poll intervals of up to ten minutes, and a longer one.

use super::alert_rule::AlertRule;

const CRITICAL: &str = "critical";
const WARNING: &str = "warning";

/// The exporter that an alert is about, as a template of Prometheus. A missing exporter has no instance.
const EXPORTER: &str = "{{ or $labels.instance $labels.job }}";
/// The service or target that an alert is about.
const POLLED: &str =
    "{{ $labels.service }}{{ with $labels.target }}/{{ . }}{{ end }} on {{ $labels.instance }}";

/// The rules, the most urgent first.
pub(super) static RULES: [AlertRule; 8] = [
    AlertRule {
        name: "CtonDown",
        severity: CRITICAL,
        expr: "up{$} == 0
or
absent(up{$})
",
        wait: 5 * 60,
        subject: EXPORTER,
        problem: "exporter down",
        description: "Prometheus cannot scrape the exporter, or has no target for it. In Prometheus, check the error under Status > Targets.",
    },
    // A poll that waits for a rate limit is not late, so its wait is allowed while polls succeed.
    AlertRule {
        name: "CtonDataOutdated",
        severity: WARNING,
        expr: "(
  time() - cton_last_success_timestamp_seconds{$}
  >
  clamp_min(
    cton_stale_after_seconds{$} >= 3 * cton_poll_interval_seconds{$}
    or 3 * cton_poll_interval_seconds{$},
    300
  )
  + cton_poll_wait_seconds{$} * cton_service_up{$}
)
or
(
  cton_service_up{$} == 0
  unless cton_last_success_timestamp_seconds{$}
  and (
    sum without (outcome) (cton_polls_total{$,outcome=\"failure\"}) > 0
    or cton_service_stale{$} == 1
  )
)
or
(0 * cton_service_up{$} and on (job, instance) cton_replay{$} == 1)
",
        wait: 5 * 60,
        subject: POLLED,
        problem: "no new data{{ if $value }} for {{ $value | humanizeDuration }}{{ end }}",
        description: "No poll has recorded or confirmed data for the stale time: polls fail, hang, or are replayed. The log line `poll failed` has the error and a hint.",
    },
    // Three outages within the window: the rule begins to fire when an outage starts, and never after one has ended.
    AlertRule {
        name: "CtonPollsFailing",
        severity: WARNING,
        expr: "(
  sum without (outcome) (increase(cton_polls_total{$,outcome=\"failure\"}[1h]))
    / sum without (outcome) (increase(cton_polls_total{$}[1h])) > 0.25
  and resets(cton_service_up{$}[1h]) >= 3
  and sum without (outcome) (increase(cton_polls_total{$,outcome=\"failure\"}[15m])) > 0
  and cton_poll_interval_seconds{$} <= 600
)
or
(
  sum without (outcome) (increase(cton_polls_total{$,outcome=\"failure\"}[1d]))
    / sum without (outcome) (increase(cton_polls_total{$}[1d])) > 0.25
  and resets(cton_service_up{$}[1d]) >= 3
  and sum without (outcome) (increase(cton_polls_total{$,outcome=\"failure\"}[4h])) > 0
  and cton_poll_interval_seconds{$} > 600
)
",
        wait: 0,
        subject: POLLED,
        problem: "{{ $value | humanizePercentage }} of polls fail",
        description: "Polls fail repeatedly, so data is delayed. `cton_poll_failures_total` has the reasons.",
    },
    AlertRule {
        name: "CtonRateLimitNearlyReached",
        severity: WARNING,
        expr: "cton_api_requests_remaining{$}
<
sum without (code) (cton_api_requests_total{$})
  / sum without (outcome) (cton_polls_total{$})
  * clamp(900 / cton_poll_interval_seconds{$}, 1, 5)
",
        wait: 15 * 60,
        subject: POLLED,
        problem: "{{ $value }} requests remaining in the rate limit",
        description: "Polls slow down to the rate limit, and fail with the reason `limit` if no requests remain. Check if another program uses the same credentials.",
    },
    AlertRule {
        name: "CtonMetricErrors",
        severity: WARNING,
        expr: "increase(cton_metric_errors_total{$}[30m]) >= 2
or
increase(cton_metric_errors_total{$}[6h]) >= 2
  and ignoring (metric) cton_poll_interval_seconds{$} > 600
",
        wait: 0,
        subject: POLLED,
        problem: "{{ $labels.metric }} returns errors",
        description: "Polls succeed, but the metric or some of its label sets are not updated. The log has the error, with the metric.",
    },
    AlertRule {
        name: "CtonItemsNotRecorded",
        severity: WARNING,
        expr: "increase(cton_items_rejected_total{$}[1h]) > 0
or
increase(cton_items_lost_total{$}[1h]) > 0
",
        wait: 0,
        subject: POLLED,
        problem: "items rejected or lost",
        description: "Items are invalid, or cannot be read again after a metric failed. The log line `items rejected` or `items lost` has the metric and the reason.",
    },
    AlertRule {
        name: "CtonSeriesDropped",
        severity: WARNING,
        expr: "increase(cton_series_dropped_total{$}[1h]) > 0
or
increase(cton_series_evicted_total{$}[1h]) > 0
",
        wait: 0,
        subject: POLLED,
        problem: "more series than the limit",
        description: "New series are dropped or replace old series, so sums are too small. The log line `series dropped` or `series evicted` has the metric and the limit.",
    },
    AlertRule {
        name: "CtonStateNotWritten",
        severity: WARNING,
        expr: "increase(cton_state_write_failures_total{$}[30m]) >= 2
or
increase(cton_state_write_failures_total{$}[6h]) >= 2
  and cton_poll_interval_seconds{$} > 600
",
        wait: 0,
        subject: POLLED,
        problem: "state not written",
        description: "Nothing is lost while the process runs. Do not restart it before this is fixed. The log line `state not written` has the cause.",
    },
];

/// Returns the names of the alerts.
pub(super) fn names() -> impl Iterator<Item = &'static str> + Clone {
    RULES.iter().map(|rule| rule.name)
}
