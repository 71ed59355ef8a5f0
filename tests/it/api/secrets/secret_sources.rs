//! Directories of secrets, values in PEM, and secrets in the environment.

use std::path::Path;
use std::process::{Command, Output};

use collectington::ErrorKind;

use super::*;
use crate::support::process::Cton;

const PEM: &str =
    "-----BEGIN PRIVATE KEY-----\nMIGHAgEAMBMGByqGSM49\nAgEGCCqGSM49AwEHBG0w\n-----END PRIVATE KEY-----";

fn cton(option: &str, config: &Path, variables: &[(&str, &str)]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_cton"));
    command.args(["-s", "splunk", option, "-c"]).arg(config);
    command.env_remove("CREDENTIALS_DIRECTORY").envs(variables.iter().copied());
    Cton::from(command).output()
}

fn printed(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned() + &String::from_utf8_lossy(&output.stdout)
}

fn splunk() -> FakeApi {
    FakeApi::json(r#"{"total": 7, "incidents": []}"#)
}

/// Polls again, as the poll loop does.
struct Poll;

impl Service for Poll {
    fn poll(api: &mut Api) -> Result<Self> {
        api.get().uncached().header("x-key", api.secret("API_KEY")?).text().map(|_| Self)
    }
}

#[test]
fn a_directory_has_one_file_per_key_and_is_read_at_each_poll() {
    let (fake, dir) = (FakeApi::json("7"), scratch("secret-directory"));
    fs::write(dir.join("API_KEY"), "first\n").unwrap();
    fs::write(dir.join("UNUSED"), b"\xff\0").unwrap();
    let mut api = api_at(&fake.url("/v1"), json!({ "secret_file_path": dir }));
    api.poll::<Poll>().unwrap();
    fs::write(dir.join("API_KEY"), "second\r\n").unwrap();
    api.poll::<Poll>().unwrap();
    let keys: Vec<_> =
        fake.requests().iter().map(|request| request.header("x-key").unwrap().to_owned()).collect();
    assert_eq!(keys, ["first", "second"]);
    fs::remove_file(dir.join("API_KEY")).unwrap();
    let error = api.poll::<Poll>().err().unwrap();
    assert_eq!(error.kind(), ErrorKind::Secret);
    says(&error, &[&format!("{} has no API_KEY; keys: UNUSED; help: create the file ", dir.display())]);
}

#[test]
fn check_and_once_use_a_directory_and_warn_of_open_files_in_an_open_directory() {
    let (fake, dir) = (splunk(), scratch("secret-directory-once"));
    let keys = dir.join("keys");
    fs::create_dir(&keys).unwrap();
    let config = config_file(&dir, &fake.url("/v1"), &json!({ "secret_file_path": keys }));
    let missing = printed(&cton("--check", &config, &[]));
    says_all(
        &missing,
        &[&format!("the secret directory {} has no keys", keys.display()), "create a file for each key"],
    );
    ["API_ID", "API_KEY"].iter().for_each(|key| fs::write(keys.join(key), format!("hush-{key}\n")).unwrap());
    let checked = printed(&cton("--check", &config, &[]));
    says_all(&checked, &[&format!("{}: secrets API_ID, API_KEY\n", keys.display())]);
    assert!(!checked.contains("hush"), "{checked}");
    assert!(cton("--once", &config, &[]).status.success());
    assert_eq!(fake.requests()[0].header("x-vo-api-key"), Some("hush-API_KEY"));
    #[cfg(unix)]
    for (directory, file, count) in [(0o755, 0o644, 2), (0o755, 0o600, 0), (0o700, 0o644, 0)] {
        use std::os::unix::fs::PermissionsExt;
        fs::set_permissions(&keys, PermissionsExt::from_mode(directory)).unwrap();
        for key in ["API_ID", "API_KEY"] {
            fs::set_permissions(keys.join(key), PermissionsExt::from_mode(file)).unwrap();
        }
        for option in ["--check", "--once"] {
            let text = printed(&cton(option, &config, &[]));
            assert_eq!(
                text.matches("secret file readable by others").count(),
                count,
                "{option} {directory:o} {text}"
            );
        }
    }
}

#[test]
fn a_pem_value_reaches_the_service_with_its_lines_and_no_error_shows_it() {
    let fake = FakeApi::start(|request| Response::new(400).body(request.body.clone()));
    for text in [format!("A=1\nKEY={PEM}\nB=2\n"), format!("KEY=\"{}\\n\"", PEM.replace('\n', "\\n"))] {
        let api = with_secret("pem", &fake, &text);
        let key = api.secret("KEY").unwrap();
        assert_eq!(key.expose().trim_end(), PEM);
        let error =
            api.post(&json!({ "key": key.expose(), "what": "a private key" })).json::<u8>().unwrap_err();
        let error = error.to_string();
        assert!(!error.contains("MIGH") && !error.contains("AwEHBG0w"), "{error}");
        says_all(&error, &["a private key", "END PRIVATE KEY"]);
    }
}

#[test]
fn a_variable_is_a_secret_only_if_the_config_lists_it() {
    let (fake, dir) = (splunk(), scratch("secret-environment"));
    let config = |more: &Value| {
        let file = config_with(&dir, &fake.url("/v1"), &json!({ "api_call_intervals": 60 }), more);
        let mut config: Value = serde_json::from_slice(&fs::read(&file).unwrap()).unwrap();
        let service = config["services"]["splunk"].as_object_mut().unwrap();
        if !more.as_object().unwrap().contains_key("secret_file_path") {
            service.remove("secret_file_path");
        }
        fs::write(&file, config.to_string()).unwrap();
        file
    };
    let set = [("API_ID", "hush-id\n"), ("API_KEY", "hush-key")];
    let unlisted = cton("--once", &config(&json!({})), &set);
    assert!(!unlisted.status.success() && printed(&unlisted).contains("`secret_file_path`"), "{unlisted:?}");
    let listed = json!({ "secret_environment": ["API_ID", "API_KEY"] });
    let checked = cton("--check", &config(&listed), &set);
    says_all(&printed(&checked), &["environment: secrets API_ID, API_KEY\n"]);
    assert!(cton("--once", &config(&listed), &set).status.success());
    let request = &fake.requests()[0];
    assert_eq!(
        (request.header("x-vo-api-id"), request.header("x-vo-api-key")),
        (Some("hush-id"), Some("hush-key"))
    );
    for (variables, problem) in [
        ([set[0], ("API_KEY", "")], "the environment variable API_KEY is empty"),
        ([set[0], ("OTHER", "x")], "the environment variable API_KEY is not set"),
    ] {
        for option in ["--check", "--once"] {
            let output = cton(option, &config(&listed), &variables);
            says_all(&printed(&output), &[problem]);
            assert!(!output.status.success() && !printed(&output).contains("hush"), "{output:?}");
        }
    }
    let file = dir.join("keys");
    fs::write(&file, "API_KEY=hush\n").unwrap();
    let both = json!({ "secret_environment": ["API_ID", "API_KEY"], "secret_file_path": file });
    for option in ["--check", "--once"] {
        let output = cton(option, &config(&both), &set);
        says_all(&printed(&output), &[&format!("API_KEY is in {} and in the environment", file.display())]);
        assert!(!output.status.success() && !printed(&output).contains("hush"), "{output:?}");
        assert!(cton(option, &config(&both), &set[..1]).status.success());
    }
}

#[test]
fn a_secret_of_the_environment_is_in_no_output() {
    let fake = echo(401);
    let dir = scratch("secret-environment-echo");
    let more = json!({ "secret_environment": ["API_ID", "API_KEY"], "secret_file_path": dir.join("gone") });
    let config = config_with(&dir, &fake.url("/v1"), &json!({ "api_call_intervals": 60 }), &more);
    let output = cton("--once", &config, &[("API_ID", "hush-id-of-it"), ("API_KEY", "hush-key-of-it")]);
    let text = printed(&output);
    says_all(&text, &["401 Unauthorized", "check API_ID and API_KEY in ", " or the environment"]);
    assert!(
        !text.contains("hush") && fake.requests()[0].header("x-vo-api-key") == Some("hush-key-of-it"),
        "{text}"
    );
}
