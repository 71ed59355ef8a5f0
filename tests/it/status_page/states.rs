//! The states of a service.

use super::*;

#[test]
fn page_and_json_agree_on_a_failing_service() {
    let (site, error) = (site("web", &FAMILIES), Error::new(ErrorKind::Status, HOSTILE).with_status(503));
    let teams = [HOSTILE.to_owned(), "b".to_owned()];
    for (at, outcome) in
        [PollResult::Recorded, PollResult::Failed(&error), PollResult::Failed(&error)].into_iter().enumerate()
    {
        poll(&site, 1_795_456_653.0 + 60.0 * at as f64, outcome, &teams);
    }
    let (page, json) = (page(&site), json(&site));
    let service = &json["services"][0];
    assert_eq!((&service["state"], &service["failures_in_a_row"]), (&"failing".into(), &2.into()));
    assert_eq!(service["last_success"], "2026-11-23T17:57:33Z");
    assert_eq!(service["failing_since"], "2026-11-23T17:58:33Z");
    assert_eq!(service["next_poll"], "2026-11-23T18:00:33Z");
    assert_eq!(service["last_failure"]["cause"], HOSTILE.replace('\u{202e}', "\\u{202e}"));
    assert_eq!(service["requests"]["2xx"], 3);
    for time in ["last_success", "next_poll"] {
        assert!(page.contains(service[time].as_str().unwrap()), "{time} in {page}");
    }
    for words in [
        "failing since 2026-11-23 17:58:33 UTC",
        ": 2 consecutive polls (status).",
        "1.234 s",
        "2xx: 3",
        ">59<",
    ] {
        assert!(page.contains(words), "{words} in {page}");
    }
    for metric in service["metrics"].as_array().unwrap() {
        for figure in ["total", "value", "count", "sum"]
            .iter()
            .filter_map(|key| metric[key].as_str().or(metric["series"][0][key].as_str()))
        {
            assert!(page.contains(&format!("<data value=\"{figure}\"")), "{figure} in {page}");
        }
        for words in ["name", "help", "error"].iter().filter_map(|key| metric[key].as_str()) {
            assert!(page.contains(&escaped(words)), "{words} in {page}");
        }
    }
    let asked = &service["metrics"][0];
    assert_eq!((&asked["series"][0]["labels"]["team"], &asked["total"]), (&HOSTILE.into(), &"4".into()));
    assert!(page.matches(&escaped(HOSTILE)).count() >= 4, "HELP, label, fault and cause: {page}");
}

#[test]
fn failing_is_shown_before_stale_with_its_time() {
    let (site, error) = (site("web", &FAMILIES), Error::new(ErrorKind::Status, "unavailable"));
    poll(&site, 1_795_456_653.0, PollResult::Recorded, &[]);
    let grow_stale = || {
        let mut publishing = site.publishing(0);
        publishing.poll_history().unwrap().grows_stale();
        publishing.renew_with(SnapshotFreshness::default(), &samples(&[]));
    };
    grow_stale();
    assert_eq!((shown(&site), first_badge(&site)), (("stale".into(), true.into()), "stale".into()));
    for at in [60.0, 120.0, 86_400.0] {
        poll(&site, 1_795_456_653.0 + at, PollResult::Failed(&error), &[]);
        grow_stale();
        assert_eq!((shown(&site), first_badge(&site)), (("failing".into(), true.into()), "failing".into()));
    }
    let page = page(&site);
    for words in [
        "<span class=\"state failing\">failing since 2026-11-23 17:58:33 UTC</span>",
        "<span class=\"state stale\">stale: no new data since 2026-11-23 17:57:33 UTC</span>",
        "1 service: 1 failing",
    ] {
        assert!(page.contains(words), "{words} in {page}");
    }
    let mut publishing = site.publishing(0);
    publishing.poll_history().unwrap().hangs(1_795_550_000.0);
    publishing.renew_with(SnapshotFreshness::default(), &samples(&[]));
    assert_eq!((shown(&site), first_badge(&site)), (("hung".into(), true.into()), "hung".into()));
    poll(&site, 1_795_560_000.0, PollResult::Recorded, &[]);
    assert_eq!((shown(&site), first_badge(&site)), (("up".into(), false.into()), "up".into()));
}

/// State and staleness in the JSON.
fn shown(site: &Site) -> (Value, Value) {
    let service = json(site)["services"][0].clone();
    (service["state"].clone(), service["stale"].clone())
}

/// The class of the first state on the page.
fn first_badge(site: &Site) -> String {
    let page = page(site);
    let (_, rest) = page.split_once("<span class=\"state ").unwrap();
    rest.split('"').next().unwrap().to_owned()
}

#[test]
fn a_service_without_a_poll_shows_no_values() {
    let site = site("web", &FAMILIES);
    let service = json(&site)["services"][0].clone();
    assert_eq!(service["state"], "starting");
    for unknown in [
        "last_poll",
        "next_poll",
        "last_success",
        "age_seconds",
        "failing_since",
        "last_failure",
        "requests_remaining",
    ] {
        assert!(service.get(unknown).is_none(), "{unknown} in {service}");
    }
    assert!(page(&site).contains("no poll finished yet"));
}

#[test]
fn a_past_failure_remains_on_the_page() {
    let (site, error) = (site("web", &FAMILIES), Error::new(ErrorKind::Timeout, "too late"));
    poll(&site, 1e9, PollResult::Failed(&error), &[]);
    poll(&site, 1e9 + 60.0, PollResult::Confirmed, &[]);
    let service = json(&site)["services"][0].clone();
    assert_eq!((&service["state"], service.get("failing_since")), (&"up".into(), None));
    assert_eq!(service["last_failure"]["reason"], "timeout");
    let page = page(&site);
    assert!(
        page.contains("<b>Recovered; last failure ") && page.contains("(timeout).</b> too late"),
        "{page}"
    );
}

#[test]
fn a_service_whose_server_is_not_verified_is_marked() {
    for is_insecure in [false, true] {
        let service = ServiceInfo { insecure_skip_verify: is_insecure, ..ServiceInfo::default() };
        let site = Site::new(vec![service], Health::new().unwrap());
        assert_eq!(json(&site)["services"][0]["insecure_skip_verify"], is_insecure);
        assert_eq!(page(&site).contains("<b>Insecure.</b>"), is_insecure);
    }
}
