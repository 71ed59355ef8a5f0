//! The OAuth2 grant `refresh_token`: a new refresh token is on the disk before its access token is used.

use std::process::{Command, Output};
use std::sync::{Arc, Mutex};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use collectington::{ErrorKind, Result, Service};

use super::*;
use crate::support::process::{Cton, free_port, scratch, tool};

struct Poll;

impl Service for Poll {
    fn poll(api: &mut Api) -> Result<Self> {
        api.get().uncached().text().map(|_| Self)
    }
}

/// An endpoint that accepts each refresh token once: `zqrt-1-hush`, then `zqrt-2-hush`. Its access tokens expire at once.
fn rotating() -> (FakeApi, Arc<Mutex<u32>>) {
    let valid = Arc::new(Mutex::new(1));
    let number = valid.clone();
    let endpoint = FakeApi::start(move |request| {
        let mut number = number.lock().unwrap();
        let sent = String::from_utf8(request.body.clone()).unwrap();
        if !sent.contains(&format!("refresh_token=zqrt-{number}-hush")) {
            // The endpoint repeats the token in base64 and hex, too.
            let token = sent.split('=').next_back().unwrap();
            let said = format!("{sent}, {}, {}", STANDARD.encode(token), hex(token));
            return Response::new(400)
                .body(json!({ "error": "invalid_grant", "error_description": said }).to_string());
        }
        *number += 1;
        let body = json!({
            "access_token": format!("access-{number}"), "refresh_token": format!("zqrt-{number}-hush"), "expires_in": 0,
        });
        Response::json(body.to_string())
    });
    (endpoint, valid)
}

fn keys(endpoint: &FakeApi, file: &Path, seed: Option<&Path>) -> Value {
    let mut keys = json!({
        "oauth2_token_url": endpoint.url("/token"), "oauth2_grant": "refresh_token", "refresh_token_file": file,
        "secret_file_path": file.with_file_name("none"), "data_store_expiration_sec": 0,
    });
    if let Some(seed) = seed {
        keys["secret_file_path"] = seed.to_str().into();
    }
    keys
}

fn hex(text: &str) -> String {
    text.bytes().map(|byte| format!("{byte:02x}")).collect()
}

