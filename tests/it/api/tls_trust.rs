//! Exact certificates, `tls_server_name` and `insecure_skip_verify`. The certificates `device*.pem` are self-signed.

use std::fs;
use std::io::{Read, Write};
use std::process::Command;
use std::sync::Mutex;

use collectington::ErrorKind;
use rustls::{ServerConfig, SupportedProtocolVersion};

use super::tls::{secured, secured_proxy, shown_by};
use super::*;
use crate::support::process::{Cton, scratch};

const TLS: &str = "tests/api/tls";
const KEY: &str = "tests/api/tls/device-key.pem";

fn file(name: &str) -> String {
    format!("{TLS}/{name}.pem")
}

/// The port of an API with this certificate that responds with `7`.
fn device_with(certificate: &str, versions: &[&'static SupportedProtocolVersion]) -> u16 {
    let config = ServerConfig::builder_with_protocol_versions(versions).with_no_client_auth();
    shown_by(config, (&file(certificate), KEY), |stream| {
        // A client that refuses the certificate hangs up.
        let _ = stream.read(&mut [0; 4096]);
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\n7");
    })
}

fn device(certificate: &str) -> u16 {
    device_with(certificate, rustls::ALL_VERSIONS)
}

fn ask(host: &str, port: u16, more: Value) -> Result<u64, Error> {
    api_at(&format!("https://{host}:{port}/"), more).get().json()
}

#[test]
fn a_certificate_that_the_server_itself_presents_is_trusted_as_by_curl() {
    for (certificate, host) in [
        ("device", "127.0.0.1"),
        ("device-name", "localhost"),
        ("device-leaf", "localhost"),
        ("device-v1", "localhost"),
    ] {
        for version in [&rustls::version::TLS12, &rustls::version::TLS13] {
            let port = device_with(certificate, &[version]);
            let trusted = ask(host, port, json!({ "ca_file_path": file(certificate) }));
            assert_eq!(trusted, Ok(7), "{certificate} {version:?}");
            let error = ask(host, port, json!({ "ca_file_path": file("authority") })).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Tls, "{certificate}");
        }
    }
}

#[test]
fn the_exact_certificate_may_be_any_one_of_the_file_and_the_authorities_beside_it_stay_trusted() {
    let both = scratch("exact-second").join("both.pem");
    let parts = ["authority", "device"].map(|name| fs::read(file(name)).unwrap());
    fs::write(&both, parts.concat()).unwrap();
    let both = json!({ "ca_file_path": both });
    assert_eq!(ask("127.0.0.1", device("device"), both.clone()), Ok(7));
    assert_eq!(ask("localhost", secured(), both), Ok(7));
}

#[test]
fn another_certificate_of_the_same_key_and_name_is_not_the_exact_one() {
    for (presented, known) in [("device-leaf", "device-name"), ("device-v1", "device-leaf")] {
        let error = ask("localhost", device(presented), json!({ "ca_file_path": file(known) })).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Tls, "{presented}: {error}");
    }
}

#[test]
fn an_exact_certificate_must_be_valid_and_name_the_host_as_curl_demands() {
    for (certificate, host, parts) in [
        ("device", "localhost", ["host of `api_url`; certificate: IP:127.0.0.1", "set `tls_server_name`"]),
        (
            "device-name",
            "127.0.0.1",
            ["host of `api_url`; certificate: CN:localhost", "set `tls_server_name`"],
        ),
        ("device-expired", "localhost", ["has expired", "renew the certificate"]),
    ] {
        let error = ask(host, device(certificate), json!({ "ca_file_path": file(certificate) })).unwrap_err();
        says(&error, &parts);
        let curl = Command::new("curl")
            .args(["--silent", "--noproxy", "*", "--cacert", &file(certificate)])
            .arg(format!("https://{host}:{}/", device(certificate)))
            .status();
        assert!(curl.is_ok_and(|status| status.code() == Some(60)), "curl refuses {certificate} too");
    }
}

#[test]
fn a_server_without_the_key_of_the_exact_certificate_is_refused() {
    for version in [&rustls::version::TLS12, &rustls::version::TLS13] {
        let port = impostor(version);
        for more in [json!({ "ca_file_path": file("device-name") }), json!({ "insecure_skip_verify": true })]
        {
            let error = ask("localhost", port, more.clone()).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Tls, "{more}: {error}");
            says(&error, &["bad signature"]);
        }
    }
}

/// The port of a server that presents the certificate of the device and signs with the key of another server.
fn impostor(version: &'static SupportedProtocolVersion) -> u16 {
    let config = ServerConfig::builder_with_protocol_versions(&[version]).with_no_client_auth();
    let shown = (file("device-name"), file("server-key"));
    shown_by(config, (&shown.0, &shown.1), |stream| drop(stream.read(&mut [0; 4096])))
}

static NAMES: Mutex<Vec<String>> = Mutex::new(Vec::new());

