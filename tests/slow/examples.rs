//! The examples of docs/ that need a config: each builds, and does what its document says.

use std::fs;
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt as _;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crate::support::cargo;
use crate::support::fake_api::FakeApi;
use crate::support::golden;
use crate::support::package::Package;
use crate::support::process::{Running, free_port};
use crate::support::terminal::{shown, terminal, timeless};

#[test]
fn the_example_services_pass_their_tests_and_expose_their_recordings() {
    let package = Package::of_the_examples();
    let printed = package.cargo(&["test", "--quiet"]).unwrap();
    assert!(printed.contains("test result: ok. 4 passed"), "{printed}");
    let replay = ["run", "--quiet", "--", "--all", "--replay", "services/replay", "--once"];
    let printed = package.cargo(&replay).unwrap();
    let is_of_a_service = |line: &&str| !line.contains("cton_") && !line.contains("msg=") && !line.is_empty();
    let exposed: Vec<&str> = printed.lines().filter(is_of_a_service).collect();
    golden::same("examples/exposition.txt", &(exposed.join("\n") + "\n"));
}

#[test]
fn the_migrated_service_exposes_what_json_exporter_extracted() {
    let document = Document::new("moving-from-json-exporter.md");
    let [response, entry, ..] = &document.blocks("json")[..] else { panic!("a response and an entry") };
    let package = Package::new("printshop");
    let api = FakeApi::json(response);
    fs::write(package.directory.join("token"), "TOKEN=\"t-4711\"\n").unwrap();
    fs::set_permissions(package.directory.join("token"), fs::Permissions::from_mode(0o600)).unwrap();
    let entry = entry.replace("https://print.example.com/status.json", &api.url("/status.json"));
    configure(&package, &entry.replace("/etc/printshop", "./token"));
    fs::write(package.directory.join("services/printshop_api.rs"), &document.blocks("rust,ignore")[0])
        .unwrap();
    let printed = package.cargo(&["run", "--quiet", "--", "-s", "printshop", "--once"]).unwrap();
    let series: Vec<&str> =
        printed.lines().filter(|line| !line.starts_with('#') && !line.contains("_created")).collect();
    assert_eq!(series.join("\n") + "\n", document.blocks("text")[0], "{printed}");
    assert_eq!(api.requests()[0].header("authorization"), Some("Bearer t-4711"));
}

