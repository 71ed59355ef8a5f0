//! TLS: versions, cipher suites and client certificates.

use super::*;

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
    assert_eq!((status, response.lines().last()), (400, Some("This port requires HTTPS: use https://.")));
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
