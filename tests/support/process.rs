//! Runs the real binary and scrapes it.

use std::ffi::OsString;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream, ToSocketAddrs};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use socket2::{Domain, Socket, Type};

/// A process that is killed when the test is done with it.
pub struct Running(pub Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A call of the binary, from the repository's root.
pub struct Cton(Command);

impl Cton {
    pub fn new<A: Into<OsString>>(arguments: impl IntoIterator<Item = A>) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_cton"));
        command.args(arguments.into_iter().map(Into::into));
        Self::from(command)
    }

    pub fn arg(mut self, argument: impl Into<OsString>) -> Self {
        self.0.arg(argument.into());
        self
    }

    pub fn dir(mut self, dir: impl Into<PathBuf>) -> Self {
        self.0.current_dir(dir.into());
        self
    }

    /// Runs it to its end.
    pub fn output(mut self) -> Output {
        self.0.output().unwrap()
    }

    /// Starts it, with its log collected line by line.
    pub fn start(mut self) -> Served {
        let mut child = self.0.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        let log = Arc::new(Mutex::new(Vec::new()));
        let (lines, into) = (BufReader::new(child.stderr.take().unwrap()).lines(), log.clone());
        std::thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                into.lock().unwrap().push(line);
            }
        });
        Served { process: Running(child), log }
    }

    /// Starts it and waits until the first poll is on the page.
    pub fn serve(self, port: u16) -> Served {
        let served = self.start();
        served.until("the first poll", || {
            try_scrape(port, "/metrics")
                .is_some_and(|response| response.body.contains("_success_timestamp_seconds{service="))
                && served.logged("first poll succeeded").is_some()
        });
        served
    }
}

impl From<Command> for Cton {
    fn from(mut command: Command) -> Self {
        command.current_dir(env!("CARGO_MANIFEST_DIR")).stdin(Stdio::null());
        Self(command)
    }
}

/// The lines of a SIGHUP that changes nothing: without `-c`, and with an unchanged config.
const HANGUP: [&str; 2] = [
    "msg=\"config not reloaded\" cause=\"the config is part of the binary\"",
    "msg=\"config reloaded\" added=0 changed=0 removed=0 ports_opened=0 ports_closed=0",
];

fn is_hangup(line: &str) -> bool {
    HANGUP.iter().any(|words| line.contains(words))
}

/// A running exporter.
pub struct Served {
    pub process: Running,
    log: Arc<Mutex<Vec<String>>>,
}

impl Served {
    /// The lines that have come so far, without those of [`settle`](Self::settle).
    pub fn log(&self) -> Vec<String> {
        self.lines().into_iter().filter(|line| !is_hangup(line)).collect()
    }

    fn lines(&self) -> Vec<String> {
        self.log.lock().unwrap().clone()
    }

    /// Returns the number of logged hangups.
    pub fn hangups(&self) -> usize {
        self.lines().iter().filter(|line| is_hangup(line)).count()
    }

    /// Waits until the log has all that an exporter which serves has logged before: lines take their time from its queue to
    /// here, so one that a page is ahead of may be missing in [`log`](Self::log).
    pub fn settle(&self) {
        let before = self.hangups();
        let process = rustix::process::Pid::from_child(&self.process.0);
        rustix::process::kill_process(process, rustix::process::Signal::HUP).unwrap();
        self.until("the line of a hangup", || self.hangups() > before);
    }

    /// The first line of the log that holds the words.
    pub fn logged(&self, words: &str) -> Option<String> {
        self.log().into_iter().find(|line| line.contains(words))
    }

    /// Waits for something that must come; the log explains where it does not.
    pub fn until(&self, what: &str, holds: impl FnMut() -> bool) {
        self.until_within(Duration::from_secs(120), what, holds);
    }

