//! Tests of the poll loop with an HTTP API that responds "not modified".

use super::*;
use crate::author::service::{Metric, Service, Table};
use crate::config;
use crate::config::minimal_config::{minimal_config, minimal_service};
use crate::fake_api::{FakeApi, Request, Response};
use crate::fetch::client::{Client, Mode};
use crate::support::error::Result;

/// The number of incidents since the last request, which is also the number of open ones.
struct Incidents(u64);

impl Service for Incidents {
    fn poll(api: &mut Api) -> Result<Self> {
        api.get().json().map(Self)
    }
}

static TABLE: Table<Incidents> = Table {
    service: "asking",
    metrics: &[
        Metric { family: COUNTER, read: |data, out| out.counter(Increase(data.0)) },
        Metric { family: GAUGE, read: |data, out| out.gauge(data.0) },
    ],
};

fn asking(fake: &FakeApi) -> Poller {
    Poller { bound: &TABLE, rows: rows(&TABLE), api: api(fake), ..poller([]) }
}

/// Returns the client of an API whose responses expire at once.
pub(super) fn api(fake: &FakeApi) -> Api {
    let service = minimal_service(
        &serde_json::json!({ "api_url": fake.url("/"), "data_store_expiration_sec": 0, "retries": 0 }),
    );
    let config = config::parse("config.json", &minimal_config([("asking".to_owned(), service)])).unwrap();
    let client = Client::new(Mode::Live, &config.services).unwrap();
    Api::new(&config.services[0], &client).unwrap()
}

#[test]
fn what_the_api_confirms_is_counted_once_and_stays_fresh() {
    let fake = FakeApi::start(|asked: &Request| match asked.header("if-none-match") {
        Some("\"a\"") => Response::new(304),
        _ => Response::json("3").header("etag", "\"a\""),
    });
    let mut poller = asking(&fake);
    poller.poll();
    for _ in 0..3 {
        poller.shown.last_success -= STALE_AFTER;
        assert!(poller.poll() >= Duration::from_secs(30), "the normal interval");
    }
    let later = STALE_AFTER - Duration::from_secs(60);
    assert_eq!(shown_in(&poller, later), ["incidents_total 3", "open 3"]);
    assert_eq!(own(&poller, "cton_polls_total{outcome=\"unchanged\",service=\"scripted\"}").unwrap(), "3");
    assert_eq!(own(&poller, "cton_service_up{service=\"scripted\"}").unwrap(), "1");
}

#[test]
fn gauges_that_grew_stale_come_back_when_the_api_confirms_them() {
    let failing = Arc::new(std::sync::atomic::AtomicBool::new(false));
    let fake = FakeApi::start({
        let failing = failing.clone();
        move |asked: &Request| match asked.header("if-none-match") {
            _ if failing.load(std::sync::atomic::Ordering::SeqCst) => Response::new(500),
            Some("\"a\"") => Response::new(304),
            _ => Response::json("3").header("etag", "\"a\""),
        }
    });
    let mut poller = asking(&fake);
    poller.poll();
    failing.store(true, std::sync::atomic::Ordering::SeqCst);
    poller.poll();
    assert_eq!(shown_in(&poller, STALE_AFTER), ["incidents_total 3"]);
    failing.store(false, std::sync::atomic::Ordering::SeqCst);
    poller.poll();
    assert_eq!(shown(&poller), ["incidents_total 3", "open 3"]);
    assert_eq!(own(&poller, "cton_service_stale{service=\"scripted\"}").unwrap(), "0");
    assert_eq!(poller.failing(), None);
}
