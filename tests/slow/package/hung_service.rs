//! A service that hangs.

use std::sync::atomic::{AtomicU64, Ordering};

use super::*;
use crate::support::fake_api::{Request, Response};
use crate::support::frozen_disk::FrozenDisk;

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

/// Of eight services, three hang and the disk of another one.
#[test]
fn hung_services_and_a_hung_disk_cost_a_thread_each_and_block_no_other() {
    let package = Package::new("hung-disk");
    let Some(disk) = FrozenDisk::new(&package.directory) else { return };
    let (total, port) = (AtomicU64::new(0), free_port());
    // The number grows, so that each poll writes its state.
    let api = FakeApi::start(move |_: &Request| {
        Response::json(format!(r#"{{"open": {}}}"#, total.fetch_add(1, Ordering::SeqCst)))
    });
    let service = |name: &str| {
        serde_json::json!({
            "service_class": "HeldApi", "service_module": "held_api", "port": port, "listen": "127.0.0.1",
            "api_url": api.url("/status"), "prometheus_metrics_mapping": { "counter": [format!("open_{name}")] },
            "held_by": package.directory.join(name), "data_store_expiration_sec": 0.1,
        })
    };
    let (hung, well) = (["a", "b", "c"], ["d", "e", "f", "g"]);
    let services: Vec<&str> = hung.into_iter().chain(["disk"]).chain(well).collect();
    let entries: serde_json::Map<_, _> =
        services.iter().map(|name| ((*name).to_owned(), service(name))).collect();
    let config = serde_json::json!({
        "api_call_intervals": 0.1, "log_level": "INFO", "state_dir": package.directory.join("state"), "services": entries,
    });
    fs::write(package.directory.join("config.json"), config.to_string()).unwrap();
    let (head, _) = HELD.split_once("impl HeldApi").unwrap();
    let methods = services.iter().map(|name| {
        format!(
            "pub fn open_{name}(&self) -> collectington::Total<u64> {{ collectington::Total(self.open) }}"
        )
    });
    let code = format!("{head}impl HeldApi {{ {} }}", methods.collect::<String>());
    fs::write(package.directory.join("services/held_api.rs"), code).unwrap();
    let mut command = Command::new(package.build());
    command.arg("--all");
    disk.mount(&mut command, "/disk.state");
    let served = Cton::from(command).start();
    let polls = |name: &str| {
        let exposition = crate::support::process::try_scrape(port, "/metrics").map(|response| response.body);
        let series = format!("cton_polls_total{{outcome=\"success\",service=\"{name}\"}}");
        crate::support::shipped_config::value(&exposition.unwrap_or_default(), &series).unwrap_or(0.0)
    };
    served.until("all polls", || services.iter().all(|name| polls(name) >= 1.0));
    hung.iter().for_each(|name| fs::write(package.directory.join(name), "").unwrap());
    disk.freeze();
    served.until("the hung write", || disk.holds_a_write());
    // A poll that has begun before may still end.
    well.iter().for_each(|name| {
        let before = polls(name);
        served.until("polls of the others", || polls(name) >= before + 2.0);
    });
    let stopped = || ["a", "b", "c", "disk"].map(polls);
    let before = stopped();
    well.iter().for_each(|name| {
        let before = polls(name);
        served.until("polls of the others", || polls(name) >= before + 10.0);
    });
    assert_eq!(stopped(), before, "they hang");
    hung.iter().for_each(|name| fs::remove_file(package.directory.join(name)).unwrap());
    disk.thaw();
    served.until("all polls again", || stopped().iter().zip(&before).all(|(now, before)| now > before));
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
