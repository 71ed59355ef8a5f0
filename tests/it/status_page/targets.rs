//! Services with targets.

use super::*;

fn targets(names: &[String]) -> Arc<Site> {
    let service = |name: &String| ServiceInfo {
        name: name.clone(),
        period: Duration::from_secs(60),
        families: FAMILIES.iter().map(|family| (*family).into()).collect(),
        ..ServiceInfo::default()
    };
    Site::new(names.iter().map(service).collect(), Health::new().unwrap())
}

fn names(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

#[test]
fn each_target_has_a_row_and_the_selected_one_its_metrics() {
    let site = targets(&names(&["jira", "web/eu.1", "web/us"]));
    poll_of(&site, 1, 1e9, PollResult::Recorded, &["platform".to_owned()]);
    poll_of(&site, 2, 1e9, PollResult::Failed(&Error::from("no")), &[]);
    let overview = page(&site);
    for part in [
        "<section id=\"s-web\"",
        "2 targets: 1 up, 1 failing",
        "<tr id=\"s-web/eu.1\"><th scope=\"row\"><a href=\"/?service=web/eu.1\">eu.1</a></th>",
        "<span class=\"state failing\">failing</span>",
        "(service): no</td>",
        "2 services, 2 targets: 1 up, 1 starting, 1 failing",
        "<section id=\"s-jira\"",
    ] {
        assert!(overview.contains(part), "{part} in {overview}");
    }
    assert!(!overview.contains("platform"), "{overview}");
    for target in ["/?service=web/eu.1", "/?x=1&service=web%2Feu%2E1"] {
        let selected = text(&ask(&site, target));
        assert!(selected.contains("<article id=\"m-web/eu.1-asked\""), "{selected}");
        assert!(selected.contains("<a href=\"/?service=web\">All targets of web</a>"), "{selected}");
        assert!(selected.contains("platform") && !selected.contains("web/us"), "{selected}");
    }
    let service = text(&ask(&site, "/?service=web"));
    assert!(service.contains("web/us") && !service.contains("jira"), "{service}");
    for unknown in ["web/no", "we", "", "web/", "<script>"] {
        for path in ["/", "/api/v1/status"] {
            let response = ask(&site, &format!("{path}?service={unknown}"));
            assert_eq!(response.status, 404, "{unknown}");
            assert!(!text(&response).contains("script"));
        }
    }
}

#[test]
fn the_json_lists_each_target_and_the_metrics_of_the_selected_one() {
    let site = targets(&names(&["jira", "web/eu", "web/us"]));
    poll_of(&site, 1, 1e9, PollResult::Recorded, &["platform".to_owned()]);
    let json = json(&site);
    let [jira, eu, us] = json["services"].as_array().unwrap().as_slice() else { panic!("{json}") };
    assert_eq!((&eu["name"], &eu["service"], &eu["target"]), (&"web/eu".into(), &"web".into(), &"eu".into()));
    assert_eq!((&eu["state"], &us["state"]), (&"up".into(), &"starting".into()));
    assert_eq!((eu.get("metrics"), us.get("metrics")), (None, None));
    assert_eq!((jira.get("service"), jira.get("target")), (None, None));
    assert_eq!(jira["metrics"].as_array().unwrap().len(), 3);
    let selected: Value = serde_json::from_str(&text(&ask(&site, "/api/v1/status?service=web/eu"))).unwrap();
    assert_eq!(selected["services"].as_array().unwrap().len(), 1);
    assert_eq!(selected["services"][0]["metrics"][0]["series"][0]["labels"]["team"], "platform");
}

#[test]
fn the_page_of_many_failing_targets_is_bounded() {
    let error = Error::from("<".repeat(3000).as_str());
    for count in [1000, 3000] {
        let all: Vec<String> = (0..count).map(|target| format!("web/{target:0>100}")).collect();
        let site = targets(&all);
        (0..count).for_each(|at| poll_of(&site, at, 1e9, PollResult::Failed(&error), &[]));
        poll_of(&site, 0, 1e9, PollResult::Recorded, &[]);
        let page = page(&site);
        assert!(page.len() < 1_500_000, "{count} targets: {}", page.len());
        let rows = page.matches("<tr id=\"s-web/").count();
        assert_eq!(rows, 1000);
        let first = format!("<tr id=\"s-{}\"", all[0]);
        assert_eq!(page.contains(&first), count == 1000, "targets with problems come first");
        let more = "and 2000 more targets in <a href=\"/api/v1/status?service=web\">/api/v1/status</a>";
        assert_eq!(page.contains(more), count == 3000);
    }
}
