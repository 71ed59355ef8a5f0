//! config.json: what is read from it, and what is said of each mistake.

use std::time::Duration;

use collectington::config::{Kind, Level, parse};

#[test]
fn the_shipped_config_is_read() {
    let config = parse("config.json", include_str!("../config.json")).unwrap();
    assert_eq!((config.interval, config.level), (Duration::from_secs(2), Level::Info));
    let splunk = &config.services[0];
    assert_eq!(splunk.name, "splunk");
    assert_eq!(splunk.port, 8000);
    assert_eq!(splunk.metrics[0].kind, Kind::Counter);
    assert_eq!((splunk.metrics[0].place.line, splunk.metrics[0].place.column), (12, 29));
    assert_eq!(splunk.settings["api_key"], "");
}
