//! Reloads of a changed web config.

use super::*;

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