/// Writes a file that only this user can read.
fn write(file: &Path, text: &str) {
    fs::write(file, text).unwrap();
    #[cfg(unix)]
    fs::set_permissions(file, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
}

/// A directory with an empty directory of secrets, and the path of a refresh token file in it.
fn place(name: &str) -> (PathBuf, PathBuf) {
    let dir = scratch(name);
    fs::create_dir(dir.join("none")).unwrap();
    (dir.join("refresh-token"), dir)
}

fn opened(fake: &FakeApi, keys: Value) -> Result<Api> {
    let service = service_at(&fake.url("/v1"), keys);
    let client = Client::new(Mode::Live, std::slice::from_ref(&service))?;
    Api::new(&service, &client)
}

#[test]
fn a_new_refresh_token_is_in_the_file_before_its_access_token_is_used() {
    let (file, _) = place("refresh-order");
    let (endpoint, _) = rotating();
    let read = file.clone();
    let fake = FakeApi::start(move |request| {
        let token = request.header("authorization").unwrap().replace("Bearer access", "zqrt") + "-hush";
        match fs::read_to_string(&read).unwrap() == token {
            true => Response::json("7"),
            false => Response::new(500),
        }
    });
    write(&file, "zqrt-1-hush\n");
    let mut api = opened(&fake, keys(&endpoint, &file, None)).unwrap();
    for _ in 0..3 {
        api.poll::<Poll>().unwrap();
    }
    assert_eq!(fs::read_to_string(&file).unwrap(), "zqrt-4-hush");
    assert_eq!(endpoint.requests().len(), 3);
    #[cfg(unix)]
    assert_eq!(
        std::os::unix::fs::PermissionsExt::mode(&fs::metadata(&file).unwrap().permissions()) & 0o777,
        0o600
    );
    // A restart continues with the file.
    drop(api);
    opened(&fake, keys(&endpoint, &file, None)).unwrap().poll::<Poll>().unwrap();
    assert_eq!(fs::read_to_string(&file).unwrap(), "zqrt-5-hush");
}

#[test]
fn the_first_refresh_token_may_be_a_secret_which_is_never_rewritten() {
    let (file, dir) = place("refresh-seed");
    let seed = dir.join("secrets");
    write(&seed, "REFRESH_TOKEN=zqrt-1-hush\nCLIENT_ID=me\nOTHER=1\n");
    let (fake, (endpoint, _)) = (FakeApi::json("7"), rotating());
    let mut api = opened(&fake, keys(&endpoint, &file, Some(&seed))).unwrap();
    for _ in 0..2 {
        api.poll::<Poll>().unwrap();
    }
    assert_eq!(fs::read_to_string(&file).unwrap(), "zqrt-3-hush");
    assert_eq!(fs::read_to_string(&seed).unwrap(), "REFRESH_TOKEN=zqrt-1-hush\nCLIENT_ID=me\nOTHER=1\n");
    assert!(String::from_utf8_lossy(&endpoint.requests()[0].body).contains("client_id=me"));
}

#[test]
fn a_directory_of_secrets_that_can_be_written_holds_the_refresh_token_itself() {
    let dir = scratch("refresh-directory");
    write(&dir.join("REFRESH_TOKEN"), "zqrt-1-hush\n");
    let (fake, (endpoint, _)) = (FakeApi::json("7"), rotating());
    let mut own = keys(&endpoint, &dir.join("x"), Some(&dir));
    own.as_object_mut().unwrap().remove("refresh_token_file");
    opened(&fake, own.clone()).unwrap().poll::<Poll>().unwrap();
    assert_eq!(fs::read_to_string(dir.join("REFRESH_TOKEN")).unwrap(), "zqrt-2-hush");
    #[cfg(unix)]
    {
        // As in a volume of Kubernetes.
        fs::rename(dir.join("REFRESH_TOKEN"), dir.join("..data")).unwrap();
        std::os::unix::fs::symlink("..data", dir.join("REFRESH_TOKEN")).unwrap();
        let error = opened(&fake, own).err().unwrap();
        says(&error, &["no regular file contains only REFRESH_TOKEN", "help: set `refresh_token_file`"]);
    }
}

#[test]
fn a_token_that_cannot_be_written_fails_the_poll_and_is_written_at_the_next() {
    let (file, dir) = place("refresh-unwritten");
    write(&file, "zqrt-1-hush");
    let (fake, (endpoint, _)) = (FakeApi::json("7"), rotating());
    let mut api = opened(&fake, keys(&endpoint, &file, None)).unwrap();
    // Not even root can replace a directory by a file.
    fs::create_dir_all(dir.join(".refresh-token.new/x")).unwrap();
    for _ in 0..2 {
        let error = api.poll::<Poll>().err().unwrap();
        assert_eq!(error.kind(), ErrorKind::Secret);
        let problem =
            format!("token request failed: the new refresh token cannot be written to {}", file.display());
        says(&error, &[&problem, "make the file writable before the process exits"]);
        assert!(!error.to_string().contains("hush"), "{error}");
    }
    assert_eq!(fake.requests().len(), 0, "no access token is used before");
    assert_eq!(fs::read_to_string(&file).unwrap(), "zqrt-1-hush");
    fs::remove_dir_all(dir.join(".refresh-token.new")).unwrap();
    api.poll::<Poll>().unwrap();
    let last = endpoint.requests().len() + 1;
    assert_eq!(fs::read_to_string(&file).unwrap(), format!("zqrt-{last}-hush"));
    assert_eq!(fake.requests().len(), 1);
}

#[test]
fn a_token_that_an_operator_writes_replaces_the_one_in_memory() {
    let (file, dir) = place("refresh-operator");
    write(&file, "zqrt-1-hush");
    let (fake, (endpoint, valid)) = (FakeApi::json("7"), rotating());
    let mut api = opened(&fake, keys(&endpoint, &file, None)).unwrap();
    fs::create_dir_all(dir.join(".refresh-token.new/x")).unwrap();
    assert!(api.poll::<Poll>().is_err());
    fs::remove_dir_all(dir.join(".refresh-token.new")).unwrap();
    *valid.lock().unwrap() = 50;
    write(&file, "zqrt-50-hush");
    api.poll::<Poll>().unwrap();
    assert_eq!(fs::read_to_string(&file).unwrap(), "zqrt-51-hush");
    write(&file, "zqrt-9-hush");
    let error = api.poll::<Poll>().err().unwrap();
    let help = format!("help: log in again, and write the new refresh token to {}", file.display());
    says(&error, &["`invalid_grant`", &help]);
    for secret in ["hush".to_owned(), STANDARD.encode("zqrt-9-"), hex("hush")] {
        assert!(!error.to_string().contains(&secret[..4]), "{error}");
    }
    assert_eq!(fs::read_to_string(&file).unwrap(), "zqrt-9-hush");
}

#[test]
fn services_that_share_a_refresh_token_send_one_request_at_a_time() {
    let (file, _) = place("refresh-shared");
    write(&file, "zqrt-1-hush");
    let (fake, (endpoint, _)) = (FakeApi::json("7"), rotating());
    let keys = keys(&endpoint, &file, None);
    let apis: Vec<Api> = (0..3).map(|_| opened(&fake, keys.clone()).unwrap()).collect();
    std::thread::scope(|scope| {
        for mut api in apis {
            scope.spawn(move || (0..5).for_each(|_| api.poll::<Poll>().map(drop).unwrap()));
        }
    });
    assert_eq!(fs::read_to_string(&file).unwrap(), "zqrt-16-hush");
    assert_eq!((endpoint.requests().len(), fake.requests().len()), (15, 15));
}

#[test]
fn a_hostile_refresh_token_is_an_error_and_does_not_replace_the_file() {
    for (token, problem) in [
        ("hush\\u0000".to_owned(), "a `refresh_token` with characters that RFC 6749 forbids"),
        ("hush\\nhush".to_owned(), "a `refresh_token` with characters that RFC 6749 forbids"),
        ("h".repeat(100_000), "the refresh token has 100000 bytes"),
        ("h".repeat(1 << 20), "is larger than"),
    ] {
        let (file, _) = place("refresh-hostile");
        write(&file, "zqrt-1-hush");
        let body = format!(r#"{{"access_token": "a", "refresh_token": "{token}"}}"#);
        let (fake, endpoint) = (FakeApi::json("7"), FakeApi::start(move |_| Response::json(body.clone())));
        let error = opened(&fake, keys(&endpoint, &file, None)).unwrap().poll::<Poll>().err().unwrap();
        says(&error, &[problem]);
        assert!(!error.to_string().contains("hush") && error.to_string().len() < 1000, "{error}");
        assert_eq!((fs::read_to_string(&file).unwrap().as_str(), fake.requests().len()), ("zqrt-1-hush", 0));
    }
    // The old token may be revoked, so a new one is saved even if the access token is invalid.
    let (file, _) = place("refresh-half");
    write(&file, "zqrt-1-hush");
    let body = r#"{"access_token": "a b", "refresh_token": "next"}"#;
    let (fake, endpoint) = (FakeApi::json("7"), FakeApi::start(move |_| Response::json(body)));
    let error = opened(&fake, keys(&endpoint, &file, None)).unwrap().poll::<Poll>().err().unwrap();
    says(&error, &["characters that a header cannot contain"]);
    assert_eq!(fs::read_to_string(&file).unwrap(), "next");
}

#[cfg(unix)]
#[test]
fn a_file_that_could_not_hold_the_next_token_stops_check_and_start() {
    use std::os::unix::fs::PermissionsExt;
    let (fake, endpoint, dir) =
        (FakeApi::json(r#"{"total": 7, "incidents": []}"#), rotating().0, scratch("refresh-start"));
    write(&dir.join("open"), "zqrt-1-hush");
    fs::set_permissions(dir.join("open"), PermissionsExt::from_mode(0o640)).unwrap();
    write(&dir.join("target"), "zqrt-1-hush");
    std::os::unix::fs::symlink("target", dir.join("link")).unwrap();
    write(&dir.join("good"), "zqrt-1-hush");
    write(&dir.join("empty"), "\n");
    for (file, problem, help) in [
        (Some(dir.join("absent/token")), "does not exist", "create it, so that the user"),
        (
            Some("/proc/self/token".into()),
            "cannot use /proc/self for the refresh token",
            "set `refresh_token_file`",
        ),
        (Some(dir.join("open")), "others can read the refresh token file", "run `chmod 600 "),
        (Some(dir.join("link")), "is not a regular file", "name a regular file"),
        (Some(dir.join("splunk.state")), "has the name of a state file", "use another name"),
        (None, "no regular file contains only REFRESH_TOKEN", "set `refresh_token_file`"),
    ] {
        let mut more = json!({ "oauth2_token_url": endpoint.url("/token"), "oauth2_grant": "refresh_token" });
        if let Some(file) = &file {
            more["refresh_token_file"] = file.to_str().into();
        }
        let config = config_file(&dir, &fake.url("/v1"), &more);
        for option in ["--check", "--once"] {
            let output = cton(option, &config);
            let text = String::from_utf8_lossy(&output.stderr).into_owned();
            assert!(!output.status.success() && !text.contains("hush"), "{option}: {output:?}");
            says_all(&text, &[problem, help]);
        }
    }
    for (file, success, part) in [
        ("good", true, "tokens from "),
        ("empty", false, "empty is empty"),
        ("none", false, "there is no refresh token"),
    ] {
        let more = json!({
            "oauth2_token_url": endpoint.url("/token"), "oauth2_grant": "refresh_token", "refresh_token_file": dir.join(file),
        });
        let output = cton("--check", &config_file(&dir, &fake.url("/v1"), &more));
        assert_eq!(output.status.success(), success, "{output:?}");
        says_all(&format!("{output:?}"), &[part]);
    }
    assert_eq!((endpoint.requests().len(), fake.requests().len()), (0, 0));
}

fn cton(option: &str, config: &Path) -> Output {
    Cton::new(["-s", "splunk", option, "-c"]).arg(config).output()
}

fn splunk_config(dir: &Path, fake: &FakeApi, endpoint: &FakeApi) -> PathBuf {
    let more = json!({
        "oauth2_token_url": endpoint.url("/token"), "oauth2_grant": "refresh_token",
        "refresh_token_file": dir.join("refresh-token"), "retries": 0,
    });
    config_file(dir, &fake.url("/v1"), &more)
}

#[test]
fn one_process_uses_a_refresh_token_file() {
    let (fake, (endpoint, _), dir) =
        (FakeApi::json(r#"{"total": 7, "incidents": []}"#), rotating(), scratch("refresh-lock"));
    write(&dir.join("refresh-token"), "zqrt-1-hush");
    let api = opened(&fake, keys(&endpoint, &dir.join("refresh-token"), None)).unwrap();
    let config = splunk_config(&dir, &fake, &endpoint);
    let output = cton("--once", &config);
    assert!(!output.status.success());
    says_all(
        &String::from_utf8_lossy(&output.stderr),
        &["another process uses the refresh token in ", "stop the other process"],
    );
    assert!(cton("--check", &config).status.success(), "a check beside a running exporter succeeds");
    drop(api);
    let output = cton("--once", &config);
    assert!(output.status.success(), "{output:?}");
}

/// Kills the process at a system call with strace: before the new token has its name, and after that.
#[cfg(target_os = "linux")]
#[test]
fn a_killed_process_leaves_the_old_or_the_new_token_as_a_whole() {
    let Some(strace) = tool("strace") else { return };
    for (call, when, left) in [("fsync", 1, 1), ("rename,renameat,renameat2", 1, 1), ("fsync", 2, 2)] {
        let (fake, (endpoint, valid), dir) =
            (FakeApi::json(r#"{"total": 7, "incidents": []}"#), rotating(), scratch("refresh-killed"));
        let file = dir.join("refresh-token");
        write(&file, "zqrt-1-hush");
        let config = splunk_config(&dir, &fake, &endpoint);
        let mut command = Command::new(&strace);
        command.args(["-f", "-o"]).arg(dir.join("trace"));
        command.args(["-e", &format!("inject={call}:signal=KILL:when={when}")]);
        command.arg(env!("CARGO_BIN_EXE_cton")).args(["-s", "splunk", "--once", "-c"]).arg(&config);
        let output = Cton::from(command).output();
        assert!(!output.status.success(), "{output:?}");
        assert_eq!((endpoint.requests().len(), fake.requests().len()), (1, 0), "{call}: {output:?}");
        assert_eq!(fs::read_to_string(&file).unwrap(), format!("zqrt-{left}-hush"), "{call}");
        let again = cton("--once", &config);
        let text = String::from_utf8_lossy(&again.stderr).into_owned();
        match left {
            1 => {
                // The endpoint has revoked the old token, so that only a new login helps.
                says_all(&text, &["`invalid_grant`", "log in again, and write the new refresh token to "]);
                assert!(!text.contains("hush"), "{text}");
                *valid.lock().unwrap() = 70;
                write(&file, "zqrt-70-hush");
                assert!(cton("--once", &config).status.success());
                assert_eq!(fs::read_to_string(&file).unwrap(), "zqrt-71-hush");
            }
            _ => assert!(again.status.success(), "{text}"),
        }
        assert!(!dir.join(".refresh-token.new").exists());
    }
}

/// The endpoint revokes the old token before it responds, and the signal arrives in between.
#[test]
fn a_stopped_process_first_writes_the_token_of_a_request_in_progress() {
    let listen = format!("--listen=127.0.0.1:{}", free_port());
    for (option, code) in [(listen.as_str(), Some(0)), ("--once", None)] {
        let dir = scratch(&format!("refresh-stopped-{}", code.is_none()));
        let fake = FakeApi::json(r#"{"total": 7, "incidents": []}"#);
        let gate = Arc::new(Mutex::new(()));
        let (held, waits) = (gate.lock().unwrap(), gate.clone());
        let endpoint = FakeApi::start(move |_| {
            drop(waits.lock());
            Response::json(
                r#"{"access_token": "access-2", "token_type": "Bearer", "refresh_token": "zqrt-2-hush"}"#,
            )
        });
        let file = dir.join("refresh-token");
        write(&file, "zqrt-1-hush");
        let config = splunk_config(&dir, &fake, &endpoint);
        let mut served = Cton::new(["-s", "splunk", option, "-c"]).arg(config).start();
        served.until("the token request", || !endpoint.requests().is_empty());
        let id = served.process.0.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &id]).status().unwrap().success());
        std::thread::sleep(std::time::Duration::from_millis(300));
        assert!(served.process.0.try_wait().unwrap().is_none(), "{option}: {:?}", served.log());
        drop(held);
        assert_eq!(served.process.0.wait().unwrap().code(), code, "{option}: {:?}", served.log());
        assert_eq!(fs::read_to_string(&file).unwrap(), "zqrt-2-hush", "{option}");
        assert_eq!(endpoint.requests().len(), 1);
    }
}

#[test]
fn a_replay_needs_no_refresh_token_and_writes_none() {
    let (file, _) = place("refresh-replay");
    write(&file, "zqrt-1-hush");
    let (fake, (endpoint, _), dir) = (FakeApi::json("7"), rotating(), scratch("refresh-recorded"));
    let service = service_at(&fake.url("/v1"), keys(&endpoint, &file, None));
    assert_eq!(api_of(&service, Mode::Record(dir.clone())).get().json(), Ok(7));
    for entry in fs::read_dir(&dir).unwrap() {
        let text = fs::read_to_string(entry.unwrap().path()).unwrap();
        assert!(!text.contains("hush") && !text.contains("access-2"), "{text}");
    }
    fs::remove_file(&file).unwrap();
    assert_eq!(api_of(&service, Mode::Replay(dir)).get().json(), Ok(7));
    assert!(!file.exists() && endpoint.requests().len() == 1);
}