    /// The same, for what takes longer than two minutes without optimization.
    pub fn until_within(&self, time: Duration, what: &str, mut holds: impl FnMut() -> bool) {
        let deadline = Instant::now() + time;
        while !holds() {
            assert!(Instant::now() < deadline, "{what} never came; the log:\n{}", self.log().join("\n"));
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

/// A response of the exporter.
pub struct ScrapedResponse {
    pub status: u16,
    pub head: String,
    pub body: String,
}

pub fn scrape(port: u16, path: &str) -> ScrapedResponse {
    try_scrape(port, path).unwrap_or_else(|| panic!("no response from port {port}"))
}

/// A plain GET, byte by byte as it stands on the wire.
pub fn try_scrape(port: u16, path: &str) -> Option<ScrapedResponse> {
    try_scrape_at(("127.0.0.1", port), path)
}

/// The same from any address.
pub fn try_scrape_at(address: impl ToSocketAddrs, path: &str) -> Option<ScrapedResponse> {
    let mut stream = TcpStream::connect(address).ok()?;
    stream.set_read_timeout(Some(Duration::from_secs(120))).ok()?;
    // In one piece: a write per part could be held up in the middle, and the exporter does not wait for long.
    let request = format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).ok()?;
    let mut text = String::new();
    stream.read_to_string(&mut text).ok()?;
    let (head, body) = text.split_once("\r\n\r\n")?;
    let status = head.split(' ').nth(1)?.parse().ok()?;
    Some(ScrapedResponse { status, head: head.to_owned(), body: body.to_owned() })
}

/// A port that nobody else gets until this process ends.
///
/// The socket stays bound and never listens. The system gives its port to no other socket that asks for any port, while a
/// server that asks for this very port with SO_REUSEADDR, as the exporter, Prometheus and Python's do, can listen on it, also
/// after a restart (socket(7)).
pub fn free_port() -> u16 {
    static HELD: Mutex<Vec<Socket>> = Mutex::new(Vec::new());
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
    socket.set_reuse_address(true).unwrap();
    socket.bind(&SocketAddr::from(([127, 0, 0, 1], 0)).into()).unwrap();
    let port = socket.local_addr().unwrap().as_socket().unwrap().port();
    HELD.lock().unwrap().push(socket);
    port
}

/// A new, empty directory: no other call returns it, even with the same name.
pub fn scratch(name: &str) -> PathBuf {
    static CALLS: AtomicU64 = AtomicU64::new(0);
    let call = CALLS.fetch_add(1, Ordering::Relaxed);
    let dir =
        PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}-{}-{call}", std::process::id()));
    let _ = std::fs::remove_dir_all(&dir);
    std::fs::create_dir_all(&dir).unwrap();
    dir
}

/// A tool that is not Rust's: absent, the test is skipped, but not in CI.
pub fn tool(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let found = std::env::split_paths(&path).map(|dir| dir.join(name)).find(|file| file.is_file());
    assert!(found.is_some() || std::env::var_os("CI").is_none(), "`{name}` is missing: .ci/run installs it");
    if found.is_none() {
        println!("skipped: `{name}` is not installed");
    }
    found
}

/// Python with the package prometheus_client: that of COLLECTINGTON_PYTHON, of target/venv, or of the PATH. Without one the test is
/// skipped, but not in CI.
pub fn python() -> Option<PathBuf> {
    let venv = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/venv/bin/python3");
    let given = std::env::var_os("COLLECTINGTON_PYTHON").map(PathBuf::from);
    let python = given.unwrap_or_else(|| if venv.exists() { venv } else { "python3".into() });
    let import = Command::new(&python).args(["-c", "import prometheus_client"]).output();
    let is_installed = import.is_ok_and(|output| output.status.success());
    assert!(is_installed || std::env::var_os("CI").is_none(), "Python's prometheus_client is missing");
    if !is_installed {
        println!("skipped: Python's prometheus_client is not installed");
    }
    is_installed.then_some(python)
}

/// The library of Debian's faketime, which shows a process another time; `None` where it is not installed.
pub fn faketime() -> Option<PathBuf> {
    tool("faketime")?;
    let directories = std::fs::read_dir("/usr/lib").unwrap().map(|entry| entry.unwrap().path());
    directories.map(|dir| dir.join("faketime/libfaketimeMT.so.1")).find(|file| file.is_file())
}
