//! Errors of a web config.

use std::net::TcpListener;

use super::*;

#[test]
fn all_errors_are_reported_at_once_with_their_positions() {
    let cases = [
        ("tls_server_config: [", "{}:2:1: invalid YAML: "),
        ("tls_server_config: {}\n", "{}:1:20: `tls_server_config` has no `cert_file`"),
        (
            "tls_server_confg: {}\n",
            "{}:1:19: `tls_server_confg` is not a known key, expected `tls_server_config`, `http_server_config`, `basic_auth_users` or `rate_limit`\n  = help: a similar name exists: `tls_server_config`",
        ),
        (
            "basic_auth_users: {ann: secret}\n",
            "{}:1:25: the password of `ann` is not a bcrypt hash\n  = help: create the hash with `htpasswd -nBC 10 \"\" | tr -d ':\\n'",
        ),
        (
            "basic_auth_users: {ann: $2y$17$X0h1gDsPszWURQaxFh.zoubFi6DXncSjhoQNJgRrnGs7EsimhC7zG}\n",
            "{}:1:25: the password of `ann` is hashed with a cost of 17, expected at most 16\n  = help: create the hash with `htpasswd -nBC 10 ",
        ),
        ("basic_auth_users: {1: x}\n", "{}:1:20: a key is not text\n  = help: put it in quotes"),
        ("basic_auth_users: [x]\n", "{}:1:19: `basic_auth_users` is a list, expected keys with values"),
        ("[x]\n", "{}:1:1: the file is a list, expected keys with values"),
        ("basic_auth_users: {'hunter2!secret': x}\n", ": the password of a user is not a bcrypt hash"),
        ("a: 1\na: 2\n", "{}:2:1: invalid YAML: duplicated key"),
        ("--- {}\n--- {}\n", "{}: the file has 2 documents, expected one"),
        ("rate_limit: {interval: 5}\n", "{}:1:24: `interval` is a number, expected a text"),
        ("rate_limit: {interval: 5d}\n", "{}:1:24: `interval` is not a duration, such as 500ms, 1s or 1m30s"),
        (
            "tls_server_config:\n  cert_file: c\n  key_file: |\n    -----BEGIN PRIVATE KEY-----\n    secret\n",
            "{}:4:5: `key_file` is not a path\n  = help: write PEM text under `key`",
        ),
        (
            "tls_server_config: {cert: nothing, key_file: server-key.pem}\n",
            "in the web config: contains no certificate, expected `-----BEGIN CERTIFICATE-----`",
        ),
        (
            "http_server_config: {headers: {X-Y: z}}\n",
            "{}:1:37: `X-Y` is not a known key, expected `Content-Security-Policy`",
        ),
        (
            "http_server_config: {headers: {X-Frame-Options: \"a\\r\\nb\"}}\n",
            "{}:1:49: `X-Frame-Options` contains a character that is not printable ASCII",
        ),
    ];
    let tls_cases = [
        (
            "client_auth_type: RequireAndVerifyClientCert",
            "is `RequireAndVerifyClientCert`, but `client_ca_file` is missing",
        ),
        ("client_ca_file: authority.pem", "`client_ca_file` has no effect without `client_auth_type`"),
        (
            "client_allowed_sans: [x]",
            "`client_allowed_sans` has no effect, because `client_auth_type` is `NoClientCert`",
        ),
        ("client_auth_type: Any", "`client_auth_type` is `Any`, expected `NoClientCert`, "),
        ("max_version: TLS11", "`max_version` excludes every supported version"),
        (
            "cipher_suites: [TLS_RSA_WITH_RC4_128_SHA]",
            "`cipher_suites` contains `TLS_RSA_WITH_RC4_128_SHA`, expected any of TLS_",
        ),
        (
            "curve_preferences: [CurveP224]",
            "contains `CurveP224`, expected any of X25519, CurveP256, CurveP384",
        ),
        ("cert: x", "`cert` and `cert_file` exclude each other\n  = help: remove one of them"),
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
        output.status.code() == Some(1) && printed.contains("server-key.pem: cannot be read: "),
        "{printed}"
    );
}
