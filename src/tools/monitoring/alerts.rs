//! Alerting rules, with the steps to take for each alert.

use serde_json::{Value, json};

use super::picked;
use super::timing::{Timing, written};
use crate::poll::plan::{Plan, Planned};
use crate::tools::yaml;

/// Returns the rules as YAML, with a group for each service.
pub(crate) fn yaml(plan: &Plan) -> String {
    let groups: Vec<Value> = plan.services.iter().map(|planned| group(planned, plan)).collect();
    let head = format!("# Made by `cton alerts{}`; docs/monitoring.md says what to do.\n", picked(plan));
    head + &yaml::document(&json!({ "groups": groups }))
}

fn group(planned: &Planned, plan: &Plan) -> Value {
    let watched = AlertedService { service: &planned.config.name, rhythm: Timing::of(planned, plan) };
    let stale = (planned.config.stale_after > 0).then(|| watched.stale());
    let rules = [
        watched.down(),
        watched.failing(),
        watched.outdated(),
        watched.flapping(),
        watched.budget(),
        watched.metric_errors(),
        watched.rejected(),
        watched.lost(),
        watched.dropped(),
        watched.state(),
    ];
    let rules: Vec<Value> = rules.into_iter().chain(stale).map(|rule| rule.json(watched.service)).collect();
    json!({ "name": format!("cton-{}", watched.service), "rules": rules })
}

/// One alerting rule.
struct Rule {
    name: &'static str,
    severity: &'static str,
    expr: String,
    /// The time in seconds for which the expression must hold.
    wait: u64,
    /// The problem in one line.
    summary: String,
    /// The meaning of the alert, and the steps to take.
    next: String,
}

impl Rule {
    fn json(self, service: &str) -> Value {
        let mut rule = json!({
            "alert": self.name,
            "expr": self.expr,
            "labels": { "severity": self.severity, "service": service },
            "annotations": { "summary": self.summary, "description": self.next },
        });
        if self.wait > 0 {
            rule["for"] = written(self.wait).into();
        }
        rule
    }
}

/// A service with alerting rules.
struct AlertedService<'a> {
    service: &'a str,
    rhythm: Timing,
}

