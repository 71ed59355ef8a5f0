//! Tests of the status of a service that polls.

use serde_json::Value;

use super::*;
use crate::exposition::scrape_response::{ScrapeRequest, respond_at};

/// Returns the status of the service as JSON.
pub(super) fn status(poller: &Poller) -> Value {
    status_at(&poller.publisher.site(), Instant::now())
}

/// Returns the status of the service at that time as JSON.
pub(super) fn status_at(site: &Site, at: Instant) -> Value {
    let request = ScrapeRequest { method: "GET", target: "/api/v1/status", headers: &[] };
    let response = respond_at(site, &request, at);
    let text = response.body.pieces().collect::<Vec<_>>().concat();
    serde_json::from_slice::<Value>(&text).unwrap()["services"][0].take()
}

#[test]
fn a_failing_service_says_why_and_since_when_until_it_succeeds() {
    let mut poller = poller([good(7, 1), failed(), failed(), good(9, 0)]);
    assert_eq!(status(&poller)["state"], "starting");
    poller.poll();
    assert_eq!(status(&poller)["state"], "up");
    poller.poll();
    let first = status(&poller);
    poller.poll();
    let second = status(&poller);
    assert_eq!((&second["state"], &second["failures_in_a_row"]), (&"failing".into(), &2.into()));
    assert_eq!(
        (&second["failing_since"], second["failing_since"].is_string()),
        (&first["failing_since"], true)
    );
    assert_eq!(second["last_failure"]["cause"], "connection refused");
    assert_eq!(second["metrics"][0]["total"], "7", "the last good samples stay");
    poller.poll();
    let over = status(&poller);
    assert_eq!((&over["state"], over.get("failing_since")), (&"up".into(), None));
    assert_eq!(over["polls"], serde_json::json!({ "success": 2, "unchanged": 0, "failure": 2 }));
    let totals: Vec<&Value> =
        over["metrics"][0]["recent"].as_array().unwrap().iter().map(|point| &point["total"]).collect();
    assert_eq!(totals, [7.0, 9.0], "a point for each poll that brought something");
}

#[test]
fn a_metric_that_is_not_read_says_why() {
    let Ok(Some(mut readings)) = good(8, 2) else { panic!() };
    readings[0] = Err(Error::new(ErrorKind::Panic, "index out of bounds"));
    let mut poller = poller([Ok(Some(readings)), good(9, 1)]);
    poller.poll();
    assert_eq!(status(&poller)["metrics"][0]["error"], "index out of bounds");
    poller.poll();
    assert_eq!(status(&poller)["metrics"][0].get("error"), None);
}

#[test]
fn a_stale_service_reports_its_failure_and_shows_no_gauge_until_there_is_new_data() {
    let mut poller = poller([good(7, 1), failed(), good(7, 3)]);
    poller.poll();
    poller.poll();
    let stale = status_at(&poller.publisher.site(), in_time(STALE_AFTER));
    assert_eq!((&stale["state"], &stale["stale"]), (&"failing".into(), &true.into()));
    assert_eq!(stale["metrics"][1].get("total"), None);
    poller.poll();
    let fresh = status(&poller);
    assert_eq!((&fresh["state"], &fresh["metrics"][1]["total"]), (&"up".into(), &"3".into()));
}