#[test]
fn the_service_with_labels_builds_and_exposes_them() {
    let document = Document::new("writing-a-service.md");
    let package = Package::new("broker");
    let api = FakeApi::json(r#"{"queues": [{"name": "mail", "messages": 7}]}"#);
    let keys = document.blocks("json").into_iter().find(|block| block.contains("queue_length")).unwrap();
    let (class, module, url) = ("BrokerApi", "broker_api", api.url("/"));
    configure(
        &package,
        &format!(
            "\"broker\": {{ \"service_class\": \"{class}\", \"service_module\": \"{module}\", \"port\": 9101, \"api_url\": \"{url}\",\n{keys} }}"
        ),
    );
    let file = document.blocks("rust,ignore").into_iter().find(|block| block.contains(class)).unwrap();
    fs::write(package.directory.join("services/broker_api.rs"), file).unwrap();
    let printed = package.cargo(&["run", "--quiet", "--", "-s", "broker", "--once"]).unwrap();
    assert!(printed.contains("# HELP queue_length Messages waiting in the queue.\n"), "{printed}");
    assert!(printed.contains("queue_length{queue=\"mail\",region=\"eu\"} 7\n"), "{printed}");
}

#[test]
fn the_tutorial_works_as_documented() {
    let document = Document::new("tutorial.md");
    let port = free_port().to_string();
    let (package, shop) = (Package::new("shop"), |text: &str| text.replace("9000", &port));
    let command = |words: &str| {
        let mut commands = document.blocks("sh").into_iter();
        shop(&commands.find(|block| block.contains(words)).unwrap())
    };
    let [response, mapping] = &document.blocks("json")[..] else { panic!("a response and a mapping") };
    fs::create_dir(package.directory.join("shop")).unwrap();
    fs::write(package.directory.join("shop/response.json"), response).unwrap();
    let serving = command("http.server");
    let server = Command::new("sh")
        .args(["-c", &format!("exec {serving}")])
        .current_dir(&package.directory)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn();
    let _server = Running(server.unwrap());
    let address = format!("127.0.0.1:{port}");
    let deadline = Instant::now() + Duration::from_secs(120);
    while TcpStream::connect(&address).is_err() {
        assert!(Instant::now() < deadline, "nothing listens on {address}");
        thread::sleep(Duration::from_millis(20));
    }

    let (made, polled) = (command("-- new shop"), command("-- once -s shop"));
    package.run(&made).unwrap();
    let printed = package.run(&polled).unwrap();
    let table = printed.rsplit("\x1b[2K").next().unwrap();
    assert_eq!(timeless(table), document.blocks("text")[0]);

    let config = fs::read_to_string(package.directory.join("config.json")).unwrap();
    let (before, after) = config
        .split_once("\"prometheus_metrics_mapping\": {\n                \"gauge\": [\"shop_open\"")
        .unwrap();
    let after = after.split_once("},").unwrap().1;
    fs::write(package.directory.join("config.json"), format!("{before}{mapping}{after}")).unwrap();
    let printed = package.cargo(&["build"]).unwrap_err();
    assert!(printed.contains(document.blocks("text")[1].trim_end()), "{printed}");

    let file = package.directory.join("services/shop_api.rs");
    let service = fs::read_to_string(&file).unwrap();
    let (before, after) = service.split_once("    pub fn shop_orders(").unwrap();
    let (before, after) =
        (&before[..before.rfind("\n\n").unwrap() + 2], after.split_once("    }\n").unwrap().1);
    let examples = document.blocks("rust,ignore");
    let service = format!("{before}{}{after}", examples[0]);
    let told = "assert_eq!(response.shop_orders(), 1204.0);";
    assert!(service.contains(told), "{service}");
    fs::write(&file, service.replace(told, examples[1].trim_end())).unwrap();
    let printed = package.run(&polled).unwrap();
    assert!(printed.contains("counter  shop_orders_total "), "{printed}");
    let printed = package.run(&command("cargo test")).unwrap();
    assert!(printed.contains(". 1 passed; 0 failed;"), "{printed}");
}

#[test]
fn the_tests_of_a_service_work_as_documented() {
    let document = Document::new("writing-a-service.md");
    let package = Package::new("status");
    configure(
        &package,
        r#""status": { "service_class": "StatusApi", "service_module": "status_api", "port": 9101,
            "api_url": "https://status.example.com", "prometheus_metrics_mapping": { "gauge": ["degraded_components"] } }"#,
    );
    let with = |language: &str, words: &str| {
        document.blocks(language).into_iter().find(|block| block.contains(words)).unwrap()
    };
    let service = with("rust", "pub struct StatusApi") + &with("rust,ignore", "mod tests");
    fs::write(package.directory.join("services/status_api.rs"), service).unwrap();
    let replay = package.directory.join("services/replay/status");
    fs::create_dir_all(&replay).unwrap();
    for (nth, status) in ["operational", "major_outage"].iter().enumerate() {
        let exchange = format!(
            "GET /api/v2/components.json HTTP/1.1\n\nHTTP/1.1 200 OK\n\n{{\"components\": [{{\"status\": \"{status}\"}}]}}\n"
        );
        fs::write(replay.join(format!("000{nth}.http")), exchange).unwrap();
    }
    let printed = package.cargo(&["test", "status_api"]).unwrap();
    assert!(printed.contains(". 2 passed; 0 failed;"), "{printed}");
}

/// A document of docs/.
pub struct Document(String);

impl Document {
    pub fn new(name: &str) -> Self {
        Self(fs::read_to_string(format!("docs/{name}")).unwrap())
    }

    /// The code blocks in that language.
    pub fn blocks(&self, language: &str) -> Vec<String> {
        let parts = self.0.split("```").collect::<Vec<_>>();
        let blocks =
            parts.chunks_exact(2).filter_map(|pair| pair[1].strip_prefix(language)?.strip_prefix('\n'));
        blocks.map(str::to_owned).collect()
    }
}

impl Package {
    /// What a terminal shows of commands that are meant for a clone of the repository. The build is not optimized, and has
    /// what it needs already.
    fn run(&self, commands: &str) -> Result<String, String> {
        let commands = commands
            .replace("cargo run --release", "cargo run --quiet")
            .replace("cargo ", concat!(env!("CARGO"), " --offline "));
        let mut script = terminal(&format!("set -e\n{commands}"));
        shown(cargo::output(script.env("NO_COLOR", "1"), &self.directory))
    }
}

/// Makes an entry of `services` the one that there is.
fn configure(package: &Package, entry: &str) {
    let config =
        format!("{{ \"api_call_intervals\": 60, \"log_level\": \"INFO\", \"services\": {{\n{entry}\n}} }}");
    fs::write(package.directory.join("config.json"), config).unwrap();
}
