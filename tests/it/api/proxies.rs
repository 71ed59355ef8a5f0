//! The proxies of the environment: the hosts that they serve and the secrets that they never see.

use std::io::{self, Write};
use std::net::{Shutdown, SocketAddr, TcpListener};
use std::process::{Command, Output};
use std::thread;

use super::*;
use crate::support::fake_proxy::FakeProxy;
use crate::support::process::{Cton, scratch};
use crate::support::wire_server::{Wire, WireServer};

const ANSWER: &str = r#"{"total": 7, "incidents": []}"#;
const PASSWORD: &str = "planted-of-the-proxy";

/// One poll of the binary with these variables.
fn once(name: &str, api_url: &str, more: &Value, environment: &[(&str, &str)]) -> Output {
    let config = config_file(&scratch(name), api_url, more);
    let mut command = Command::new(env!("CARGO_BIN_EXE_cton"));
    command.args(["-s", "splunk", "--once", "-c"]).arg(config);
    for name in ["http_proxy", "https_proxy", "all_proxy", "no_proxy"] {
        command.env_remove(name).env_remove(name.to_ascii_uppercase());
    }
    command.envs(environment.iter().copied());
    Cton::from(command).output()
}

/// The address of a server that greets each client and sends no more.
fn speaking(greeting: &'static str) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        for mut socket in listener.incoming().map_while(Result::ok) {
            let _ = socket.write_all(greeting.as_bytes());
            let _ = socket.shutdown(Shutdown::Write);
            let _ = io::copy(&mut socket, &mut io::sink());
        }
    });
    address
}

fn failure(output: &Output) -> String {
    assert!(!output.status.success(), "{output:?}");
    String::from_utf8(output.stderr.clone()).unwrap()
}

#[test]
fn localhost_is_reached_without_a_proxy() {
    let (proxy, fake) = (FakeProxy::refusing(502), FakeApi::json(ANSWER));
    let names = ["http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY", "https_proxy", "HTTPS_PROXY"];
    let address = proxy.address().to_string();
    let output = once("proxy-own", &fake.url("/v1"), &json!({}), &names.map(|name| (name, address.as_str())));
    assert!(output.status.success(), "{output:?}");
    assert_eq!((proxy.heads().len(), targets(&fake).is_empty()), (0, false));
}

#[test]
fn another_host_is_reached_through_the_proxy_which_sees_no_key() {
    let fake = FakeApi::json(ANSWER);
    let proxy = FakeProxy::to(fake.port());
    let url = format!("http://user:{PASSWORD}@{}", proxy.address());
    let output = once("proxy-http", "http://api.test/v1", &json!({}), &[("http_proxy", &url)]);
    assert!(output.status.success(), "{output:?}");
    let heads = proxy.heads();
    assert!(heads[0].starts_with("CONNECT api.test:80 HTTP/1.1\n"), "{heads:?}");
    // "user:planted-of-the-proxy"
    assert!(
        heads[0].contains("Proxy-Authorization: Basic dXNlcjpwbGFudGVkLW9mLXRoZS1wcm94eQ=="),
        "{heads:?}"
    );
    assert!(!heads[0].contains("hush"), "{heads:?}");
    assert_eq!(fake.requests()[0].header("proxy-authorization"), None);
    assert_eq!(fake.requests()[0].header("x-vo-api-key"), Some("hush"));
}

