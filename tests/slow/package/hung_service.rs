//! A service that hangs.

use super::*;

#[test]
fn a_hung_service_is_logged_once_loses_its_gauges_and_blocks_no_other() {
    let package = Package::new("hanging");
    let api = FakeApi::json(r#"{"open": 7}"#);
    let (port, other) = (free_port(), free_port());
    let service = |name: &str, port: u16| {
        serde_json::json!({
            "service_class": "HeldApi", "service_module": "held_api", "port": port, "listen": "127.0.0.1",
            "api_url": api.url("/status"), "prometheus_metrics_mapping": { "gauge": [format!("open_{name}")] },
            "held_by": package.directory.join(name), "data_store_expiration_sec": 0.2,
            // The one that is well may be late on a busy machine.
            "poll_timeout_sec": if name == "well" { 100 } else { 5 },
            "stale_after_intervals": if name == "well" { 500 } else { 5 },
        })
    };
    let services = ["later", "at_once", "well"].map(|name| {
        let port = if name == "at_once" { other } else { port };
        (name.to_owned(), service(name, port))
    });
    let services: serde_json::Map<_, _> = services.into_iter().collect();
    let config = serde_json::json!({ "api_call_intervals": 0.2, "log_level": "INFO", "services": services });
    fs::write(package.directory.join("config.json"), config.to_string()).unwrap();
    fs::write(package.directory.join("services/held_api.rs"), HELD).unwrap();
    let mut command = Command::new(package.build());
    fs::write(package.directory.join("at_once"), "").unwrap();
    command.arg("--all");
    let served = Cton::from(command).start();
    let exposition = || {
        crate::support::process::try_scrape(port, "/metrics")
            .map(|response| response.body)
            .unwrap_or_default()
    };
    served.until("the gauges", || {
        exposition().contains("\nopen_later 7\n") && exposition().contains("\nopen_well 7\n")
    });
    assert_eq!(scrape(other, "/-/ready").status, 503);

    fs::write(package.directory.join("later"), "").unwrap();
    // A gauge may be a little older than the poll that read it.
    served.until("staleness", || {
        let exposition = exposition();
        !exposition.contains("\nopen_later ")
            && exposition.contains("cton_service_stale{service=\"later\"} 1\n")
    });
    served.until("the truth", || exposition().contains("cton_service_up{service=\"later\"} 0\n"));
    served.until("an end of waiting", || scrape(other, "/-/ready").status == 200);
    let polls = || {
        crate::support::shipped_config::value(
            &exposition(),
            "cton_polls_total{outcome=\"success\",service=\"well\"}",
        )
    };
    let before = polls().unwrap();
    served.until("polls of the other", || polls().unwrap() >= before + 10.0);
    assert!(
        exposition().contains("cton_service_up{service=\"well\"} 1\n")
            && exposition().contains("\nopen_well 7\n")
    );
    let told = |words: &str| served.log().iter().filter(|line| line.contains(words)).count();
    served.settle();
    assert_eq!(told("level=error msg=\"service hung\" service=later "), 1, "{:#?}", served.log());
    assert_eq!(told("level=error"), 2, "the other is the one that hangs at once: {:#?}", served.log());

    fs::remove_file(package.directory.join("later")).unwrap();
    // Both on one exposition: a second later the gauge may be stale again on a busy machine.
    served.until("it again", || {
        let exposition = exposition();
        exposition.contains("cton_service_up{service=\"later\"} 1\n")
            && exposition.contains("\nopen_later 7\n")
    });
    served.settle();
    assert_eq!(told("msg=\"service resumed\" service=later "), 1);
}

const HELD: &str = "use collectington::{Api, Result, Service};
#[derive(serde::Deserialize)]
pub struct HeldApi { open: u64 }
impl Service for HeldApi {
    fn poll(api: &mut Api) -> Result<Self> {
        let (held_by, answer) = (api.setting::<std::path::PathBuf>(\"held_by\")?, api.get().json()?);
        while held_by.exists() { std::thread::sleep(std::time::Duration::from_millis(10)); }
        Ok(answer)
    }
}
impl HeldApi {
    pub fn open_later(&self) -> u64 { self.open }
    pub fn open_at_once(&self) -> u64 { self.open }
    pub fn open_well(&self) -> u64 { self.open }
}
";
