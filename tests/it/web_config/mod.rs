//! `--web-config`, the web configuration file of Prometheus exporters, tested with curl.

mod errors;
mod reload;
mod tls;
mod users;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use crate::support::process::{Cton, Served, free_port, scratch, tool};

/// The words of a web config that is in effect now, and of one that is not.
const RELOADED: &str = "web config reloaded";
const REJECTED: &str = "the previous one stays in effect";
const TLS: &str = "tls_server_config: {cert_file: server.pem, key_file: server-key.pem";

/// A directory with certificates and a web config.
fn directory(name: &str, config: &str) -> PathBuf {
    let dir = scratch(name);
    for entry in fs::read_dir("tests/api/tls").unwrap() {
        let file = entry.unwrap();
        fs::copy(file.path(), dir.join(file.file_name())).unwrap();
    }
    write(&dir, config);
    dir
}

fn write(dir: &Path, config: &str) {
    let file = dir.join("web.yml");
    fs::write(&file, config).unwrap();
    fs::set_permissions(file, fs::Permissions::from_mode(0o600)).unwrap();
}

/// The exporter with a web config, and curl that knows its certificate.
struct Exporter {
    served: Served,
    port: u16,
    dir: PathBuf,
}

impl Exporter {
    fn start(name: &str, config: &str) -> Self {
        let (dir, port) = (directory(name, config), free_port());
        let served = Cton::new(["-s", "splunk", "--replay", "services/replay/splunk", "--web-config"])
            .arg(dir.join("web.yml"))
            .arg(format!("--listen=127.0.0.1:{port}"))
            .start();
        served.until("the first poll", || served.logged("first poll succeeded").is_some());
        Self { served, port, dir }
    }

    /// The status and the response; 0 where there was none.
    fn curl(&self, scheme: &str, arguments: &[&str]) -> (u16, String) {
        let output = self.curl_output(scheme, arguments);
        let printed = String::from_utf8(output.stdout).unwrap();
        let (response, status) = printed.rsplit_once('\n').unwrap();
        (status.parse().unwrap(), response.to_owned())
    }

    fn curl_output(&self, scheme: &str, arguments: &[&str]) -> Output {
        let mut curl = Command::new("curl");
        curl.args(["-sS", "-i", "-w", "\n%{http_code}", "--max-time", "120", "--noproxy", "*", "--cacert"]);
        curl.arg(self.dir.join("authority.pem")).args(arguments);
        curl.current_dir(&self.dir)
            .arg(format!("{scheme}://localhost:{}/metrics", self.port))
            .output()
            .unwrap()
    }

    fn status(&self, arguments: &[&str]) -> u16 {
        self.curl("https", arguments).0
    }

    /// Returns the line that the log has of a change of the web config, once it has these words and all lines before it.
    ///
    /// A test that is held up in the middle of a change adds lines about its first half.
    fn changed(&self, words: &[&str], change: impl FnOnce()) -> String {
        self.served.settle();
        let before = self.served.log().len();
        change();
        let printed = || {
            let line = |line: &String| words.iter().all(|word| line.contains(word));
            self.served.log().into_iter().skip(before).find(line)
        };
        self.served.until(&format!("a line with {words:?}"), || printed().is_some());
        self.served.settle();
        printed().unwrap()
    }
}

fn hashed(password: &str) -> String {
    bcrypt::hash(password, 4).unwrap()
}

#[test]
fn headers_of_the_file_are_in_each_response_once() {
    let Some(_) = tool("curl") else { return };
    let headers = "http_server_config:
  http2: true
  headers:
    X-Frame-Options: deny
    X-Content-Type-Options: nosniff
    Strict-Transport-Security: max-age=31536000; includeSubDomains
    X-XSS-Protection: ''
";
    let cton = Exporter::start("web-headers", headers);
    for arguments in [&[][..], &["-X", "DELETE"], &["-H", "Transfer-Encoding: chunked"]] {
        let (_, response) = cton.curl("http", arguments);
        let lines = |name: &str| response.lines().filter(|line| line.starts_with(name)).count();
        assert_eq!(
            (lines("X-Frame-Options: deny"), lines("X-Content-Type-Options: nosniff")),
            (1, 1),
            "{response}"
        );
        assert!(response.contains("\r\nStrict-Transport-Security: max-age=31536000; includeSubDomains\r\n"));
        assert_eq!(lines("X-XSS-Protection"), 0);
    }
}

#[test]
fn the_rate_limit_responds_with_429() {
    let Some(_) = tool("curl") else { return };
    let cton = Exporter::start("web-rate-limit", "rate_limit: {interval: 1h, burst: 2}\n");
    assert_eq!([(); 4].map(|()| cton.curl("http", &[]).0), [200, 200, 429, 429]);
}

#[test]
fn a_header_value_may_be_a_number() {
    let Some(_) = tool("curl") else { return };
    let cton = Exporter::start("web-number", "http_server_config: {headers: {X-XSS-Protection: 0}}\n");
    assert!(cton.curl("http", &[]).1.contains("\r\nX-XSS-Protection: 0\r\n"));
}