#[test]
fn the_server_name_of_the_config_is_verified_and_sent_instead_of_the_host() {
    let config = ServerConfig::builder().with_no_client_auth();
    let port = shown_by(config, (&file("server"), &file("server-key")), |stream| {
        let _ = stream.read(&mut [0; 4096]);
        NAMES.lock().unwrap().extend(stream.conn.server_name().map(str::to_owned));
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\n7");
    });
    let named = |name: &str| json!({ "ca_file_path": file("authority"), "tls_server_name": name });
    assert_eq!(ask("127.0.0.1", port, named("api.test")), Ok(7));
    assert_eq!(*NAMES.lock().unwrap(), ["api.test"]);
    let error = ask("localhost", port, named("other.test")).unwrap_err();
    says(
        &error,
        &["not valid for the name in `tls_server_name`", "certificate: DNS:localhost, DNS:api.test"],
    );
    // A common name, too.
    let exact = json!({ "ca_file_path": file("device-name"), "tls_server_name": "localhost" });
    assert_eq!(ask("127.0.0.1", device("device-name"), exact), Ok(7));
    let exact = json!({ "ca_file_path": file("device"), "tls_server_name": "127.0.0.1" });
    assert_eq!(ask("localhost", device("device"), exact), Ok(7));
}

#[test]
fn without_verification_every_certificate_is_accepted() {
    for certificate in ["device", "device-name", "device-leaf", "device-v1", "device-expired"] {
        for host in ["localhost", "127.0.0.1"] {
            let accepted = ask(host, device(certificate), json!({ "insecure_skip_verify": true }));
            assert_eq!(accepted, Ok(7), "{certificate} {host}");
        }
    }
}

#[test]
fn services_with_other_tls_settings_share_no_response() {
    let url = format!("https://localhost:{}/", device("device-name"));
    let services = [
        service_at(&url, json!({ "insecure_skip_verify": true })),
        service_at(&url, json!({})),
        service_at(&url, json!({ "ca_file_path": file("device-name"), "tls_server_name": "other.test" })),
        service_at(&url, json!({ "ca_file_path": file("device-name") })),
    ];
    let client = Client::new(Mode::Live, &services).unwrap();
    let apis = services.each_ref().map(|service| Api::new(service, &client).unwrap());
    for _ in 0..2 {
        assert_eq!([apis[0].get().json(), apis[3].get().json()], [Ok(7), Ok(7)]);
        for api in &apis[1..3] {
            assert_eq!(api.get().text().unwrap_err().kind(), ErrorKind::Tls);
        }
    }
}

fn run(url: &str, arguments: &[&str], more: &Value, variables: &[(&str, &str)]) -> (String, String) {
    let dir = scratch("skip-verify");
    let mut command = Command::new(env!("CARGO_BIN_EXE_cton"));
    command.args(["-s", "splunk", "-c"]).arg(config_file(&dir, url, more)).args(arguments);
    command.envs(variables.iter().copied());
    let output = Cton::from(command).output();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (text(output.stdout), text(output.stderr))
}

#[test]
fn the_missing_verification_is_logged_and_checked() {
    let url = format!("https://localhost:{}/v1", device("device-name"));
    let more = json!({ "insecure_skip_verify": true });
    let warning = "certificates not verified";
    let (report, log) = run(&url, &["--check"], &more, &[]);
    says_all(&log, &[warning, "insecure_skip_verify", "splunk"]);
    says_all(&report, &["not verified (`insecure_skip_verify`)", "no error found, but warnings"]);
    assert!(run(&url, &["--once"], &more, &[]).1.contains(warning));
    let (report, log) = run(&url, &["--check"], &json!({}), &[]);
    assert!(!log.contains(warning) && !report.contains("not verified"), "{log}{report}");
    let (report, log) = run(&url, &["--check"], &json!({ "tls_server_name": "api.test" }), &[]);
    says_all(&report, &["certificate of the API: expected for api.test"]);
    assert!(!log.contains("error:"), "{log}");
    for invalid in ["-.a", "a..b", "1.2.3"] {
        let (_, log) = run(&url, &["--check"], &json!({ "tls_server_name": invalid }), &[]);
        says_all(&log, &["`tls_server_name`", "expected a DNS name or an IP address"]);
    }
}

#[test]
fn the_certificate_of_a_proxy_is_verified_although_that_of_the_api_is_not() {
    let proxy = format!("https://localhost:{}", secured_proxy());
    let more = json!({ "insecure_skip_verify": true, "tls_server_name": "other.test" });
    let (_, log) = run("http://api.test/v1", &["--once"], &more, &[("http_proxy", &proxy)]);
    says_all(&log, &["TLS to the proxy: ", "not signed by a trusted authority"]);
    let mut more = more;
    more["ca_file_path"] = file("authority").into();
    let (_, log) = run("http://api.test/v1", &["--once"], &more, &[("http_proxy", &proxy)]);
    assert!(!log.contains("TLS to the proxy"), "`tls_server_name` is not the proxy's: {log}");
}
