//! `--web-config`, the web configuration file of Prometheus exporters, tested with curl.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;

use base64::Engine as _;
use socket2::{Domain, Socket, Type};

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
fn a_port_with_tls_serves_only_tls() {
    let Some(_) = tool("curl") else { return };
    let cton = Exporter::start("web-tls", &format!("{TLS}}}\n"));
    cton.served.until("the address", || cton.served.logged("address=https://127.0.0.1:").is_some());
    // The log has the first poll before the page does.
    cton.served.until("the samples", || {
        let (status, response) = cton.curl("https", &[]);
        status == 200 && response.contains("number_of_incidents_total ")
    });
    let (status, response) = cton.curl("http", &[]);
    assert_eq!((status, response.lines().last()), (400, Some("This port speaks HTTPS: ask with https://.")));
    assert_eq!(cton.status(&["--tlsv1.2", "--tls-max", "1.2"]), 200);
    assert_eq!(cton.status(&["--tls-max", "1.1", "--ciphers", "DEFAULT@SECLEVEL=0"]), 0);
    assert_eq!(cton.status(&["--cacert", "client.pem"]), 0, "it is no other's certificate");
}

#[test]
fn versions_cipher_suites_and_curves_follow_the_file() {
    let Some(_) = tool("curl") else { return };
    let rest = ", min_version: TLS12, max_version: TLS12, prefer_server_cipher_suites: false,
        cipher_suites: [TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384, TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384], curve_preferences: [CurveP384]}\n";
    let cton = Exporter::start("web-suites", &format!("{TLS}{rest}"));
    assert_eq!(cton.status(&["--tlsv1.3"]), 0);
    assert_eq!(cton.status(&[]), 200);
    assert_eq!(cton.status(&["--ciphers", "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256"]), 0);
    assert_eq!(cton.status(&["--curves", "X25519"]), 0);
    let newer = Exporter::start("web-tls13", &format!("{TLS}, min_version: TLS13}}\n"));
    assert_eq!((newer.status(&["--tls-max", "1.2"]), newer.status(&[])), (0, 200));
}

#[test]
fn clients_must_authenticate_as_client_auth_type_requires() {
    let Some(_) = tool("curl") else { return };
    let known: &[&str] = &["--cert", "client.pem", "--key", "client-key.pem"];
    // Its own authority has not signed it.
    let strange: &[&str] = &["--cert", "strange.pem", "--key", "strange-key.pem"];
    let ca = "client_ca_file: authority.pem";
    let cases = [
        ("RequestClientCert", "", [200, 200, 200]),
        ("RequireAnyClientCert", "", [0, 200, 200]),
        ("VerifyClientCertIfGiven", ca, [200, 200, 0]),
        ("RequireAndVerifyClientCert", ca, [0, 200, 0]),
        (
            "RequireAndVerifyClientCert",
            "client_ca_file: authority.pem, client_allowed_sans: [x, cton.test]",
            [0, 200, 0],
        ),
        (
            "RequireAndVerifyClientCert",
            "client_ca_file: authority.pem, client_allowed_sans: [test, 10.0.0.1]",
            [0, 403, 0],
        ),
    ];
    for (number, (kind, rest, expected)) in cases.into_iter().enumerate() {
        let cton = Exporter::start(
            &format!("web-client-{number}"),
            &format!("{TLS}, client_auth_type: {kind}, {rest}}}\n"),
        );
        fs::copy("tests/slow/faulty_api/tls/self-signed.pem", cton.dir.join("strange.pem")).unwrap();
        fs::copy("tests/slow/faulty_api/tls/key.pem", cton.dir.join("strange-key.pem")).unwrap();
        assert_eq!([&[], known, strange].map(|show| cton.status(show)), expected, "{kind} {rest}");
    }
}

#[test]
fn a_changed_file_is_applied_and_an_invalid_one_is_not() {
    let Some(_) = tool("curl") else { return };
    let cton = Exporter::start("web-reload", &format!("{TLS}}}\n"));
    assert_eq!(cton.status(&[]), 200);
    let users = format!("{TLS}}}\nbasic_auth_users: {{ann: '{}'}}\n", hashed("secret"));
    cton.changed(&[RELOADED], || write(&cton.dir, &users));
    assert_eq!((cton.status(&[]), cton.status(&["-u", "ann:secret"])), (401, 200));
    cton.changed(&[REJECTED, "server.pem"], || fs::write(cton.dir.join("server.pem"), "nonsense").unwrap());
    assert_eq!(cton.status(&["-u", "ann:secret"]), 200);
    // A certificate that is a client's, to be told from the one before.
    cton.changed(&[RELOADED], || {
        fs::copy(cton.dir.join("client.pem"), cton.dir.join("server.pem")).unwrap();
        fs::copy(cton.dir.join("client-key.pem"), cton.dir.join("server-key.pem")).unwrap();
    });
    assert_eq!(cton.status(&["-u", "ann:secret"]), 0, "curl asked for localhost");
    assert_eq!(cton.status(&["-k", "-u", "ann:secret"]), 200);
}

