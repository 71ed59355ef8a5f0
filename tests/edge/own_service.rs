//! A team's package with a service that panics, built for each kind of host, because unwinding depends on the libc.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::json;

use super::host::{Host, KINDS};
use crate::support::cargo;
use crate::support::package::Package;

const NAME: &str = "team-exporter-edge";
const GOOD: &str = "use collectington::{Api, Result, Service};
#[derive(serde::Deserialize)]
pub struct GoodApi { total: u64 }
impl Service for GoodApi { fn poll(api: &mut Api) -> Result<Self> { api.get().json() } }
impl GoodApi { pub fn open(&self) -> u64 { self.total } }
";
const BROKEN: &str = "use collectington::{Api, Result, Service};
pub struct BrokenApi;
impl Service for BrokenApi { fn poll(_: &mut Api) -> Result<Self> { panic!(\"a defect\") } }
impl BrokenApi { pub fn never(&self) -> u64 { 0 } }
";

/// Those that were built for.
pub fn hosts() -> Vec<Host> {
    let kinds: Vec<_> = KINDS.into_iter().filter(|kind| kind.binary("cton").is_some()).collect();
    if !kinds.is_empty() {
        build(&package(), kinds.iter().map(|kind| kind.name));
    }
    kinds.into_iter().filter_map(|kind| Host::new(kind, NAME, "panic")).collect()
}

/// Its config; at run time with another API and port.
pub fn config(url: &str, port: u16) -> String {
    let service = |class: &str, module: &str, metric: &str| {
        json!({
            "service_class": class, "service_module": module, "port": port, "listen": "127.0.0.1", "api_url": url,
            "ca_file_path": "/authority.pem", "data_store_expiration_sec": 0.5, "request_timeout_sec": 60,
            "prometheus_metrics_mapping": { "gauge": [metric] },
        })
    };
    let (good, broken) =
        (service("GoodApi", "good_api", "open"), service("BrokenApi", "broken_api", "never"));
    let services = json!({ "good": good, "broken": broken });
    json!({ "api_call_intervals": 0.5, "log_level": "INFO", "services": services }).to_string()
}

fn package() -> PathBuf {
    let services = [("good_api", GOOD), ("broken_api", BROKEN)];
    let package = Package::with_services("edge", &config("https://hosts.edge.test/", 9100), &services);
    // With the same profile what it depends on is there already.
    let manifest = package.directory.join("Cargo.toml");
    let own = fs::read_to_string("Cargo.toml").unwrap();
    let profile = &own[own.find("[profile.release]").unwrap()..];
    fs::write(&manifest, fs::read_to_string(&manifest).unwrap() + "\n" + profile).unwrap();
    // The copy of Cargo.lock does not have it yet. What other systems need was perhaps never downloaded.
    let linux = "--filter-platform=x86_64-unknown-linux-musl";
    let locked = cargo::cargo(&package.directory, &["metadata", "--format-version=1", linux]);
    assert!(locked.status.success(), "{}", cargo::printed(&locked));
    package.directory
}

fn build(package: &Path, kinds: impl Iterator<Item = &'static str>) {
    let mut command = Command::new("ci/cross.sh");
    cargo::as_outside_of_tests(&mut command);
    let output = command.args(kinds).env("MANIFEST", package.join("Cargo.toml")).output().unwrap();
    let printed = cargo::printed(&output);
    assert!(output.status.success(), "{printed}");
    // The build of `cton` has compiled the dependencies, in minutes.
    assert!(!printed.contains("Compiling ring "), "{printed}");
}
