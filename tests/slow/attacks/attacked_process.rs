//! A separate process that serves an exposition, to be attacked and measured from outside.
//!
//! It is this test executable, which runs nothing but the ignored test `attacked_process` then.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError, RwLockReadGuard};
use std::time::{Duration, Instant};

use collectington::internals::{Health, HttpServer, Listener, ServiceInfo, Site};
use socket2::{Domain, Socket, Type};

use crate::support::machine;
use crate::support::process::Running;

/// What it serves, and by which web config, is set by these.
const SERIES: &str = "CTON_ATTACKED_SERIES";
const WEB_CONFIG: &str = "CTON_ATTACKED_WEB_CONFIG";
const PORT: &str = "attacked on port ";
/// Connections that there may be, those that were just closed among them.
const MOST: usize = 320 + 32;

/// The other process.
pub struct Attacked {
    pub port: u16,
    process: Running,
    idle: Usage,
    /// One attack at a time where its times are asserted or are those of the documents.
    _alone: Option<MutexGuard<'static, ()>>,
    _without_builds: RwLockReadGuard<'static, ()>,
}

/// What a process takes of the machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Usage {
    pub kib: usize,
    pub threads: usize,
    pub files: usize,
}

/// The body of `attacked_process`: serves until it is killed.
pub fn serve() {
    let Ok(series) = std::env::var(SERIES) else { return };
    let series: usize = series.parse().unwrap();
    let services =
        vec![ServiceInfo { name: "a".to_owned(), period: Duration::from_secs(60), ..ServiceInfo::default() }];
    let site = Site::new(services, Health::new().unwrap());
    site.publish(0, |_, out| {
        out.extend_from_slice(b"# TYPE m gauge\n");
        (0..series).for_each(|i| writeln!(out, "m{{i=\"{i:08}\"}} {i}").unwrap());
    });
    let listener = Listener::bind((Ipv4Addr::LOCALHOST, 0).into()).unwrap();
    let port = listener.address().unwrap().port();
    let web_config = std::env::var_os(WEB_CONFIG).map(PathBuf::from);
    let server = HttpServer::new(web_config.as_deref(), 1).unwrap();
    server.serve(listener, &site).unwrap();
    server.watch().unwrap();
    println!("{PORT}{port}");
    loop {
        std::thread::park();
    }
}

impl Attacked {
    /// Starts it; `limits` are of prlimit(1), such as `--nofile=64`.
    pub fn start(series: usize, limits: &[&str]) -> Self {
        let mut attacked = Self::launch(series, limits, None);
        attacked.rest_after(Self::scrape);
        attacked
    }

    /// Starts it with a web config; `scrape` is how it is scraped then.
    pub fn guarded(web_config: &Path, scrape: impl Fn(&Self) -> Duration) -> Self {
        let mut attacked = Self::launch(100, &[], Some(web_config));
        attacked.rest_after(scrape);
        attacked
    }

    fn launch(series: usize, limits: &[&str], web_config: Option<&Path>) -> Self {
        static ALONE: Mutex<()> = Mutex::new(());
        let is_timed = is_measured() || !cfg!(debug_assertions);
        let alone = is_timed.then(|| ALONE.lock().unwrap_or_else(PoisonError::into_inner));
        let without_builds = machine::without_builds();
        let mut command = Command::new("prlimit");
        command.args(limits).arg(std::env::current_exe().unwrap());
        command.args([
            "attacks::attacked_process",
            "--exact",
            "--ignored",
            "--nocapture",
            "--test-threads=1",
        ]);
        command.env(SERIES, series.to_string()).stdin(Stdio::null()).stdout(Stdio::piped());
        command.envs(web_config.map(|file| (WEB_CONFIG, file)));
        let mut process = Running(command.spawn().unwrap());
        let mut lines = BufReader::new(process.0.stdout.take().unwrap()).lines().map(Result::unwrap);
        let port = lines.find_map(|line| Some(line.split_once(PORT)?.1.parse().unwrap())).unwrap();
        // It may print; nobody reads it any more.
        std::thread::spawn(move || lines.for_each(drop));
        Self {
            port,
            process,
            idle: Usage { kib: 0, threads: 0, files: 0 },
            _alone: alone,
            _without_builds: without_builds,
        }
    }

    fn rest_after(&mut self, scrape: impl Fn(&Self) -> Duration) {
        for _ in 0..20 {
            scrape(self);
        }
        std::thread::sleep(Duration::from_millis(200));
        self.idle = self.usage();
    }

    pub fn connect(&self) -> TcpStream {
        self.connect_from(Ipv4Addr::LOCALHOST)
    }

