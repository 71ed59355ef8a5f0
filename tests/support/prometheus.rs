//! A real Prometheus server.

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use super::process::{Running, free_port, scratch, tool};

/// A running one.
pub struct Prometheus {
    pub dir: PathBuf,
    web: u16,
    _server: Running,
}

impl Prometheus {
    /// Scrapes a port every second, as the rest of the scrape config says; `None` where it is not installed.
    pub fn scraping(name: &str, port: u16, rest: &str) -> Option<Self> {
        Self::with(name, &format!("    static_configs: [{{targets: ['127.0.0.1:{port}']}}]\n{rest}"))
    }

    /// The same, of whatever the scrape config finds.
    pub fn with(name: &str, scrape: &str) -> Option<Self> {
        let config = format!(
            "global: {{scrape_interval: 1s}}
scrape_configs:
  - job_name: cton
{scrape}"
        );
        Self::configured(scratch(name), &config)
    }

    /// One with this config, in a directory with what the config names.
    pub fn configured(dir: PathBuf, config: &str) -> Option<Self> {
        let prometheus = tool("prometheus")?;
        fs::write(dir.join("prometheus.yml"), config).unwrap();
        let web = free_port();
        let server = Command::new(prometheus)
            .arg(format!("--config.file={}", dir.join("prometheus.yml").display()))
            .arg(format!("--storage.tsdb.path={}", dir.join("data").display()))
            .arg(format!("--web.listen-address=127.0.0.1:{web}"))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        Some(Self { dir, web, _server: Running(server) })
    }

    fn query(&self, expr: &str) -> Option<f64> {
        let url = format!("http://127.0.0.1:{}/api/v1/query", self.web);
        let mut response = ureq::get(&url).query("query", expr).call().ok()?;
        let json: serde_json::Value = serde_json::from_reader(response.body_mut().as_reader()).ok()?;
        json["data"]["result"].get(0)?["value"][1].as_str()?.parse().ok()
    }

    /// The value of an expression, once there is one.
    pub fn eventually(&self, expr: &str) -> f64 {
        let deadline = Instant::now() + Duration::from_secs(120);
        loop {
            match self.query(expr) {
                Some(value) => return value,
                None if Instant::now() > deadline => panic!("Prometheus never had `{expr}`"),
                None => std::thread::sleep(Duration::from_millis(100)),
            }
        }
    }
}
