//! A package of a team's own, which depends on this one: its build, what makes it build again, and what fails it.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::support::fake_api::FakeApi;
use crate::support::package::Package;
use crate::support::process::{Cton, free_port, scrape};

const RAN: &str = "build-script-build`";

#[test]
fn the_same_service_file_builds_in_a_package_of_its_own_and_its_tests_run() {
    let package = Package::new("whole");
    let said = package.cargo(&["test", "--no-fail-fast"]).unwrap();
    assert!(said.contains("test splunk_api::tests::"), "{said}");
    let said = package.cargo(&["run", "--quiet", "--", "--list"]).unwrap();
    assert!(said.contains("splunk") && said.contains("9100"), "{said}");
}

#[test]
fn the_build_script_of_another_package_brings_neither_http_nor_tls() {
    let package = Package::new("graph");
    for (name, is_used) in [("ureq", true), ("rustls", true), ("tiny_http", true), ("syn@3", false)] {
        let said = package.cargo(&["tree", "--edges=normal,build", "--invert", name]).unwrap();
        assert!(said.contains("collectington"), "{said}");
        // Where the way up from a package leads through a build script, the tree says so.
        assert_eq!(!said.contains("[build-dependencies]"), is_used, "{said}");
    }
}

#[test]
fn the_config_of_the_python_tool_builds_as_it_is() {
    let package = Package::new("seed");
    fs::copy("tests/config/good/of_the_seed.json", package.folder.join("config.json")).unwrap();
    let said = package.cargo(&["build"]).unwrap();
    assert!(!said.contains("warning"), "{said}");
    let arguments = ["run", "--quiet", "--", "-s", "splunk", "--once", "--replay", "services/replay/splunk"];
    let said = package.cargo(&arguments).unwrap();
    let names = ["number_of_incidents_total", "time_taken_to_acknowledge_sum", "time_taken_to_resolve_count"];
    assert!(names.iter().all(|name| said.contains(name)) && !said.contains("open_incidents"), "{said}");
}