#[test]
fn a_file_that_is_shorter_for_a_moment_grants_no_access() {
    let Some(_) = tool("curl") else { return };
    let users = format!("basic_auth_users: {{ann: '{}'}}\n", hashed("secret"));
    let cton = Exporter::start("web-less", &format!("{TLS}}}\n{users}"));
    let tls_alone = format!("{TLS}}}\n");
    for (less, missing) in [
        ("", "`tls_server_config` is removed"),
        (tls_alone.as_str(), "`basic_auth_users` is removed"),
        (&users, "`tls_server_config` is removed"),
    ] {
        cton.changed(&[REJECTED, missing, "restart cton"], || write(&cton.dir, less));
        assert_eq!((cton.curl("http", &[]).0, cton.status(&[])), (400, 401), "{missing}");
    }
}

/// The file of issues and of life: written in place, and seen half-way.
#[test]
fn no_truncated_file_admits_a_client_that_the_whole_file_refuses() {
    let Some(_) = tool("curl") else { return };
    let whole = "tls_server_config:
  cert_file: server.pem
  key_file: server-key.pem
  min_version: TLS12
  client_auth_type: RequireAndVerifyClientCert
  client_ca_file: authority.pem
  client_allowed_sans: [elsewhere.test]
rate_limit:
  interval: 1s
  burst: 1000
";
    let cton = Exporter::start("web-cuts", whole);
    let known: &[&str] = &["--cert", "client.pem", "--key", "client-key.pem"];
    let let_in = || [cton.curl("http", &[]).0, cton.status(&[]), cton.status(known)];
    assert_eq!(let_in(), [400, 0, 403]);
    let cuts =
        ["", "cert_file", "  min_version", "  client_auth", "  client_ca", "  client_allowed", "rate_limit"];
    for after in cuts {
        let cut = &whole[..whole.find(after).unwrap()];
        cton.changed(&[REJECTED], || write(&cton.dir, cut));
        assert_eq!(let_in(), [400, 0, 403], "{cut}");
    }
    // One more name is an edit like any other.
    let more = whole.replace("[elsewhere.test]", "[elsewhere.test, cton.test]");
    cton.changed(&[RELOADED], || write(&cton.dir, &more));
    assert_eq!(let_in(), [400, 0, 200]);
}

#[test]
fn a_file_that_is_created_later_is_read_once_it_exists() {
    let Some(_) = tool("curl") else { return };
    let cton = Exporter::start("web-later", &format!("{TLS}}}\n"));
    let renamed = format!("{TLS}}}\n").replace(": server", ": new");
    cton.changed(&[REJECTED, "new.pem"], || write(&cton.dir, &renamed));
    assert_eq!(cton.status(&[]), 200, "with what was read before");
    cton.changed(&[RELOADED], || {
        for file in ["", "-key"] {
            fs::copy(cton.dir.join(format!("client{file}.pem")), cton.dir.join(format!("new{file}.pem")))
                .unwrap();
        }
    });
    assert_eq!((cton.status(&[]), cton.status(&["-k"])), (0, 200));
}

#[test]
fn a_readable_file_of_secrets_is_a_warning() {
    let users = format!("basic_auth_users: {{ann: '{}'}}\n", hashed("secret"));
    let cton = Exporter::start("web-open", &format!("{TLS}}}\n{users}"));
    for file in ["web.yml", "server-key.pem"] {
        fs::set_permissions(cton.dir.join(file), fs::Permissions::from_mode(0o644)).unwrap();
    }
    cton.changed(&[RELOADED], || {
        write(&cton.dir, &format!("# changed\n{TLS}}}\n{users}"));
        fs::set_permissions(cton.dir.join("web.yml"), fs::Permissions::from_mode(0o644)).unwrap();
    });
    for file in ["web.yml", "server-key.pem"] {
        let warned = |line: &String| line.contains("chmod") && line.contains(file);
        cton.served.until(file, || cton.served.log().iter().any(warned));
    }
}

