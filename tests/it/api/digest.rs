//! Digest authentication, verified by a server in Python that computes the proofs itself.

use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};

use collectington::{Result, Service};

use super::*;
use crate::support::process::{Running, python, scratch};

const PASSWORD: &str = "hush: \"é\\ &";

/// A server that verifies each proof with hashlib. It prints its port, and lists the requests at `/log`: 200 and `nc`, or 401 and
/// whether it had a proof.
const SERVER: &str = r#"
import hashlib, http.server, json, re, sys, urllib.parse
algorithm, qop, mode = sys.argv[1], sys.argv[2], sys.argv[3]
user, password, realm = "me", sys.argv[4], 'a "realm", b'
log, nonces = [], {"n0": 0}
name = algorithm.upper().removesuffix("-SESS")
function = {"": "md5", "MD5": "md5", "SHA-256": "sha256", "SHA-512-256": "sha512_256"}[name]
def h(text): return hashlib.new(function, text.encode()).hexdigest()
def unquote(text): return re.sub(r"\\(.)", r"\1", text[1:-1]) if text.startswith('"') else text
class Handler(http.server.BaseHTTPRequestHandler):
    def log_message(self, *a): pass
    def reply(self, status, body, headers):
        data = body.encode()
        self.send_response(status)
        for pair in headers + [("Content-Length", str(len(data)))]: self.send_header(*pair)
        self.end_headers(); self.wfile.write(data)
    def challenge(self, stale):
        nonce = "n%d" % len(nonces); nonces[nonce] = 0
        text = 'Digest realm="a \\"realm\\", b", nonce="%s", opaque="o=,"' % nonce
        if algorithm: text += ", algorithm=" + algorithm
        if qop: text += ', qop="%s"' % qop
        if mode == "userhash": text += ", userhash=true"
        if stale: text += ", stale=true"
        log.append([401, bool(self.headers.get("Authorization"))]); sent = self.headers.get("Authorization", ""); self.reply(401, "no " + sent[sent.find("response="):], [("WWW-Authenticate", 'Basic realm="x"'), ("WWW-Authenticate", text)])
    def do(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if self.path == "/log": return self.reply(200, json.dumps(log), [])
        sent = self.headers.get("Authorization", "")
        fields = {k: unquote(v) for k, v in re.findall(r'(\w+)=("(?:[^"\\]|\\.)*"|[^\s,]+)', sent)}
        if not sent.startswith("Digest ") or fields.get("nonce") not in nonces: return self.challenge(False)
        nonce, nc = fields["nonce"], int(fields.get("nc", "1"), 16)
        a1 = h(f"{user}:{realm}:{password}")
        if algorithm.lower().endswith("-sess"): a1 = h(f"{a1}:{nonce}:{fields['cnonce']}")
        a2 = h(f"{self.command}:{self.path}")
        proof = h(f"{a1}:{nonce}:{fields['nc']}:{fields['cnonce']}:auth:{a2}") if qop else h(f"{a1}:{nonce}:{a2}")
        who = h(f"{user}:{realm}") if mode == "userhash" else user
        good = proof == fields["response"] and fields["uri"] == self.path and fields["opaque"] == "o=," and fields["username"] == who
        good = good and (not qop or nc > nonces[nonce]) and fields.get("algorithm", "") == algorithm
        if not good: return self.challenge(False)
        nonces[nonce] = nc
        if mode == "stale" and nc > 1: del nonces[nonce]; nonces["x%d" % len(nonces)] = 0; return self.challenge(True)
        log.append([200, nc])
        headers = []
        if mode == "nextnonce": nonces["m%d" % len(nonces)] = 0; headers = [("Authentication-Info", 'nextnonce="m%d"' % (len(nonces) - 1))]
        self.reply(200, body.decode() or "7", headers)
    do_GET = do_POST = do
server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
print(server.server_port, flush=True)
server.serve_forever()
"#;

/// Starts the server; `None` without Python.
fn server(algorithm: &str, qop: &str, mode: &str) -> Option<(Running, String)> {
    let mut command = Command::new(python()?);
    command.args(["-c", SERVER, algorithm, qop, mode, PASSWORD]).stdout(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut port = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut port).unwrap();
    Some((Running(child), format!("http://127.0.0.1:{}/v1", port.trim())))
}

fn log(url: &str) -> Value {
    api_at(&url.replace("/v1", "/log"), json!({ "data_store_expiration_sec": 0 })).get().json().unwrap()
}

fn with_password(url: &str, password: &str, more: Value) -> Api {
    let dir = scratch("digest");
    fs::write(dir.join("PASSWORD"), password).unwrap();
    let mut keys = json!({ "secret_file_path": dir, "data_store_expiration_sec": 0 });
    if let (Value::Object(keys), Value::Object(more)) = (&mut keys, more) {
        keys.extend(more);
    }
    api_at(url, keys)
}

struct Poll;

impl Service for Poll {
    fn poll(api: &mut Api) -> Result<Self> {
        let password = api.secret("PASSWORD")?;
        let seven: u8 =
            api.get().path("a b").query("x", "é, \"=").uncached().digest("me", &password).json()?;
        let posted: u8 = api.post(&8).uncached().digest("me", &password).json()?;
        assert_eq!((seven, posted), (7, 8));
        Ok(Self)
    }
}

#[test]
fn a_server_accepts_the_proofs_of_each_algorithm_after_one_challenge() {
    for (algorithm, qop, mode) in [
        ("", "", ""),
        ("", "auth", ""),
        ("MD5", "auth,auth-int", ""),
        ("MD5-sess", "auth", ""),
        ("SHA-256", "auth", ""),
        ("SHA-256-sess", "auth", ""),
        ("SHA-256", "auth", "userhash"),
        ("SHA-512-256", "auth", ""),
    ] {
        let Some((_server, url)) = server(algorithm, qop, mode) else { return };
        let mut api = with_password(&url, PASSWORD, json!({}));
        for _ in 0..2 {
            api.poll::<Poll>().unwrap_or_else(|error| panic!("{algorithm} {qop} {mode}: {error}"));
        }
        let counts: [u8; 4] = if qop.is_empty() { [1; 4] } else { [1, 2, 3, 4] };
        let good = counts.map(|nc| json!([200, nc]));
        let expected: Vec<Value> = std::iter::once(json!([401, false])).chain(good).collect();
        assert_eq!(log(&url), json!(expected), "{algorithm} {qop} {mode}");
    }
}

#[test]
fn a_stale_nonce_is_replaced_and_a_next_nonce_needs_no_challenge() {
    let Some((_server, url)) = server("SHA-256", "auth", "stale") else { return };
    with_password(&url, PASSWORD, json!({})).poll::<Poll>().unwrap();
    assert_eq!(log(&url), json!([[401, false], [200, 1], [401, true], [200, 1]]));
    let Some((_server, url)) = server("MD5", "auth", "nextnonce") else { return };
    let mut api = with_password(&url, PASSWORD, json!({}));
    (0..2).for_each(|_| api.poll::<Poll>().map(drop).unwrap());
    assert_eq!(log(&url), json!([[401, false], [200, 1], [200, 1], [200, 1], [200, 1]]));
}

#[test]
fn a_wrong_password_is_sent_once_in_a_poll_and_is_in_no_error() {
    let Some((_server, url)) = server("SHA-256", "auth", "") else { return };
    let mut api = with_password(&url, "hush-another-value", json!({}));
    for polls in 1..=2 {
        let error = api.poll::<Poll>().err().unwrap();
        assert_eq!(error.status(), Some(401));
        says(&error, &["check PASSWORD in "]);
        assert!(!error.to_string().contains("hush"), "{error}");
        // The server repeats the header, from which the password could be guessed.
        let text = error.to_string();
        let longest = text.split(|c: char| !c.is_ascii_hexdigit()).map(str::len).max();
        assert!(longest < Some(64), "{error}");
        // Each poll sends the password once, so that it locks no account sooner than necessary.
        let attempts = [[json!(401), json!(false)], [json!(401), json!(true)]];
        assert_eq!(log(&url), json!(vec![attempts; polls].concat()));
    }
}

#[test]
fn both_requests_of_a_challenge_count_towards_the_rate_limit() {
    let Some((_server, url)) = server("MD5", "auth", "") else { return };
    let api = with_password(&url, PASSWORD, json!({ "calls_per_minute": 1 }));
    let error = api.get().digest("me", api.secret("PASSWORD").unwrap()).text().unwrap_err();
    says(&error, &["`calls_per_minute`"]);
    assert_eq!(log(&url), json!([[401, false]]));
}

#[test]
fn one_challenge_serves_many_requests_of_a_poll() {
    let Some((_server, url)) = server("SHA-256", "auth", "") else { return };
    let api = with_password(&url, PASSWORD, json!({}));
    let password = api.secret("PASSWORD").unwrap();
    for number in 0..20 {
        assert_eq!(api.get().query("n", number).digest("me", &password).json(), Ok(7));
    }
    let log = log(&url);
    let count = |status: u16| log.as_array().unwrap().iter().filter(|entry| entry[0] == status).count();
    assert_eq!((count(200), count(401)), (20, 1), "{log}");
}

#[test]
fn parallel_requests_use_the_challenge_and_each_response_once() {
    let Some((_server, url)) = server("SHA-256", "auth", "") else { return };
    let api = with_password(&url, PASSWORD, json!({}));
    let password = api.secret("PASSWORD").unwrap();
    let poll = |first: u32| {
        let request = |number| api.get().query("n", number).digest("me", &password);
        let results = api.all((first..first + 12).map(request), 4);
        results.into_iter().for_each(|result| assert_eq!(result.unwrap().ok().unwrap().json(), Ok(7)));
    };
    poll(0);
    let before = log(&url).as_array().unwrap().len();
    poll(100);
    let log = log(&url);
    let later = &log.as_array().unwrap()[before..];
    assert!(later.iter().filter(|entry| entry[0] == 200).count() == 12, "{log}");
}

#[test]
fn a_recording_has_no_proof_and_replays_without_the_password() {
    let Some((_server, url)) = server("SHA-256", "auth", "") else { return };
    let (dir, secrets) = (scratch("digest-recorded"), scratch("digest-secrets"));
    fs::write(secrets.join("PASSWORD"), PASSWORD).unwrap();
    let service = service_at(&url, json!({ "secret_file_path": secrets }));
    let mut recorded = api_of(&service, Mode::Record(dir.clone()));
    recorded.poll::<Poll>().unwrap();
    let files = fs::read_dir(&dir).unwrap().map(|entry| fs::read_to_string(entry.unwrap().path()).unwrap());
    let text: String = files.collect();
    assert!(!text.contains("hush") && !text.to_ascii_lowercase().contains("\nauthorization"), "{text}");
    fs::remove_dir_all(&secrets).unwrap();
    api_of(&service, Mode::Replay(dir)).poll::<Poll>().unwrap();
}

#[test]
fn an_echoed_signature_does_not_redact_the_urls_of_a_recording() {
    let fake = FakeApi::start(|request| match request.header("authorization") {
        None => Response::new(401).header(
            "www-authenticate",
            "Digest realm=\"builds of the web\", nonce=\"d3adb33f\", qop=\"auth\"",
        ),
        Some(sent) => Response::json(
            json!({ "headers": { "Authorization": sent }, "url": request.target, "builds": 7 }).to_string(),
        ),
    });
    #[derive(serde::Deserialize)]
    struct Builds {
        builds: u64,
        url: String,
    }
    impl Service for Builds {
        fn poll(api: &mut Api) -> Result<Self> {
            let request = api.get().path("builds/of-the-web").query("branch", "release-2026");
            request.digest("collectington", api.secret("PASSWORD")?).json()
        }
    }
    let (dir, secrets) = (scratch("digest-echo"), scratch("digest-echo-secrets"));
    fs::write(secrets.join("PASSWORD"), PASSWORD).unwrap();
    let service = service_at(&fake.url("/v1"), json!({ "secret_file_path": secrets }));
    let live = api_of(&service, Mode::Record(dir.clone())).poll::<Builds>().unwrap();
    let files = fs::read_dir(&dir).unwrap().map(|entry| fs::read_to_string(entry.unwrap().path()).unwrap());
    let text: String = files.collect();
    let sent = fake.requests().pop().unwrap();
    let proof = sent.header("authorization").unwrap().split("response=\"").nth(1).unwrap()[..32].to_owned();
    assert!(
        text.contains("GET /v1/builds/of-the-web?branch=release-2026 ") && !text.contains(&proof),
        "{text}"
    );
    let replayed = api_of(&service, Mode::Replay(dir)).poll::<Builds>().unwrap();
    assert_eq!((replayed.builds, replayed.url), (live.builds, live.url));
}

#[test]
fn a_hostile_challenge_is_an_error_and_no_loop() {
    for challenge in [
        "Digest".to_owned(),
        "Digest realm=\"r\", nonce=\"n\", algorithm=AES".to_owned(),
        "Digest realm=\"r\", nonce=\"n\", qop=\"auth-int\"".to_owned(),
        "Digest realm=\"r\\".to_owned(),
        format!("Digest realm=\"{}\", nonce=\"n\", qop=auth", "r".repeat(30_000)),
        "Digest realm=\"é\", nonce=\"n\", stale=true".to_owned(),
        "Digest realm=\"r\", nonce=\"n\", stale=true, qop=auth".to_owned(),
        ", ,=,\",Digest \",Digest ,,nonce".to_owned(),
    ] {
        let value = challenge.clone();
        let fake = FakeApi::start(move |_| Response::new(401).header("www-authenticate", value.clone()));
        let error = with_password(&fake.url("/v1"), "hush", json!({}));
        let error = error.get().digest("me", error.secret("PASSWORD").unwrap()).text().unwrap_err();
        assert!(!error.to_string().contains("hush"), "{error}");
        assert!(fake.requests().len() <= 2, "{challenge}: {}", fake.requests().len());
    }
}