#[test]
fn a_metric_without_a_method_fails_the_build_and_says_what_to_add() {
    let package = Package::new("missing");
    package.edit("config.json", r#""open_incidents"]"#, r#""open_incidents", "number_of_incident"]"#);
    let said = package.cargo(&["build"]).unwrap_err();
    let line = "@0.0.0: config.json:13:45: gauge `number_of_incident` has no implementation: \
                add `pub fn number_of_incident(&self) -> f64` to `impl SplunkApi` in services/splunk_api.rs";
    assert!(said.contains(line), "{said}");
    assert!(!said.contains("panicked"), "{said}");
}

#[test]
fn a_method_that_could_be_a_metric_and_is_not_configured_is_a_warning() {
    let package = Package::new("surplus");
    package.edit("config.json", r#", "time_taken_to_resolve""#, "");
    let said = package.cargo(&["build"]).unwrap();
    let line = "`SplunkApi::time_taken_to_resolve` could be a metric but is not configured";
    assert!(said.contains("warning: team-exporter-surplus@0.0.0: services/splunk_api.rs:"), "{said}");
    assert!(said.contains(line), "{said}");
}

#[test]
fn only_what_the_tables_are_made_of_builds_them_again() {
    let package = Package::new("again");
    package.cargo(&["build"]).unwrap();
    assert!(is_fresh(&package));

    fs::write(package.folder.join("services/replay/splunk/note.txt"), "A recording more.").unwrap();
    fs::write(package.folder.join("services/other_api.rs"), "Not Rust, and not in config.json.").unwrap();
    fs::write(package.folder.join("README.md"), "A document.").unwrap();
    assert!(is_fresh(&package), "recordings, modules that config.json does not name, documents");

    package.edit(
        "services/splunk_api.rs",
        "/// Incidents that are open, by their phase.",
        "/// Open incidents.",
    );
    let said = package.cargo(&["build", "--verbose"]).unwrap();
    assert!(said.contains(RAN) && said.contains("Fresh collectington"), "{said}");
    assert!(is_fresh(&package));

    package.edit("config.json", "9100", "9101");
    let said = package.cargo(&["build", "--verbose"]).unwrap();
    assert!(said.contains(RAN) && said.contains("Fresh collectington"), "{said}");
    assert!(is_fresh(&package));
}

#[test]
fn services_have_ports_of_their_own_or_share_one_and_share_requests_and_one_that_panics_fails_alone() {
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
    fs::write(package.folder.join("config.json"), config.to_string()).unwrap();
    let head = "use collectington::{Api, Result, Service};\n";
    let status = "#[derive(serde::Deserialize)]\npub struct StatusApi { open: u64 }\n\
                  impl Service for StatusApi { fn poll(api: &mut Api) -> Result<Self> { api.get().json() } }\n\
                  impl StatusApi { pub fn open(&self) -> u64 { self.open } }\n";
    let broken = "pub struct BrokenApi;\n\
                  impl Service for BrokenApi { fn poll(_: &mut Api) -> Result<Self> { panic!(\"a defect\") } }\n\
                  impl BrokenApi { pub fn never(&self) -> u64 { 0 } }\n";
    fs::write(package.folder.join("services/status_api.rs"), format!("{head}{status}")).unwrap();
    fs::write(package.folder.join("services/broken_api.rs"), format!("{head}{broken}")).unwrap();
    let mut command = Command::new(package.build());
    command.arg("--all");
    let served = Cton::from(command).start();
    let page = |port| {
        crate::support::process::try_scrape(port, "/metrics").map(|answer| answer.body).unwrap_or_default()
    };
    served.until("both pages", || [one, two].into_iter().all(|port| page(port).contains("\nopen 7\n")));
    let failure = "cton_poll_failures_total{reason=\"panic\",service=\"broken\"} 1\n";
    served.until("the panic", || page(one).contains(failure));
    served.until("its line", || served.logged("the service panicked: a defect (at ").is_some());
    let page = scrape(one, "/metrics").body;
    assert!(page.contains("cton_service_up{service=\"status\"} 1\n") && !page.contains("\nnever "), "{page}");
    assert!(!page.contains("status_again"), "{page}");
    assert_eq!(api.requests().len(), 1);
}

#[test]
fn another_program_of_the_workspace_can_log() {
    let package = Package::new("workspace");
    // A workspace builds each dependency once, with the features that all its members ask for together.
    package.edit("Cargo.toml", "[workspace]", "[workspace]\nmembers = [\"teller\"]");
    let teller = package.folder.join("teller");
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
fn once_prints_each_port_and_fails_for_a_metric_that_was_not_read() {
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
        fs::write(package.folder.join("config.json"), config.to_string()).unwrap();
    };
    write(1);
    fs::write(package.folder.join("services/status_api.rs"), TWO_METRICS).unwrap();
    let binary = package.build();
    let once = |code: i32| {
        let mut command = Command::new(&binary);
        command.args(["--all", "--once", "-c"]).arg(package.folder.join("config.json"));
        let output = Cton::from(command).output();
        let [out, said] = [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).unwrap());
        assert_eq!(output.status.code(), Some(code), "{out}{said}");
        (out, said)
    };
    let (out, _) = once(0);
    let pages: Vec<&str> = out.split("# port ").skip(1).collect();
    assert!(pages[0].starts_with("8001: eu\n") && pages[1].starts_with("8002: us\n"), "{out}");
    assert!(pages.iter().all(|page| page.contains("\nopen 7\n") && page.contains("\nclosed 1\n")), "{out}");
    write(0);
    let (out, said) = once(1);
    assert!(out.contains("\nopen 7\n"), "{out}");
    assert!(said.contains("us: metric `closed` was not read") && !said.contains("eu: metric"), "{said}");
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

#[test]
fn a_service_that_hangs_is_told_of_once_loses_its_gauges_and_keeps_no_other_from_polling() {
    let package = Package::new("hanging");
    let api = FakeApi::json(r#"{"open": 7}"#);
    let (port, other) = (free_port(), free_port());
    let service = |name: &str, port: u16| {
        serde_json::json!({
            "service_class": "HeldApi", "service_module": "held_api", "port": port, "listen": "127.0.0.1",
            "api_url": api.url("/status"), "prometheus_metrics_mapping": { "gauge": [format!("open_{name}")] },
            "held_by": package.folder.join(name), "data_store_expiration_sec": 0.2,
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
    fs::write(package.folder.join("config.json"), config.to_string()).unwrap();
    fs::write(package.folder.join("services/held_api.rs"), HELD).unwrap();
    let mut command = Command::new(package.build());
    fs::write(package.folder.join("at_once"), "").unwrap();
    command.arg("--all");
    let served = Cton::from(command).start();
    let page = || {
        crate::support::process::try_scrape(port, "/metrics").map(|answer| answer.body).unwrap_or_default()
    };
    served.until("the gauges", || page().contains("\nopen_later 7\n") && page().contains("\nopen_well 7\n"));
    assert_eq!(scrape(other, "/-/ready").status, 503);

    fs::write(package.folder.join("later"), "").unwrap();
    // A gauge may be a little older than the poll that read it.
    served.until("staleness", || {
        let page = page();
        !page.contains("\nopen_later ") && page.contains("cton_service_stale{service=\"later\"} 1\n")
    });
    served.until("the truth", || page().contains("cton_service_up{service=\"later\"} 0\n"));
    served.until("an end of waiting", || scrape(other, "/-/ready").status == 200);
    let polls = || {
        crate::support::shipped_config::value(
            &page(),
            "cton_polls_total{outcome=\"success\",service=\"well\"}",
        )
    };
    let before = polls().unwrap();
    served.until("polls of the other", || polls().unwrap() >= before + 10.0);
    assert!(page().contains("cton_service_up{service=\"well\"} 1\n") && page().contains("\nopen_well 7\n"));
    let told = |words: &str| served.log().iter().filter(|line| line.contains(words)).count();
    served.settle();
    assert_eq!(told("level=error msg=\"the service hangs\" service=later "), 1, "{:#?}", served.log());
    assert_eq!(told("level=error"), 2, "the other is the one that hangs at once: {:#?}", served.log());

    fs::remove_file(package.folder.join("later")).unwrap();
    // Both on one page: a second later the gauge may be stale again on a busy machine.
    served.until("it again", || {
        let page = page();
        page.contains("cton_service_up{service=\"later\"} 1\n") && page.contains("\nopen_later 7\n")
    });
    served.settle();
    assert_eq!(told("msg=\"the service came back\" service=later "), 1);
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

/// Whether a build finds nothing to do.
fn is_fresh(package: &Package) -> bool {
    let said = package.cargo(&["build", "--verbose"]).unwrap();
    said.contains("Fresh team-exporter") && !said.contains(RAN)
}