impl AlertedService<'_> {
    /// Returns the rule for a missing exporter. A target that cannot be scraped loses its series immediately.
    fn down(&self) -> Rule {
        let service = self.service;
        Rule {
            name: "CtonDown",
            severity: "critical",
            expr: format!("absent({})", self.series("cton_service_up")),
            wait: 5 * 60,
            summary: format!("Prometheus sees no exporter that polls {service}"),
            next: format!(
                "The process is not there, its port cannot be reached, or it is not scraped.\n\
                 1. Targets of Prometheus: is there one of the job, and what is its error?\n\
                 2. Its host: does `cton -s {service}` run? If not, the last lines of its log say why.\n\
                 Start it again: what the state_dir holds goes on, the rest begins anew.\n"
            ),
        }
    }

    /// Returns the rule for a service that is down and has had no successful poll for too long, or ever.
    fn failing(&self) -> Rule {
        let (service, overdue) = (self.service, written(self.rhythm.overdue));
        let up = format!("max by (service) ({})", self.series("cton_service_up"));
        Rule {
            name: "CtonServiceFailing",
            severity: "critical",
            expr: format!("{up} == 0 unless {}", self.fresh()),
            // The first poll can take this long.
            wait: self.rhythm.poll_timeout,
            summary: format!("No poll of {service} has succeeded for {overdue}"),
            next: format!(
                "Its numbers stand still, and its gauges go.\n\
                 1. The log: the line `poll failed` with service={service} has the cause and what may help.\n\
                 2. The dashboard: failed polls by reason. `status` and `network`: is the API up? `secret`: was a key changed?\n\
                 3. `cton -s {service} --once --record DIR` on its host, where its secrets are, tries one poll and keeps what the API says.\n\
                 It goes on by itself once the API answers: no restart is needed, unless the log says `the service hangs`.\n"
            ),
        }
    }

    /// Returns the rule for outdated data, whatever `cton_service_up` is. A poll that waits for a rate limit is not
    /// late.
    fn outdated(&self) -> Rule {
        let (service, overdue) = (self.service, self.rhythm.overdue);
        let last = format!("max by (service) ({})", self.series("cton_last_success_timestamp_seconds"));
        let wait = format!("max by (service) ({})", self.series("cton_poll_wait_seconds"));
        Rule {
            name: "CtonDataOutdated",
            severity: "critical",
            expr: format!("time() - {last} > {overdue} + {wait}"),
            wait: self.rhythm.poll_timeout,
            summary: format!("The last new data of {service} is {{{{ $value | humanizeDuration }}}} old"),
            next: format!(
                "No poll has brought new data, whether polls are reported as failed or not.\n\
                 1. If CtonServiceFailing fires too, its cause is the cause.\n\
                 2. The log: `poll loop stuck` with service={service} means a disk that hangs, `the service hangs` code that does not return.\n\
                 3. `/-/healthy` of the exporter reports what is stuck. Fix the disk of state_dir, or restart the exporter.\n"
            ),
        }
    }

    /// Returns the rule for failed polls between successful ones. Without successful polls, `CtonServiceFailing` is
    /// enough.
    fn flapping(&self) -> Rule {
        let service = self.service;
        let window = written(self.rhythm.polls(20));
        let polls = |more| {
            format!("sum by (service) (increase(cton_polls_total{{service='{service}'{more}}}[{window}]))")
        };
        let ratio = format!("{} / {} > 0.5", polls(",outcome='failure'"), polls(""));
        Rule {
            name: "CtonPollsFailing",
            severity: "warning",
            expr: format!("{ratio} and {}", self.fresh()),
            wait: self.rhythm.overdue,
            summary: format!("{{{{ $value | humanizePercentage }}}} of the polls of {service} fail"),
            next: "Numbers are current, but come late. It can wait for the morning.\n\
                 1. The dashboard: failed polls by reason, requests by code.\n\
                 2. `timeout`: raise request_timeout_sec or poll_timeout_sec. `limit`, 429: poll less often, or set calls_per_minute.\n"
                .to_owned(),
        }
    }

    /// Returns the rule for fewer remaining requests than five polls send. It waits for longer than a short rate limit
    /// takes to reset.
    fn budget(&self) -> Rule {
        let service = self.service;
        let window = written(self.rhythm.polls(20));
        let grown = |name| format!("sum by (service) (increase({}[{window}]))", self.series(name));
        let left = format!("min by (service) ({})", self.series("cton_api_budget_remaining"));
        let (requests, polls) = (grown("cton_api_requests_total"), grown("cton_polls_total"));
        Rule {
            name: "CtonBudgetNearlyUsed",
            severity: "warning",
            expr: format!("{left} <= 5 * {requests} / {polls}"),
            wait: 15 * 60,
            summary: format!("The API of {service} takes only {{{{ $value }}}} more calls"),
            next: "Polls slow down to what is left, and fail with the reason `limit` when nothing is. It can wait for the morning.\n\
                   1. Does something else use the same account?\n\
                   2. Poll less often: data_store_expiration_sec, calls_per_minute. Or ask the API for a higher limit.\n"
                .to_owned(),
        }
    }

    fn stale(&self) -> Rule {
        let service = self.service;
        Rule {
            name: "CtonGaugesStale",
            severity: "warning",
            expr: format!("min by (service) ({}) == 1", self.series("cton_service_stale")),
            wait: 0,
            summary: format!("The gauges of {service} were taken away: they are too old"),
            next: "What shows or alerts on these gauges has no data; counters stand still.\n\
                   1. If polls fail, another alert says so: its cause is the cause.\n\
                   2. If not, a poll takes longer than that: raise stale_after_intervals, or lower poll_timeout_sec.\n"
                .to_owned(),
        }
    }

    fn metric_errors(&self) -> Rule {
        let service = self.service;
        Rule {
            name: "CtonMetricErrors",
            severity: "warning",
            expr: self.lately("metric", "cton_metric_errors_total"),
            wait: 0,
            summary: format!("{{{{ $labels.metric }}}} of {service} returns errors"),
            next: format!(
                "Polls succeed, but the metric or some of its label sets return an error and are not updated. The others are.\n\
                 1. The log says what is wrong: the line with service={service} and metric={{{{ $labels.metric }}}}.\n\
                 2. Has the API changed? `cton -s {service} --record DIR --once` writes down what it says now, for a test of a fix.\n"
            ),
        }
    }

    fn rejected(&self) -> Rule {
        Rule {
            name: "CtonItemsRejected",
            severity: "warning",
            expr: self.lately("metric", "cton_items_rejected_total"),
            wait: 0,
            summary: format!("{{{{ $labels.metric }}}} of {} rejects invalid items", self.service),
            next: "The invalid items are not counted; the items beside them are.\n\
                   1. The log has a line `items rejected` with the metric and the reason.\n\
                   2. Fix the service: shorten the ID or label value, add a label that tells two items apart, or skip the item.\n"
                .to_owned(),
        }
    }

    fn lost(&self) -> Rule {
        Rule {
            name: "CtonItemsLost",
            severity: "warning",
            expr: self.lately("metric", "cton_items_lost_total"),
            wait: 0,
            summary: format!("{{{{ $labels.metric }}}} of {} has lost items", self.service),
            next: "The metric returned errors, or label sets were left out for lack of room, for longer than the cursor of `keep` is held.\n\
                   1. The log has the error of the metric, or a line `series dropped`. Fix that first: items are lost until then.\n\
                   2. To count the lost items, remove the service's file in state_dir and restart, if the API still lists them.\n"
                .to_owned(),
        }
    }

    fn dropped(&self) -> Rule {
        let service = self.service;
        Rule {
            name: "CtonSeriesDropped",
            severity: "warning",
            expr: format!(
                "{} or {}",
                self.lately("metric", "cton_series_dropped_total"),
                self.lately("metric", "cton_series_evicted_total")
            ),
            wait: 0,
            summary: format!("{{{{ $labels.metric }}}} of {service} has more series than there is room for"),
            next: "New series replace old ones, or are left out, so sums are too small.\n\
                   1. Does a label hold what is never the same again (an id, a time)? Take it out.\n\
                   2. If there are as many: raise series_limit, or memory_limit_bytes if the log says so, and look at the memory of\n\
                   Prometheus.\n"
                .to_owned(),
        }
    }

    fn state(&self) -> Rule {
        let service = self.service;
        Rule {
            name: "CtonStateNotWritten",
            severity: "warning",
            expr: self.lately("service", "cton_state_write_failures_total"),
            wait: 0,
            summary: format!("What {service} has counted cannot be written to its state_dir"),
            next: "Nothing is lost while the process runs: do not restart it before this is mended.\n\
                   1. The log: the line `state not written` has the cause. A full disk? A folder of another user?\n\
                   2. If the line says `cannot be read`, do what it says. Else it is written with the next poll once the cause is gone;\n\
                   the log says `state written again`.\n"
                .to_owned(),
        }
    }

    /// Returns an expression that holds if a recent poll succeeded.
    fn fresh(&self) -> String {
        let last = self.series("cton_last_success_timestamp_seconds");
        format!("max by (service) ({last}) > time() - {}", self.rhythm.overdue)
    }

    /// Returns an expression that holds if a counter has increased in the last five polls.
    fn lately(&self, label: &str, name: &str) -> String {
        format!("sum by ({label}) (increase({}[{}])) > 0", self.series(name), written(self.rhythm.polls(5)))
    }

    fn series(&self, name: &str) -> String {
        format!("{name}{{service='{}'}}", self.service)
    }
}
