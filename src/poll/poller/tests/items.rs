//! Tests of the reports on single items and metrics.

use super::*;
use crate::author::reading::{Once, Unchanged};
use crate::support::error::Error;

fn two(counter: impl FnOnce(&mut Reading), gauge: impl FnOnce(&mut Reading)) -> Polled {
    let (mut a, mut b) = (Reading::default(), Reading::default());
    counter(&mut a);
    gauge(&mut b);
    Ok(Some(vec![Ok(a), Ok(b)]))
}

fn value_of(poller: &Poller, family: &str, metric: &str) -> Option<String> {
    own(poller, &format!("{family}{{metric=\"{metric}\",service=\"scripted\"}}"))
}

#[test]
fn an_invalid_item_is_counted_and_those_beside_it_are_recorded() {
    let ids = || {
        let items = vec![Once("a".repeat(257), 1), Once("b".to_owned(), 1), Once(String::new(), 1)];
        two(|out| out.counter(Increase(items)), |out| out.gauge(1))
    };
    let mut poller = poller([ids(), ids()]);
    for (poll, rejected) in [(1, "2"), (2, "4")] {
        poller.poll();
        assert_eq!(shown(&poller), ["incidents_total 1", "open 1"], "poll {poll}");
        let of_service = |family: &str| own(&poller, &format!("{family}{{service=\"scripted\"}}")).unwrap();
        assert_eq!(of_service("cton_items_rejected_total"), rejected);
        assert_eq!(of_service("cton_items_lost_total"), "0");
    }
    assert_eq!(poller.failing_metrics().count(), 0);
}

#[test]
fn a_metric_that_is_not_read_any_more_loses_its_gauges_while_the_service_goes_on() {
    let failing = || -> Polled {
        let Ok(Some(mut readings)) = good(7, 1) else { panic!() };
        readings[1] = Err("not understood".into());
        Ok(Some(readings))
    };
    let unchanged = || two(|out| out.counter(Total(7)), |out| out.gauge(Unchanged));
    for polled in [failing, unchanged as fn() -> Polled] {
        let mut poller = poller([good(7, 1), polled(), good(8, 2)]);
        poller.poll();
        let at = value_of(&poller, "cton_metric_last_success_timestamp_seconds", "open");
        assert!(at.is_some());
        // The first poll is stale by then; the metric is read only in part since.
        let read = Instant::now();
        thread::sleep(Duration::from_millis(2));
        poller.poll();
        assert_eq!(shown(&poller), ["incidents_total 7", "open 1"]);
        assert_eq!(value_of(&poller, "cton_metric_last_success_timestamp_seconds", "open"), at);
        let (seen, stale) = (seen(&poller), read + STALE_AFTER);
        assert_eq!(seen.shown(stale), ["incidents_total 7"]);
        assert_eq!(seen.own("cton_service_stale{service=\"scripted\"}", stale).unwrap(), "0");
        let status = super::status::status_at(&seen.0, stale);
        let metric = |at: usize| status["metrics"][at]["is_stale"].clone();
        assert_eq!([metric(0), metric(1)], [false, true]);
        poller.poll();
        assert_eq!(shown(&poller), ["incidents_total 8", "open 2"]);
        assert_eq!(super::status::status(&poller)["metrics"][1]["is_stale"], false);
    }
}

#[test]
fn no_error_of_a_metric_shows_a_secret_wherever_it_comes_from() {
    let error = || Error::from("the key hush-hush-hush and {\"token\": \"T1-hush\"} are unknown");
    let whole = || -> Polled { two(|out| out.counter(Err::<Total<u64>, _>(error())), |out| out.gauge(1)) };
    let mut poller = poller([whole()]);
    poller.api.redactor().remember("hush-hush-hush");
    poller.poll();
    let told = poller.state.metric_errors["incidents"].to_string();
    assert!(told.contains("the key *** and") && !told.contains("hush"), "{told}");
    let status = super::status::status(&poller).to_string();
    assert!(status.contains("the key *** and") && !status.contains("hush"), "{status}");
}
