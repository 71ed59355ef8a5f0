//! A team's package that depends on this one: its build, rebuilds, and errors.

mod hung_service;
mod rebuilds;

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::support::fake_api::FakeApi;
use crate::support::package::Package;
use crate::support::process::{Cton, free_port, scrape};

#[test]
fn the_same_service_file_builds_and_is_tested_in_another_package() {
    let package = Package::new("whole");
    let printed = package.cargo(&["test", "--no-fail-fast"]).unwrap();
    assert!(printed.contains("test splunk_api::tests::"), "{printed}");
    let printed = package.cargo(&["run", "--quiet", "--", "--list"]).unwrap();
    assert!(printed.contains("splunk") && printed.contains("9100"), "{printed}");
}

#[test]
fn the_build_script_of_another_package_brings_neither_http_nor_tls() {
    let package = Package::new("graph");
    for (name, is_used) in [("ureq", true), ("rustls", true), ("tiny_http", true), ("syn@3", false)] {
        let printed = package.cargo(&["tree", "--edges=normal,build", "--invert", name]).unwrap();
        assert!(printed.contains("collectington"), "{printed}");
        // Where the way up from a package leads through a build script, the tree says so.
        assert_eq!(!printed.contains("[build-dependencies]"), is_used, "{printed}");
    }
}

#[test]
fn the_config_of_the_python_tool_builds_as_it_is() {
    let package = Package::new("seed");
    fs::copy("tests/config/good/of_the_seed.json", package.directory.join("config.json")).unwrap();
    let printed = package.cargo(&["build"]).unwrap();
    assert!(!printed.contains("warning"), "{printed}");
    let arguments = ["run", "--quiet", "--", "-s", "splunk", "--once", "--replay", "services/replay/splunk"];
    let printed = package.cargo(&arguments).unwrap();
    let names = ["number_of_incidents_total", "time_taken_to_acknowledge_sum", "time_taken_to_resolve_count"];
    assert!(
        names.iter().all(|name| printed.contains(name)) && !printed.contains("open_incidents"),
        "{printed}"
    );
}

