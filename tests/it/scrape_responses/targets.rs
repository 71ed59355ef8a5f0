//! Services with targets.

use std::sync::atomic::{AtomicBool, Ordering};

use super::*;

/// Publishes two gauges of a target, which have the same value.
fn publish_pair(site: &Site, service: usize, target: &str, value: u64) {
    site.publish(service, |_, out| {
        for name in ["one", "two"] {
            let line = format!("{name}{{target=\"{target}\"}} {value}\n");
            out.extend_from_slice(format!("# HELP {name} h\n# TYPE {name} gauge\n{line}").as_bytes());
        }
    });
}

/// The samples of a family, in their order.
fn values(exposition: &str, name: &str) -> Vec<(String, f64)> {
    let exposition = parse_strictly(exposition.trim_end_matches("# EOF\n"), exposition.ends_with("# EOF\n"));
    let of_name = exposition.samples.into_iter().filter(|sample| sample.name == name);
    of_name.map(|sample| (sample.labels[0].1.clone(), sample.value)).collect()
}

#[test]
fn a_scrape_shows_one_poll_of_each_target() {
    let targets = ["s/a", "s/b", "s/c"];
    let (site, _) = site(&targets);
    (0..3).for_each(|at| publish_pair(&site, at, targets[at], 0));
    let is_over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        for (at, target) in targets.iter().enumerate() {
            let (site, is_over) = (&site, &is_over);
            scope.spawn(move || {
                let polls = (1..).take_while(|_| !is_over.load(Ordering::Relaxed));
                polls.for_each(|value| publish_pair(site, at, target, value));
            });
        }
        let mut last = vec![0.0; 3];
        for number in 0..600 {
            let (accept, gzip) = ([TEXT, OPEN_METRICS][number % 2], number % 3 == 0);
            let encoding = if gzip { "gzip" } else { "" };
            let response =
                ask(&site, "GET", "/metrics", &[("Accept", accept), ("Accept-Encoding", encoding)]);
            let exposition = if gzip { unzipped(&response) } else { body(&response) };
            let one = values(&exposition, "one");
            assert_eq!(one, values(&exposition, "two"));
            assert!(one.iter().map(|(target, _)| target).eq(&targets), "{exposition}");
            let now: Vec<f64> = one.into_iter().map(|(_, value)| value).collect();
            assert!(last.iter().zip(&now).all(|(last, now)| last <= now), "{last:?} before {now:?}");
            last = now;
        }
        is_over.store(true, Ordering::Relaxed);
    });
}

#[test]
fn the_exporters_own_series_of_targets_have_their_label() {
    let (site, healths) = site(&["jira", "s/eu", "s/us.1"]);
    healths[1].succeeded(Duration::from_secs(1), 1e9);
    publish_pair(&site, 1, "eu", 1);
    let exposition = body(&ask(&site, "GET", "/metrics", &[]));
    let parsed = parse_strictly(&exposition, false);
    let own = |name: &str, labels: &[(&str, &str)]| parsed.value(name, labels);
    for flag in ["cton_service_up", "cton_service_stale"] {
        for target in ["eu", "us.1"] {
            assert_eq!(own(flag, &[("service", "s"), ("target", target)]), Some(0.0), "{exposition}");
        }
        assert_eq!(own(flag, &[("service", "jira")]), Some(0.0), "{exposition}");
    }
    let polls =
        |target| own("cton_polls_total", &[("outcome", "success"), ("service", "s"), ("target", target)]);
    assert_eq!((polls("eu"), polls("us.1")), (Some(1.0), Some(0.0)), "{exposition}");
    let services = parsed.samples.iter().flat_map(|sample| &sample.labels);
    assert!(
        services.filter(|(name, _)| name == "service").all(|(_, value)| ["s", "jira"].contains(&&**value))
    );
}

#[test]
fn readiness_lists_few_targets_and_summarizes_many() {
    let ready = |site: &Site| {
        let response = ask(site, "GET", "/-/ready", &[]);
        (response.status, body(&response))
    };
    let (few, _) = site(&["a", "s/eu", "s/us"]);
    let waits = "waiting for the first poll";
    assert_eq!(ready(&few), (503, format!("not ready\na: {waits}\ns/eu: {waits}\ns/us: {waits}\n")));
    let names: Vec<String> = (0..1000).map(|target| format!("s/t{target}")).collect();
    let (many, _) = site(&names.iter().map(String::as_str).collect::<Vec<_>>());
    (0..1000).filter(|at| at % 2 == 0).for_each(|at| publish_pair(&many, at, "x", 1));
    let (status, text) = ready(&many);
    assert_eq!(status, 503);
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines[1], format!("s: 1000 targets; has data: 500; {waits}: 500"));
    assert_eq!((lines[2], lines.len()), (&*format!("s/t1: {waits}"), 23));
    assert_eq!(lines[22], "and 480 more targets of s without data");
    (0..1000).for_each(|at| publish_pair(&many, at, "x", 1));
    assert_eq!(ready(&many), (200, "ready\ns: 1000 targets; has data: 1000\n".to_owned()));
}
