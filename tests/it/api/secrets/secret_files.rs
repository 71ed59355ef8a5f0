//! Files of secrets and certificates, and the credentials of systemd.

use std::path::Path;
use std::process::{Command, Output};

use super::*;
use crate::support::process::Cton;

/// A call of the binary with the shipped service, and with a directory of credentials if there is to be one.
fn cton(option: &str, config: &Path, credentials: Option<&Path>) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_cton"));
    command.args(["-s", "splunk", option, "-c"]).arg(config);
    command.env_remove("CREDENTIALS_DIRECTORY");
    command.envs(credentials.map(|dir| ("CREDENTIALS_DIRECTORY", dir)));
    Cton::from(command).output()
}

#[cfg(unix)]
#[test]
fn a_secret_file_that_others_can_read_is_logged_once() {
    use std::os::unix::fs::PermissionsExt;
    let fake = FakeApi::json(r#"{"total": 7, "incidents": []}"#);
    let dir = scratch("open");
    let keys = json!({ "client_cert_path": dir.join("client.pem"), "client_key_path": dir.join("key.pem") });
    fs::copy("tests/api/tls/client.pem", dir.join("client.pem")).unwrap();
    fs::copy("tests/api/tls/client-key.pem", dir.join("key.pem")).unwrap();
    let config = config_file(&dir, &fake.url("/v1"), &keys);
    let warnings = |mode: u32, option: &str, credentials: Option<&Path>| {
        for name in ["secrets", "key.pem"] {
            fs::set_permissions(dir.join(name), PermissionsExt::from_mode(mode)).unwrap();
        }
        let output = cton(option, &config, credentials);
        assert!(output.status.success(), "{output:?}");
        let log = String::from_utf8(output.stderr).unwrap();
        let count = |name: &str| log.matches(&format!("chmod 600 {}", dir.join(name).display())).count();
        (count("secrets"), count("key.pem"))
    };
    for option in ["--once", "--check"] {
        assert_eq!(warnings(0o640, option, None), (1, 1), "{option}");
        assert_eq!(warnings(0o604, option, None), (1, 1), "{option}");
        assert_eq!(warnings(0o600, option, None), (0, 0), "{option}");
        assert_eq!(warnings(0o644, option, Some(&dir)), (0, 0), "{option}");
    }
}

#[test]
fn a_systemd_credential_replaces_the_file_of_its_name() {
    let fake = FakeApi::json(r#"{"total": 7, "incidents": []}"#);
    let dir = scratch("credential");
    let config = config_file(&dir, &fake.url("/v1"), &json!({}));
    let credentials = scratch("credentials");
    let checked = |credentials| String::from_utf8(cton("--check", &config, credentials).stdout).unwrap();
    says_all(&checked(Some(&credentials)), &[&format!("{}: secrets API_ID", dir.join("secrets").display())]);
    fs::write(credentials.join("secrets"), "API_ID=id\nAPI_KEY=handed\nMORE=1\n").unwrap();
    let line = format!("{}: secrets API_ID, API_KEY, MORE", credentials.join("secrets").display());
    says_all(&checked(Some(&credentials)), &[&line]);
    assert!(cton("--once", &config, Some(&credentials)).status.success());
    assert_eq!(fake.requests()[0].header("x-vo-api-key"), Some("handed"));
}

#[test]
fn two_files_with_the_name_of_one_credential_are_refused_before_the_first_request() {
    let fake = FakeApi::json(r#"{"total": 7, "incidents": []}"#);
    let (dir, credentials) = (scratch("one-name"), scratch("one-name-credentials"));
    fs::write(credentials.join("secrets"), "API_ID=id\nAPI_KEY=handed\n").unwrap();
    let config = config_file(&dir, &fake.url("/v1"), &json!({ "ca_file_path": "/etc/other/secrets" }));
    for option in ["--check", "--once"] {
        let output = cton(option, &config, Some(&credentials));
        let printed = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{printed}");
        says_all(
            &printed,
            &["`ca_file_path` of service `splunk`", "`secret_file_path`", "/etc/other/secrets", "rename"],
        );
    }
    let web = dir.join("web/secrets");
    let mut command = Command::new(env!("CARGO_BIN_EXE_cton"));
    let config = config_file(&dir, &fake.url("/v1"), &json!({}));
    command.args(["-s", "splunk", "--check", "-c"]).arg(&config).arg("--web-config").arg(&web);
    command.env("CREDENTIALS_DIRECTORY", &credentials);
    let output = Cton::from(command).output();
    says_all(
        &String::from_utf8(output.stderr).unwrap(),
        &["`--web-config`", "`secret_file_path` of service `splunk`"],
    );
    assert_eq!(fake.requests().len(), 0);
}

#[test]
fn certificates_and_the_web_config_can_be_credentials() {
    let (dir, credentials) = (scratch("credential-files"), scratch("credentials-all"));
    let keys = json!({ "ca_file_path": "/no/authority.pem", "client_cert_path": "/no/client.pem", "client_key_path": "/no/key.pem" });
    let config = config_file(&dir, "https://api.test/v1", &keys);
    for (from, to) in
        [("authority.pem", "authority.pem"), ("client.pem", "client.pem"), ("client-key.pem", "key.pem")]
    {
        fs::copy(Path::new("tests/api/tls").join(from), credentials.join(to)).unwrap();
    }
    fs::write(credentials.join("web.yml"), "tls_server_config: {cert_file: client.pem, key_file: key.pem}\n")
        .unwrap();
    let check = |credentials: Option<&Path>| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_cton"));
        command.args(["-s", "splunk", "--check", "--web-config", "/no/web.yml", "-c"]).arg(&config);
        command.env_remove("CREDENTIALS_DIRECTORY");
        command.envs(credentials.map(|dir| ("CREDENTIALS_DIRECTORY", dir)));
        Cton::from(command).output()
    };
    assert!(!check(None).status.success());
    let output = check(Some(&credentials));
    assert!(output.status.success(), "{output:?}");
    says_all(
        &String::from_utf8(output.stdout).unwrap(),
        &["/no/web.yml: TLS", "client.pem: client certificate"],
    );
}

#[test]
fn check_reports_the_origin_of_tokens_proxies_and_certificates_without_a_request() {
    let fake = FakeApi::json("{}");
    let dir = scratch("check-all");
    let keys = json!({
        "ca_file_path": "tests/api/tls/authority.pem", "client_cert_path": "tests/api/tls/client.pem",
        "client_key_path": "tests/api/tls/client-key.pem", "oauth2_token_url": fake.url("/token"),
    });
    let config = config_file(&dir, "https://api.test/v1", &keys);
    let check = || {
        let mut command = Command::new(env!("CARGO_BIN_EXE_cton"));
        command.args(["-s", "splunk", "--check", "-c"]).arg(&config);
        command
            .env_remove("no_proxy")
            .env_remove("NO_PROXY")
            .env("https_proxy", "http://u:hush@proxy.test:3128");
        Cton::from(command).output()
    };
    let missing = check();
    assert!(!missing.status.success(), "{missing:?}");
    says_all(&String::from_utf8(missing.stderr).unwrap(), &["error: splunk: ", "has no CLIENT_ID"]);
    fs::write(dir.join("secrets"), "API_ID=hush\nAPI_KEY=hush\nCLIENT_ID=hush\nCLIENT_SECRET=hush\n")
        .unwrap();
    let output = check();
    let text = String::from_utf8(output.stdout).unwrap();
    let tokens = format!("tokens from {}", fake.url("/token"));
    let proxy = "https://api.test/v1 through the proxy http://proxy.test:3128 (https_proxy)";
    says_all(
        &text,
        &["CLIENT_ID, CLIENT_SECRET", "authority.pem: certificates: 1", "client certificate", &tokens, proxy],
    );
    assert!(output.status.success() && !text.contains("hush"), "{text}");
    assert_eq!(fake.requests().len(), 0);
}