#[test]
fn only_users_of_the_file_are_admitted() {
    let Some(_) = tool("curl") else { return };
    let users =
        format!("basic_auth_users: {{ann: '{}', bob: '{}'}}\n", hashed("secret"), hashed("pass:word"));
    let cton = Exporter::start("web-users", &users);
    let (status, response) = cton.curl("http", &[]);
    assert!(status == 401 && response.contains("\r\nWWW-Authenticate: Basic\r\n"), "{status} {response}");
    assert!(!response.contains("incidents"));
    for (pair, expected) in
        [("ann:secret", 200), ("bob:pass:word", 200), ("ann:pass:word", 401), ("eve:secret", 401)]
    {
        for _ in 0..3 {
            assert_eq!(cton.curl("http", &["-u", pair]).0, expected, "{pair}");
        }
    }
    for path in ["/", "/api/v1/status", "/-/healthy", "/nothing"] {
        let mut curl = Command::new("curl");
        curl.args(["-s", "--noproxy", "*", "-o", "/dev/null", "-w", "%{http_code}"]);
        let output = curl.arg(format!("http://localhost:{}{path}", cton.port)).output().unwrap();
        assert_eq!(String::from_utf8(output.stdout).unwrap(), "401", "{path}");
    }
    let mut stream = TcpStream::connect(("127.0.0.1", cton.port)).unwrap();
    stream.write_all(b"HEAD /metrics HTTP/1.1\r\nHost: x\r\n\r\n").unwrap();
    let mut response = String::new();
    stream.read_to_string(&mut response).unwrap();
    assert!(
        response.starts_with("HTTP/1.1 401 ") && response.ends_with("\r\n\r\n"),
        "no body is asked for: {response}"
    );
    cton.served.settle();
    let log = cton.served.log().join("\n");
    assert!(!log.contains("secret") && !log.contains("$2"), "{log}");
}