#[test]
fn a_metric_without_a_method_fails_the_build_with_the_missing_signature() {
    let package = Package::new("missing");
    package.edit("config.json", r#""open_incidents"]"#, r#""open_incidents", "number_of_incident"]"#);
    let printed = package.cargo(&["build"]).unwrap_err();
    let line = "@0.0.0: config.json:13:45: gauge `number_of_incident` has no implementation; help: \
                add `pub fn number_of_incident(&self) -> f64` to `impl SplunkApi` in services/splunk_api.rs";
    assert!(printed.contains(line), "{printed}");
    assert!(!printed.contains("panicked"), "{printed}");
}

#[test]
fn an_unconfigured_method_that_could_be_a_metric_is_a_warning() {
    let package = Package::new("surplus");
    package.edit("config.json", r#", "time_taken_to_resolve""#, "");
    let printed = package.cargo(&["build"]).unwrap();
    let line = "`SplunkApi::time_taken_to_resolve` could be a metric, but is not configured";
    assert!(printed.contains("warning: team-exporter-surplus@0.0.0: services/splunk_api.rs:"), "{printed}");
    assert!(printed.contains(line), "{printed}");
}

#[test]
fn services_share_ports_and_requests_and_a_panicking_one_fails_alone() {
    let package = Package::new("many");
    let api = FakeApi::json(r#"{"open": 7}"#);
    let (one, two) = (free_port(), free_port());
    let service = |module: &str, class: &str, port: u16, metric: &str| {
        serde_json::json!({
            "service_class": class, "service_module": module, "port": port, "listen": "127.0.0.1",
            "api_url": api.url("/status"), "prometheus_metrics_mapping": { "gauge": [metric] },
        })
    };
    let config = serde_json::json!({ "api_call_intervals": 60, "log_level": "INFO", "services": {
        "status": service("status_api", "StatusApi", one, "open"),
        "broken": service("broken_api", "BrokenApi", one, "never"),
        "status_again": service("status_api", "StatusApi", two, "open"),
    }});
    fs::write(package.directory.join("config.json"), config.to_string()).unwrap();
    let head = "use collectington::{Api, Result, Service};\n";
    let status = "#[derive(serde::Deserialize)]\npub struct StatusApi { open: u64 }\n\
                  impl Service for StatusApi { fn poll(api: &mut Api) -> Result<Self> { api.get().json() } }\n\
                  impl StatusApi { pub fn open(&self) -> u64 { self.open } }\n";
    let broken = "pub struct BrokenApi;\n\
                  impl Service for BrokenApi { fn poll(_: &mut Api) -> Result<Self> { panic!(\"a defect\") } }\n\
                  impl BrokenApi { pub fn never(&self) -> u64 { 0 } }\n";
    fs::write(package.directory.join("services/status_api.rs"), format!("{head}{status}")).unwrap();
    fs::write(package.directory.join("services/broken_api.rs"), format!("{head}{broken}")).unwrap();
    let mut command = Command::new(package.build());
    command.arg("--all");
    let served = Cton::from(command).start();
    let exposition = |port| {
        crate::support::process::try_scrape(port, "/metrics")
            .map(|response| response.body)
            .unwrap_or_default()
    };
    served.until("both expositions", || {
        [one, two].into_iter().all(|port| exposition(port).contains("\nopen 7\n"))
    });
    let failure = "cton_poll_failures_total{reason=\"panic\",service=\"broken\"} 1\n";
    served.until("the panic", || exposition(one).contains(failure));
    served.until("its line", || served.logged("the service panicked: a defect (at ").is_some());
    let exposition = scrape(one, "/metrics").body;
    assert!(
        exposition.contains("cton_service_up{service=\"status\"} 1\n") && !exposition.contains("\nnever "),
        "{exposition}"
    );
    assert!(!exposition.contains("status_again"), "{exposition}");
    assert_eq!(api.requests().len(), 1);
}

#[test]
fn another_program_of_the_workspace_can_log() {
    let package = Package::new("workspace");
    // A workspace builds each dependency once, with the features that all its members ask for together.
    package.edit("Cargo.toml", "[workspace]", "[workspace]\nmembers = [\"teller\"]");
    let teller = package.directory.join("teller");
    fs::create_dir_all(teller.join("src")).unwrap();
    let manifest = "[package]\nname = \"teller\"\nversion = \"0.0.0\"\nedition = \"2024\"\n[dependencies]\nlog = \"0.4\"\n";
    fs::write(teller.join("Cargo.toml"), manifest).unwrap();
    fs::write(teller.join("src/main.rs"), TELLER).unwrap();
    package.cargo(&["build", "--workspace"]).unwrap();
    let output =
        Command::new(Path::new(env!("CARGO_BIN_EXE_cton")).with_file_name("teller")).output().unwrap();
    assert_eq!(String::from_utf8(output.stdout).unwrap(), "TRACE a line\n");
}

const TELLER: &str = "struct Teller;
impl log::Log for Teller {
    fn enabled(&self, _: &log::Metadata<'_>) -> bool { true }
    fn log(&self, record: &log::Record<'_>) { println!(\"{} {}\", record.level(), record.args()); }
    fn flush(&self) {}
}
fn main() {
    log::set_logger(&Teller).unwrap();
    log::set_max_level(log::LevelFilter::Trace);
    log::trace!(\"a line\");
}
";

#[test]
fn once_prints_each_port_and_fails_for_an_unread_metric() {
    let package = Package::new("once");
    let api = FakeApi::json(r#"{"open": 7}"#);
    let service = |port: u16, closed: u64| {
        serde_json::json!({
            "service_class": "StatusApi", "service_module": "status_api", "port": port, "api_url": api.url("/status"),
            "prometheus_metrics_mapping": { "gauge": ["open", "closed"] }, "closed": closed,
        })
    };
    let write = |closed: u64| {
        let services = serde_json::json!({ "eu": service(8001, 1), "us": service(8002, closed) });
        let config =
            serde_json::json!({ "api_call_intervals": 60, "log_level": "INFO", "services": services });
        fs::write(package.directory.join("config.json"), config.to_string()).unwrap();
    };
    write(1);
    fs::write(package.directory.join("services/status_api.rs"), TWO_METRICS).unwrap();
    let binary = package.build();
    let once = |code: i32| {
        let mut command = Command::new(&binary);
        command.args(["--all", "--once", "-c"]).arg(package.directory.join("config.json"));
        let output = Cton::from(command).output();
        let [out, printed] = [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).unwrap());
        assert_eq!(output.status.code(), Some(code), "{out}{printed}");
        (out, printed)
    };
    let (out, _) = once(0);
    let expositions: Vec<&str> = out.split("# port ").skip(1).collect();
    assert!(expositions[0].starts_with("8001: eu\n") && expositions[1].starts_with("8002: us\n"), "{out}");
    assert!(
        expositions
            .iter()
            .all(|exposition| exposition.contains("\nopen 7\n") && exposition.contains("\nclosed 1\n")),
        "{out}"
    );
    write(0);
    let (out, printed) = once(1);
    assert!(out.contains("\nopen 7\n"), "{out}");
    assert!(printed.contains("us: metric `closed` not read") && !printed.contains("eu: metric"), "{printed}");
}

const TWO_METRICS: &str = "use collectington::{Api, Result, Service};
pub struct StatusApi { open: u64, closed: u64 }
#[derive(serde::Deserialize)]
struct Status { open: u64 }
impl Service for StatusApi {
    fn poll(api: &mut Api) -> Result<Self> {
        Ok(Self { open: api.get().json::<Status>()?.open, closed: api.setting(\"closed\")? })
    }
}
impl StatusApi {
    pub fn open(&self) -> u64 { self.open }
    pub fn closed(&self) -> Result<u64> { if self.closed > 0 { Ok(self.closed) } else { Err(\"none\".into()) } }
}
";
