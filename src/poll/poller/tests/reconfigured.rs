//! Tests of a poller whose config changes during a run.

use super::*;
use crate::poll::poller::poller_change::Reconfigured;
use crate::poll::poller_config::PollerConfig;
use crate::poll::session_closer::SessionClosers;
use crate::series::options::SeriesOptions;

/// Changes the config to these rows of the table.
fn reconfigure(poller: &mut Poller, rows: &[usize], options: impl Into<SeriesOptions>) {
    let all = poller.bound.families();
    let families: Vec<_> = rows.iter().map(|row| all[*row].into()).collect();
    let config = PollerConfig {
        name: Arc::clone(&poller.name),
        bound: poller.bound,
        rows: rows.to_vec(),
        families: families.clone(),
        options: options.into(),
        labels: vec![("account".to_owned(), "x".to_owned())],
        schedule: Schedule::new(Duration::from_secs(2), Duration::from_secs(60)),
        poll_interval: Duration::from_secs(60),
        stale_after: Some(STALE_AFTER),
        poll_timeout: POLL_TIMEOUT,
    };
    let service = ServiceInfo {
        name: "scripted".to_owned(),
        families,
        heartbeat: Arc::clone(&poller.heartbeat),
        ..ServiceInfo::default()
    };
    poller.reconfigure(Reconfigured {
        health: poller.health.with_metrics(&config.kinds()),
        api: Api::replay("services/replay/splunk").unwrap(),
        publisher: poller.publisher.clone(),
        session: (None, SessionClosers::default()),
        wait: Duration::ZERO,
        config,
        service,
    });
}

fn gauge_alone(open: u64) -> Polled {
    let mut reading = Reading::default();
    reading.gauge(open);
    Ok(Some(vec![Ok(reading)]))
}

/// Returns the recent totals of each metric on the status page.
fn recent(poller: &Poller) -> Vec<(String, Vec<f64>)> {
    let status = poller.publisher.site().status(SystemTime::now(), Instant::now());
    let status: serde_json::Value = serde_json::from_str(&status.json()).unwrap();
    let metrics = status["services"][0]["metrics"].as_array().unwrap().clone();
    let of = |metric: &serde_json::Value| {
        let points = metric["recent"].as_array().cloned().unwrap_or_default();
        (
            metric["name"].as_str().unwrap().to_owned(),
            points.iter().filter_map(|point| point["total"].as_f64()).collect(),
        )
    };
    metrics.iter().map(of).collect()
}

#[test]
fn counters_and_gauges_continue_with_other_options_and_labels() {
    let mut poller = poller([good(7, 1), good(9, 2)]);
    poller.poll();
    reconfigure(&mut poller, &[0, 1], 7);
    assert_eq!(shown(&poller), ["incidents_total{account=\"x\"} 7", "open{account=\"x\"} 1"]);
    poller.poll();
    assert_eq!(shown(&poller), ["incidents_total{account=\"x\"} 9", "open{account=\"x\"} 2"]);
    assert_eq!(
        own(&poller, "cton_polls_total{outcome=\"success\",service=\"scripted\"}").as_deref(),
        Some("2")
    );
}

#[test]
fn a_metric_that_is_omitted_for_a_time_continues_and_no_plot_shows_the_values_of_another() {
    let mut poller = poller([good(7, 1), gauge_alone(2), good(9, 3)]);
    poller.poll();
    reconfigure(&mut poller, &[1], 100);
    assert_eq!(shown(&poller), ["open{account=\"x\"} 1"]);
    assert_eq!(recent(&poller), [("open".to_owned(), vec![])]);
    poller.poll();
    assert_eq!(recent(&poller), [("open".to_owned(), vec![2.0])]);
    reconfigure(&mut poller, &[0, 1], 100);
    assert_eq!(shown(&poller), ["incidents_total{account=\"x\"} 7", "open{account=\"x\"} 2"]);
    poller.poll();
    assert_eq!(shown(&poller), ["incidents_total{account=\"x\"} 9", "open{account=\"x\"} 3"]);
    assert_eq!(recent(&poller), [("incidents".to_owned(), vec![9.0]), ("open".to_owned(), vec![3.0])]);
}
