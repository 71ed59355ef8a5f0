//! Failures of the API, each of which is logged once.

use super::*;

#[test]
fn each_fault_of_the_api_is_logged_once_and_leaves_the_last_good_samples() {
    let answered = [
        ("status", Response::new(500).body("oops")),
        ("status", Response::new(401)),
        ("type", Response::new(200).header("content-type", "text/html").body("<html>Log in</html>")),
        ("type", Response::json("{}")),
        ("body", incidents(9).header("content-encoding", "gzip")),
        ("network", incidents(9).truncated()),
        ("network", Response::close()),
    ];
    thread::scope(|scope| {
        scope.spawn(|| are_logged_once(60, &answered));
        // A good response is not late, even on a busy machine.
        scope.spawn(|| are_logged_once(5, &[("timeout", Response::hang())]));
    });
}

/// Has an API fail in each way in turn, and recover, with that `request_timeout_sec`.
fn are_logged_once(timeout: u64, faults: &[(&str, Response)]) {
    let dir = scratch("faults");
    let script = Script::new(7);
    let api = script.start();
    let file = config(&dir, &api);
    edit(&file, &json!({ "request_timeout_sec": timeout }));
    let (served, port) = serve_config(&file, &[]);
    let failures = |reason: &str| {
        served_value(port, &format!("cton_poll_failures_total{{reason=\"{reason}\",service=\"splunk\"}}"))
            .unwrap_or_default()
    };
    for (nth, (reason, fault)) in faults.iter().enumerate() {
        served.settle();
        let (before, logged) = (failures(reason), served.log().len());
        script.respond(fault.clone());
        served.until(reason, || failures(reason) >= before + 1.0);
        served.settle();
        let lines = &served.log()[logged..];
        let failed: Vec<_> = lines.iter().filter(|line| line.contains("poll failed")).collect();
        assert_eq!(failed.len(), 1, "{lines:#?}");
        assert!(
            failed[0].contains(&format!("reason={reason}")) && failed[0].contains(" url=\"http://127.0.0.1"),
            "{failed:?}"
        );
        assert_eq!(served_value(port, "number_of_incidents_total"), Some(7.0), "{reason}");
        assert_eq!(served_value(port, "cton_service_up{service=\"splunk\"}"), Some(0.0), "{reason}");

        let successes =
            || served_value(port, "cton_polls_total{outcome=\"success\",service=\"splunk\"}").unwrap();
        let before = successes();
        script.respond(incidents(7));
        served.until("recovery", || successes() > before);
        assert_eq!(served_value(port, "cton_service_up{service=\"splunk\"}"), Some(1.0), "{reason}");
        served.settle();
        let told = served.log()[logged..].iter().any(|line| line.contains("poll recovered"));
        // The fourth outage within an hour is one of flapping.
        assert_eq!(told, nth < 3, "{reason}");
    }
}

#[test]
fn a_continuing_failure_is_logged_once() {
    let dir = scratch("goes-on");
    let script = Script::new(7);
    let api = script.start();
    let (served, port) = serve(&dir, &api, &[]);
    script.respond(Response::new(503));
    let failed = || served_value(port, "cton_polls_total{outcome=\"failure\",service=\"splunk\"}").unwrap();
    served.until("a third failure", || failed() >= 3.0);
    served.settle();
    assert_eq!(served.log().iter().filter(|line| line.contains("poll failed")).count(), 1);
}

#[test]
fn a_failure_whose_message_changes_at_each_poll_is_logged_once() {
    thread::scope(|scope| {
        for (name, body) in [
            ("error", r#"{"error": "internal", "request": "ID"}"#),
            ("type", r#"{"total": "ID", "incidents": []}"#),
            ("page", "<html><body>Request ID: try again at TIME</body></html>"),
            ("text", "ID is not known here"),
        ] {
            scope.spawn(move || is_logged_once(name, body));
        }
    });
}

/// Has an API fail with that body, each time with another ID.
fn is_logged_once(name: &str, body: &str) {
    let dir = scratch(&format!("changing-{name}"));
    let script = Script::new(7);
    let api = script.start();
    let (served, port) = serve(&dir, &api, &[]);
    let status = if name == "type" { 200 } else { 500 };
    let failed = || served_value(port, "cton_polls_total{outcome=\"failure\",service=\"splunk\"}").unwrap();
    for (n, id) in [(1.0, "ab-cd"), (2.0, "f0e1-9c"), (3.0, "MTIz/Q=="), (4.0, "zz yy"), (5.0, "7")] {
        script.respond(Response::new(status).body(body.replace("ID", id).replace("TIME", id)));
        served.until("a failure", || failed() >= n);
    }
    served.settle();
    let log = served.log();
    assert_eq!(log.iter().filter(|line| line.contains("poll failed")).count(), 1, "{name}: {log:#?}");
}