    /// A connection of another host, as far as that can be told.
    pub fn connect_from(&self, from: Ipv4Addr) -> TcpStream {
        let socket = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
        socket.bind(&SocketAddr::from((from, 0)).into()).unwrap();
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, self.port));
        socket.connect_timeout(&address.into(), Duration::from_secs(120)).unwrap();
        socket.set_read_timeout(Some(Duration::from_secs(120))).unwrap();
        socket.into()
    }

    /// So many scrapes that nobody looks at.
    pub fn warm(&self, scrapes: usize) {
        for _ in 0..scrapes {
            self.scrape();
        }
    }

    /// An ordinary scrape, and how long it took.
    pub fn scrape(&self) -> Duration {
        let start = Instant::now();
        let mut stream = self.connect();
        stream.write_all(b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n").unwrap();
        let mut all = Vec::new();
        stream.read_to_end(&mut all).unwrap();
        assert!(all.starts_with(b"HTTP/1.1 200 "), "{}", String::from_utf8_lossy(&all[..all.len().min(200)]));
        let end = all.windows(4).position(|four| four == b"\r\n\r\n").unwrap() + 4;
        let head = String::from_utf8(all[..end].to_vec()).unwrap();
        let length = head.lines().find_map(|line| line.strip_prefix("Content-Length: ")).unwrap();
        assert_eq!(all.len() - end, length.parse::<usize>().unwrap(), "the page is whole");
        start.elapsed()
    }

    /// A small response, for an attacked process whose page is large.
    pub fn health(&self) -> Duration {
        let start = Instant::now();
        let mut stream = self.connect();
        stream.write_all(b"GET /-/healthy HTTP/1.1\r\nHost: x\r\n\r\n").unwrap();
        let mut all = String::new();
        stream.read_to_string(&mut all).unwrap();
        assert!(all.ends_with("\r\n\r\nhealthy\n"), "{all}");
        start.elapsed()
    }

    pub fn usage(&self) -> Usage {
        let files = std::fs::read_dir(format!("/proc/{}/fd", self.process.0.id())).unwrap().count();
        Usage { kib: self.status("VmRSS:"), threads: self.status("Threads:"), files }
    }

    fn status(&self, name: &str) -> usize {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.process.0.id())).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix(name)).unwrap();
        line.split_whitespace().next().unwrap().parse().unwrap()
    }

    /// Ordinary scrapes while it is under attack: they are served soon, and it takes no more than it may.
    pub fn endures(&self, attack: &str, scrape: impl Fn(&Self) -> Duration) {
        let took: Vec<Duration> = (0..20).map(|_| scrape(self)).collect();
        let worst = *took.iter().max().unwrap();
        let now = self.usage();
        println!("{attack}: scrapes at most {worst:?}, {now:?}, idle {:?}", self.idle);
        assert!(!is_measured() || worst < slow(), "{attack}: a scrape took {worst:?}");
        assert!(now.kib < self.idle.kib + memory(), "{attack}: {now:?}, idle {:?}", self.idle);
        assert!(now.threads <= self.idle.threads + MOST, "{attack}: {now:?}, idle {:?}", self.idle);
        assert!(now.files <= self.idle.files + MOST, "{attack}: {now:?}, idle {:?}", self.idle);
    }

    /// Nothing is left of the attack after a while.
    pub fn recovers(&self, attack: &str) {
        self.rests(attack);
        self.scrape();
    }

    /// Waits until it has as many threads and descriptors as before.
    pub fn rests(&self, attack: &str) {
        let begun = Instant::now();
        let at_rest = |now: Usage| now.threads <= self.idle.threads && now.files <= self.idle.files;
        while !at_rest(self.usage()) {
            let now = self.usage();
            let soon = begun.elapsed() < Duration::from_secs(120);
            assert!(soon, "{attack}: left are {now:?}, idle {:?}", self.idle);
            std::thread::sleep(Duration::from_millis(50));
        }
        println!("{attack}: nothing is left after {:?}", begun.elapsed());
    }
}

/// Ends an attack when the test is done, or has failed.
pub struct Ends<'a>(pub &'a AtomicBool);

impl Drop for Ends<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::SeqCst);
    }
}

/// The longest scrape of docs/reliability.md.
pub fn slow() -> Duration {
    Duration::from_millis(100)
}

/// Returns true if times are asserted: with `CTON_MEASURE=1`, on an idle machine. Times are always printed.
pub fn is_measured() -> bool {
    std::env::var_os("CTON_MEASURE").is_some()
}

/// 16 MiB, in KiB; the frames of a build that is not optimised take more of each stack.
fn memory() -> usize {
    if cfg!(debug_assertions) { 32 * 1024 } else { 16 * 1024 }
}