/// Responds with the pages of a list of 250 incidents.
fn pages(wire: &mut Wire) {
    while let Some(request) = wire.request() {
        let offset: usize = request.query("offset").unwrap().parse().unwrap();
        let incident = |n| format!(r#"{{"incidentNumber": "{n}", "currentPhase": "RESOLVED"}}"#);
        let incidents: Vec<_> = (offset..250.min(offset + 100)).map(incident).collect();
        wire.respond(format!(r#"{{"total": 250, "incidents": [{}]}}"#, incidents.join(",")));
    }
}

#[test]
fn all_requests_of_a_poll_use_one_connection_through_the_proxy() {
    for server in [WireServer::start(pages), WireServer::with_tls(pages)] {
        let proxy = FakeProxy::to(server.port());
        let url = server.url();
        let (scheme, _) = url.split_once(':').unwrap();
        let more = json!({ "ca_file_path": "tests/api/tls/authority.pem" });
        let address = proxy.address().to_string();
        let environment = [("http_proxy", address.as_str()), ("https_proxy", address.as_str())];
        let output =
            once(&format!("proxy-kept-{scheme}"), &format!("{scheme}://api.test/v1"), &more, &environment);
        assert!(output.status.success(), "{output:?}");
        assert_eq!((proxy.heads().len(), server.connections()), (1, vec![1; 3]), "{scheme}");
    }
}

#[test]
fn tls_is_tunnelled_through_the_proxy() {
    let proxy = FakeProxy::to(super::tls::secured());
    let more = json!({ "ca_file_path": "tests/api/tls/authority.pem" });
    let output =
        once("proxy-tls", "https://api.test/v1", &more, &[("HTTPS_PROXY", &proxy.address().to_string())]);
    // The API responds with `7`, which is no incidents.
    says_all(&failure(&output), &["unexpected JSON"]);
    assert!(proxy.heads()[0].starts_with("CONNECT api.test:443 "), "{:?}", proxy.heads());
}

#[test]
fn a_proxy_can_be_reached_over_tls() {
    let proxy = format!("https://localhost:{}", super::tls::secured_proxy());
    let more = json!({ "ca_file_path": "tests/api/tls/authority.pem" });
    let output = once("proxy-secured", "http://api.test/v1", &more, &[("http_proxy", &proxy)]);
    // `7` came back, which is no incidents.
    says_all(&failure(&output), &["unexpected JSON"]);
    let output = once("proxy-untrusted", "http://api.test/v1", &json!({}), &[("http_proxy", &proxy)]);
    says_all(
        &failure(&output),
        &[
            "TLS to the proxy: ",
            "not signed by a trusted authority",
            &format!("  |  proxy: {proxy} (http_proxy)\n"),
        ],
    );
}

#[test]
fn tls_through_a_proxy_with_tls_uses_one_connection_for_all_requests() {
    let (port, connections) = super::tls::secured_tunnel();
    let more = json!({ "ca_file_path": "tests/api/tls/authority.pem" });
    let proxy = format!("https://localhost:{port}");
    let output = once("proxy-tls-in-tls", "https://api.test/v1", &more, &[("https_proxy", &proxy)]);
    assert!(output.status.success(), "{output:?}");
    assert_eq!(*connections.lock().unwrap(), [3], "three pages over one connection");
}

#[test]
fn a_proxy_that_does_not_respond_is_named() {
    let proxy = FakeProxy::silent();
    let address = proxy.address().to_string();
    let more = json!({ "request_timeout_sec": 0.3 });
    let output = once("proxy-silent", "http://api.test/v1", &more, &[("http_proxy", &address)]);
    says_all(
        &failure(&output),
        &[
            "no response from the proxy within 0.3 s",
            "check that the proxy is an HTTP proxy, and its port",
            &format!("  |  proxy: http://{address} (http_proxy)\n"),
        ],
    );
}

#[test]
fn a_server_that_is_not_a_proxy_gets_help_about_the_proxy() {
    let (ssh, closed) = (speaking("SSH-2.0-x\r\n"), speaking(""));
    let (page, plain) = (FakeProxy::refusing(302), speaking("HTTP/1.1 400 Bad Request\r\n\r\n"));
    let no_proxy = "check that the proxy is an HTTP proxy, and its port";
    let no_tls = "TLS to the proxy: the server does not use TLS";
    for (url, problem, help) in [
        (ssh.to_string(), "the response of the proxy is not HTTP/1.1", no_proxy),
        (closed.to_string(), "no complete response from the proxy", no_proxy),
        (page.address().to_string(), "302 Found from the proxy", no_proxy),
        (format!("https://{plain}"), no_tls, "use http:// in `ALL_PROXY`"),
        (format!("https://{ssh}"), no_tls, "use http:// in `ALL_PROXY`"),
        (format!("https://{closed}"), "no response from the proxy: connection closed", no_proxy),
    ] {
        let output = once("proxy-no-proxy", "https://api.test/v1", &json!({}), &[("ALL_PROXY", &url)]);
        let printed = failure(&output);
        says_all(&printed, &[problem, help]);
        assert!(!printed.contains("api_url"), "{printed}");
    }
}

#[test]
fn a_connection_that_closes_behind_the_proxy_may_be_closed_by_it() {
    let proxy = FakeProxy::refusing(200);
    let address = proxy.address().to_string();
    for scheme in ["http", "https"] {
        let url = format!("{scheme}://api.test/v1");
        let output = once("proxy-closes", &url, &json!({}), &[("ALL_PROXY", &address)]);
        let name = format!("  |  proxy: http://{address} (ALL_PROXY)\n");
        let failed =
            ["no response through the proxy: connection ", "neither the proxy nor a firewall closes", &name];
        says_all(&failure(&output), &failed);
    }
}

#[test]
fn a_host_in_no_proxy_is_reached_directly() {
    let proxy = FakeProxy::refusing(502);
    let address = proxy.address().to_string();
    let environment = [("all_proxy", address.as_str()), ("NO_PROXY", "localhost, .invalid")];
    let output = once("proxy-no", "http://api.invalid/v1", &json!({}), &environment);
    says_all(&failure(&output), &["DNS"]);
    assert_eq!(proxy.heads().len(), 0);
}

#[test]
fn a_proxy_that_fails_is_named() {
    for (status, problem, help) in [
        (407, "407 Proxy Authentication Required", "check the user and the password"),
        (403, "403 Forbidden", "allow the host of the API"),
        (502, "502 Bad Gateway", "that the proxy reaches its host"),
    ] {
        let proxy = FakeProxy::refusing(status);
        let url = format!("http://user:{PASSWORD}@{}", proxy.address());
        let output = once("proxy-fails", "http://api.test/v1", &json!({}), &[("ALL_PROXY", &url)]);
        let printed = failure(&output);
        let name = format!("  |  proxy: http://{} (ALL_PROXY)\n", proxy.address());
        says_all(&printed, &[&format!("error: splunk: {problem} from the proxy\n"), &name, help]);
        assert!(!printed.contains(PASSWORD), "{printed}");
    }
    let output = once("proxy-down", "http://api.test/v1", &json!({}), &[("ALL_PROXY", "http://127.0.0.1:9")]);
    says_all(
        &failure(&output),
        &["connection to the proxy refused", "proxy: http://127.0.0.1:9 (ALL_PROXY)"],
    );
    let output = once("proxy-host", "http://api.test/v1", &json!({}), &[("ALL_PROXY", "proxy.invalid:3128")]);
    says_all(
        &failure(&output),
        &["host name of the proxy not found", "proxy: http://proxy.invalid:3128 (ALL_PROXY)"],
    );
}

#[test]
fn an_invalid_proxy_prevents_the_start_and_its_password_is_redacted() {
    let url = format!("socks5://user:{PASSWORD}@127.0.0.1:1080");
    let output = once("proxy-wrong", "http://api.test/v1", &json!({}), &[("all_proxy", &url)]);
    let printed = failure(&output);
    says_all(&printed, &["error: splunk: ", "`all_proxy`", "SOCKS"]);
    assert!(!printed.contains(PASSWORD), "{printed}");
}