#[test]
fn password_guessing_from_twelve_addresses_blocks_no_scraper() {
    const TRIES: u8 = 8;
    let user = |n: u8| format!("u{n}: '{}'", hashed(&format!("password {n}")));
    // Four times as slow as the others, and a password waits 10 s for its turn at most.
    let slow = format!("slow: '{}'", "$2y$06$X0h1gDsPszWURQaxFh.zoubFi6DXncSjhoQNJgRrnGs7EsimhC7zG");
    let users: Vec<String> = (0..TRIES).map(user).chain([slow]).collect();
    let cton = Exporter::start("web-guesses", &format!("basic_auth_users: {{{}}}\n", users.join(", ")));
    let (over, guesses) = (AtomicBool::new(false), AtomicUsize::new(0));
    let port = cton.port;
    thread::scope(|scope| {
        for guesser in 0..24_u8 {
            let (over, guesses) = (&over, &guesses);
            scope.spawn(move || {
                let names = ["slow".to_owned(), format!("u{}", guesser % TRIES), format!("nobody {guesser}")];
                for (n, name) in names.iter().cycle().enumerate() {
                    if over.load(Ordering::Relaxed) {
                        return;
                    }
                    let _ = log_in([127, 0, 0, 10 + guesser % 12], port, name, &format!("{guesser} {n}"));
                    guesses.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
        cton.served.until("guesses are under way", || guesses.load(Ordering::Relaxed) > 24);
        let let_in = |n: u8| log_in([127, 0, 0, 100], port, &format!("u{n}"), &format!("password {n}"));
        let let_in: Vec<_> = (0..TRIES).map(let_in).collect();
        over.store(true, Ordering::Relaxed);
        assert_eq!(let_in, [200; TRIES as usize].map(Some));
    });
}

/// The status of a scrape from an address of this machine.
fn log_in(from: [u8; 4], port: u16, user: &str, password: &str) -> Option<u16> {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None).ok()?;
    socket.bind(&SocketAddr::from((from, 0)).into()).ok()?;
    socket.connect(&SocketAddr::from(([127, 0, 0, 1], port)).into()).ok()?;
    let mut stream = TcpStream::from(socket);
    let pair = base64::engine::general_purpose::STANDARD.encode(format!("{user}:{password}"));
    write!(stream, "GET /metrics HTTP/1.1\r\nHost: x\r\nAuthorization: Basic {pair}\r\n\r\n").ok()?;
    let mut status = [0; 12];
    stream.read_exact(&mut status).ok()?;
    std::str::from_utf8(&status).ok()?.rsplit_once(' ')?.1.parse().ok()
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
fn all_errors_are_reported_at_once_with_their_positions() {
    let cases = [
        ("tls_server_config: [", "{}:2:1: invalid YAML: "),
        (
            "tls_server_config: {}\n",
            "{}:1:20: `tls_server_config` has no `cert_file`: TLS needs a certificate and its key",
        ),
        (
            "tls_server_confg: {}\n",
            "{}:1:19: `tls_server_confg` is not a known key, expected `tls_server_config`, `http_server_config`, `basic_auth_users` or `rate_limit`; help: a similar name exists: `tls_server_config`",
        ),
        (
            "basic_auth_users: {ann: secret}\n",
            "{}:1:25: the password of `ann` is not hashed with bcrypt: make it with htpasswd -nBC 10 \"\" | tr -d ':\\n'",
        ),
        (
            "basic_auth_users: {ann: $2y$17$X0h1gDsPszWURQaxFh.zoubFi6DXncSjhoQNJgRrnGs7EsimhC7zG}\n",
            "{}:1:25: the password of `ann` is hashed with a cost of 17, more than 16: make it with htpasswd -nBC 10 ",
        ),
        ("basic_auth_users: {1: x}\n", "{}:1:20: a key is not text; help: put it in quotes"),
        ("basic_auth_users: [x]\n", "{}:1:19: `basic_auth_users` is a list, expected keys with values"),
        ("a: 1\na: 2\n", "{}:2:1: invalid YAML: duplicated key"),
        ("--- {}\n--- {}\n", "{}: the file has 2 documents, expected one"),
        ("rate_limit: {interval: 5}\n", "{}:1:24: `interval` is a number, expected a text"),
        (
            "rate_limit: {interval: 5d}\n",
            "{}:1:24: `interval` is no duration, expected one such as 500ms, 1s or 1m30s",
        ),
        (
            "tls_server_config:\n  cert_file: c\n  key_file: |\n    -----BEGIN PRIVATE KEY-----\n    secret\n",
            "{}:4:5: a path is expected here, on one line: write the PEM itself under `key`",
        ),
        (
            "tls_server_config: {cert: nothing, key_file: server-key.pem}\n",
            "in the web config: holds no certificate; blocks of `-----BEGIN CERTIFICATE-----` are expected",
        ),
        (
            "http_server_config: {headers: {X-Y: z}}\n",
            "{}:1:37: `X-Y` is not a known key, expected `Content-Security-Policy`",
        ),
        (
            "http_server_config: {headers: {X-Frame-Options: \"a\\r\\nb\"}}\n",
            "{}:1:49: `X-Frame-Options` may hold printable ASCII only",
        ),
    ];
    let tls_cases = [
        (
            "client_auth_type: RequireAndVerifyClientCert",
            "is `RequireAndVerifyClientCert`, and there is no `client_ca_file` to verify with",
        ),
        ("client_ca_file: authority.pem", "`client_ca_file` is of no use without `client_auth_type`"),
        ("client_allowed_sans: [x]", "`client_allowed_sans` needs `RequireAnyClientCert` or"),
        ("client_auth_type: Any", "`client_auth_type` is `Any`, expected `NoClientCert`, "),
        ("max_version: TLS11", "`max_version` leaves no version"),
        (
            "cipher_suites: [TLS_RSA_WITH_RC4_128_SHA]",
            "`cipher_suites` of the web config has `TLS_RSA_WITH_RC4_128_SHA`, expected some of TLS_",
        ),
        ("curve_preferences: [CurveP224]", "has `CurveP224`, expected some of X25519, CurveP256, CurveP384"),
        ("cert: x", "`cert` and `cert_file` exclude each other: give one of them"),
        ("min_version: 1.2", "`min_version` is a number, expected a text"),
    ];
    let tls_cases = tls_cases.map(|(config, printed)| (format!("{TLS}, {config}}}\n"), printed.to_owned()));
    let cases = cases.map(|(config, printed)| (config.to_owned(), printed.to_owned()));
    for (config, expected) in cases.into_iter().chain(tls_cases) {
        let dir = directory("web-wrong", &config);
        let file = dir.join("web.yml");
        let output = Cton::new(["-s", "splunk", "--replay", "services/replay/splunk", "--web-config"])
            .arg(&file)
            .output();
        let printed = String::from_utf8(output.stderr).unwrap();
        let expected = expected.replace("{}", &file.display().to_string());
        assert!(printed.contains(&expected), "{config}\nsaid:     {printed}\nexpected: {expected}");
        assert_eq!(output.status.code(), Some(2), "{config}");
        assert!(!printed.contains("secret") && !printed.contains("X0h1gDsPszWURQ"), "{printed}");
    }
}

#[test]
fn no_error_shows_a_password_or_a_key_that_is_in_the_wrong_place() {
    let password = "hunter2Sup3rSecret";
    let der = "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgZMx7ZMx7ZMx7ZMx7ZM7";
    let base64 = "LS0tLS1CRUdJTiBQUklWQVRFIEtFWS0tLS0tCk1JR0hBZ0VBTUJNR0J5cUdTTTQ5";
    let mut files = vec![
        format!("basic_auth_users: {{alice:{password}}}\n"),
        format!("basic_auth_users:\n  alice:{password}:\n"),
        format!("basic_auth_users:\n  \"alice:{password}\": x\n"),
        format!("basic_auth_users: {{alice, {password}}}\n"),
        format!("basic_auth_users:\n{password}: x\n"),
        format!("http_server_config: {{headers: {{\"Authorization: Bearer {password}\": x}}}}\n"),
        format!("tls_server_config: {{cert_file: c.pem, key:-----BEGIN PRIVATE KEY----- {der}}}\n"),
        format!("tls_server_config: {{cert_file: c.pem, key_file:{der}}}\n"),
        format!("tls_server_config: {{cert_file: c.pem, {der}}}\n"),
    ];
    for text in [
        der,
        base64,
        &format!("----BEGIN PRIVATE KEY---- {der}"),
        &format!("-----begin private key----- {der}"),
    ] {
        files.push(format!("tls_server_config: {{cert_file: server.pem, key_file: \"{text}\"}}\n"));
        files.push(format!("tls_server_config: {{key_file: server-key.pem, cert_file: \"{text}\"}}\n"));
        files.push(format!("{TLS}, client_auth_type: \"{text}\"}}\n"));
        files.push(format!("{TLS}, client_auth_type: RequireAnyClientCert, client_ca_file: \"{text}\"}}\n"));
        files.push(format!("{TLS}, cipher_suites: [\"{text}\"]}}\n"));
    }
    for text in files {
        let file = directory("web-misplaced", &text).join("web.yml");
        let output = Cton::new(["-s", "splunk", "--check", "--web-config"]).arg(&file).output();
        let printed = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
        assert_ne!(output.status.code(), Some(0), "{text}");
        for secret in [&password[..10], &der[..12], &base64[..12]] {
            assert!(!printed.contains(secret), "{text}{printed}");
        }
    }
}

#[test]
fn a_header_value_may_be_a_number() {
    let Some(_) = tool("curl") else { return };
    let cton = Exporter::start("web-number", "http_server_config: {headers: {X-XSS-Protection: 0}}\n");
    assert!(cton.curl("http", &[]).1.contains("\r\nX-XSS-Protection: 0\r\n"));
}

#[test]
fn an_error_of_the_file_is_reported_also_while_the_port_is_in_use() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let file = directory("web-taken", "tls_server_config: [").join("web.yml");
    let output = Cton::new(["-s", "splunk", "--replay", "services/replay/splunk", "--web-config"])
        .arg(&file)
        .arg("--listen")
        .arg(taken.local_addr().unwrap().to_string())
        .output();
    let printed = String::from_utf8(output.stderr).unwrap();
    assert!(printed.contains("web.yml:2:1: invalid YAML: "), "{printed}");
}

#[test]
fn check_validates_the_web_config() {
    let dir = directory("web-check", &format!("{TLS}}}\n"));
    let check = || {
        Cton::new(["-s", "splunk", "--replay", "services/replay/splunk", "--check", "--web-config"])
            .arg(dir.join("web.yml"))
            .output()
    };
    let printed = String::from_utf8(check().stdout).unwrap();
    assert!(printed.contains("web.yml: TLS, users: 0, headers: 0\n"), "{printed}");
    fs::remove_file(dir.join("server-key.pem")).unwrap();
    let output = check();
    let printed = String::from_utf8(output.stderr).unwrap();
    assert!(
        output.status.code() == Some(1) && printed.contains("server-key.pem cannot be read: "),
        "{printed}"
    );
}
