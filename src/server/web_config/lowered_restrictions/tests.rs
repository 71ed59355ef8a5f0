//! Tests that an accepted config admits no client that the previous config rejects.

use std::path::Path;
use std::time::Duration;

use proptest::prelude::*;
use proptest::sample::subsequence;

use super::*;
use crate::server::web_config::tls_settings::Version;

const HASH: &str = "$2y$10$X0h1gDsPszWURQaxFh.zoubFi6DXncSjhoQNJgRrnGs7EsimhC7zG";

/// Returns files that together have every key, with each restriction after the key that it restricts.
fn files() -> Vec<String> {
    let tls = "tls_server_config:\n  cert_file: server.pem\n  key_file: server-key.pem\n";
    let client = "  client_auth_type: RequireAndVerifyClientCert\n  client_ca_file: pki/clients.pem\n";
    let names = "  client_allowed_sans:\n    - metrics.example.org\n    - 10.0.0.10\n";
    let rest = "  min_version: TLS13\n  max_version: TLS13\n  prefer_server_cipher_suites: true\n  curve_preferences: [CurveP384]\n";
    let suites = "  max_version: TLS12\n  cipher_suites:\n    - TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384\n";
    let http = "http_server_config:\n  headers:\n    Strict-Transport-Security: max-age=31536000\n    X-Frame-Options: deny\n";
    let users = format!("basic_auth_users:\n  ann: {HASH}\n  bob: {HASH}\n");
    let pace = "rate_limit:\n  interval: 1m30s\n  burst: 20\n";
    let flow = format!(
        "{{basic_auth_users: {{ann: '{HASH}'}}, rate_limit: {{interval: 1s}}, tls_server_config: {{cert_file: a, key_file: b, \
         client_auth_type: VerifyClientCertIfGiven, client_ca: \"one\"}}}}\n"
    );
    let any = "  client_auth_type: RequireAnyClientCert\n";
    vec![
        format!("{tls}{client}{names}{rest}{http}{users}{pace}"),
        format!("{pace}{users}{http}{tls}{rest}{client}{names}"),
        format!("{users}{tls}{suites}{names}{client}"),
        format!("{http}{tls}{any}{names}"),
        format!("{tls}{client}"),
        format!("{users}{pace}"),
        flow,
    ]
}

fn parse(text: &str) -> Option<WebSettings> {
    WebSettings::parse(Path::new("/etc/cton/web.yml"), text).ok()
}

/// A client that tries to connect.
#[derive(Debug, Clone)]
struct Client {
    tls: Option<(Version, String, String)>,
    /// The authority that signed the certificate of the client, and the name in it.
    certificate: Option<(String, String)>,
    user: Option<(String, String)>,
}

/// Returns all clients that a config may treat differently.
fn clients(settings: &WebSettings) -> Vec<Client> {
    let Some(tls) = &settings.tls else { return with_users(settings, &[(None, None)]) };
    let none = || "other".to_owned();
    let or_other = |list: &[String]| list.iter().cloned().chain([none()]).collect::<Vec<_>>();
    let authorities: Vec<String> =
        tls.client_ca.iter().flat_map(|pem| beginnings(&place(pem)).into_iter().rev().take(3)).collect();
    let names: Vec<String> =
        tls.client_sans.iter().flat_map(|name| beginnings(name)).chain([none()]).collect();
    let certificates = or_other(&authorities)
        .into_iter()
        .flat_map(|ca| names.iter().map(move |name| Some((ca.clone(), name.clone()))).collect::<Vec<_>>());
    let mut all = vec![(None, None)];
    for certificate in certificates.chain([None]) {
        for version in [Version::Tls12, Version::Tls13] {
            for suite in or_other(&tls.cipher_suites) {
                for curve in or_other(&tls.curves) {
                    all.push((Some((version, suite.clone(), curve)), certificate.clone()));
                }
            }
        }
    }
    with_users(settings, &all)
}

type Tls = Option<(Version, String, String)>;

fn with_users(settings: &WebSettings, all: &[(Tls, Option<(String, String)>)]) -> Vec<Client> {
    let known = settings.users.iter().cloned().map(Some);
    let users: Vec<_> = known.chain([None, Some(("eve".to_owned(), HASH.to_owned()))]).collect();
    let one = |(tls, certificate): &(Tls, Option<(String, String)>)| {
        let (tls, certificate) = (tls.clone(), certificate.clone());
        users.iter().cloned().map(move |user| Client {
            tls: tls.clone(),
            certificate: certificate.clone(),
            user,
        })
    };
    all.iter().flat_map(one).collect()
}

fn beginnings(text: &str) -> Vec<String> {
    (1..=text.len()).filter_map(|end| text.get(..end)).map(str::to_owned).collect()
}

fn place(pem: &Pem) -> String {
    match pem {
        Pem::File(file) => file.display().to_string(),
        Pem::Text(_) => "text".to_owned(),
    }
}

/// Returns true if a config admits a client, by rules that are independent of the tested code.
fn admits(settings: &WebSettings, client: &Client) -> bool {
    let of_tls = match (&settings.tls, &client.tls) {
        (None, None) => true,
        (Some(tls), Some((version, suite, curve))) => {
            let allows = |list: &[String], one: &String| list.is_empty() || list.contains(one);
            (tls.least..=tls.most).contains(version)
                && allows(&tls.cipher_suites, suite)
                && allows(&tls.curves, curve)
                && admits_certificate(tls, client)
        }
        _ => false,
    };
    of_tls
        && (settings.users.is_empty()
            || client.user.as_ref().is_some_and(|user| settings.users.contains(user)))
}

fn admits_certificate(tls: &TlsSettings, client: &Client) -> bool {
    let signed = |(ca, _): &(String, String)| tls.client_ca.as_ref().is_some_and(|pem| place(pem) == *ca);
    let certificate = client.certificate.as_ref();
    let is_one = match tls.client {
        ClientAuth::No | ClientAuth::Request => true,
        ClientAuth::RequireAny => certificate.is_some(),
        ClientAuth::VerifyIfGiven => certificate.is_none_or(signed),
        ClientAuth::RequireAndVerify => certificate.is_some_and(signed),
    };
    is_one
        && (tls.client_sans.is_empty() || certificate.is_some_and(|(_, name)| tls.client_sans.contains(name)))
}

/// Returns the requests per second and the burst that settings allow.
fn speed(settings: &WebSettings) -> (f64, u64) {
    settings.pace.map_or((f64::INFINITY, u64::MAX), |pace| (1.0 / pace.every.as_secs_f64(), pace.burst))
}

/// Returns true if `new` admits no client that `old` rejects.
fn is_no_wider(old: &WebSettings, new: &WebSettings, clients: &[Client]) -> bool {
    let (before, after) = (speed(old), speed(new));
    let header = |(name, value): &(&str, String)| {
        new.headers.iter().any(|(other, now)| other == name && (now == value || !value.starts_with(now)))
    };
    after.0 <= before.0
        && after.1 <= before.1
        && old.headers.iter().all(header)
        && clients.iter().all(|client| admits(old, client) || !admits(new, client))
}

#[test]
fn no_beginning_of_a_file_that_passes_lets_more_in_than_the_file() {
    let (mut passed, mut refused) = (0, 0);
    for text in files() {
        let Some(old) = parse(&text) else { panic!("{text}") };
        assert!(lowers(&old, &old).is_empty(), "{text}");
        let clients = clients(&old);
        for end in 0..text.len() {
            let Some(new) = parse(&text[..end]) else { continue };
            if lowers(&old, &new).is_empty() {
                passed += 1;
                assert!(is_no_wider(&old, &new, &clients), "{}", &text[..end]);
            } else {
                refused += 1;
            }
        }
    }
    assert!(passed > 10 && refused > 100, "{passed} {refused}: the test tries nothing");
}

#[test]
fn each_restriction_that_is_lowered_is_named() {
    let with = |tls: &str, rest: &str| {
        let text = format!("tls_server_config: {{cert_file: a, key_file: b{tls}}}\n{rest}");
        parse(&text).unwrap_or_else(|| panic!("{text}"))
    };
    let verify = |rest: &str| with(&format!(", client_auth_type: RequireAndVerifyClientCert, {rest}"), "");
    let users = format!("basic_auth_users: {{ann: '{HASH}'}}\n");
    let pace = |text: &str| with("", &format!("rate_limit: {{{text}}}\n"));
    let ca = "client_ca_file: ca";
    let cases = [
        (with("", ""), WebSettings::default(), "`tls_server_config` is removed"),
        (with("", &users), with("", ""), "`basic_auth_users` is removed"),
        (verify(ca), with("", ""), "`client_auth_type` of `tls_server_config` is weaker"),
        (verify(ca), with(", client_auth_type: RequireAnyClientCert", ""), "`client_auth_type`"),
        (verify(ca), verify("client_ca_file: c"), "`client_ca_file` of"),
        (verify(ca), verify("client_ca: c"), "`client_ca_file` of"),
        (
            verify(&format!("{ca}, client_allowed_sans: [x]")),
            verify(ca),
            "`client_allowed_sans` of `tls_server_config` is removed",
        ),
        (
            verify(&format!("{ca}, client_allowed_sans: [a.b]")),
            verify(&format!("{ca}, client_allowed_sans: [a]")),
            "has `a`, which is the beginning of a name that is removed",
        ),
        (with(", min_version: TLS13", ""), with("", ""), "`min_version` of `tls_server_config` is lower"),
        (with("", ""), with(", min_version: TLS10", ""), "`min_version`"),
        (with(", max_version: TLS12", ""), with("", ""), "`max_version`"),
        (with(", cipher_suites: [x]", ""), with("", ""), "`cipher_suites`"),
        (with(", cipher_suites: [x]", ""), with(", cipher_suites: [x, y]", ""), "`cipher_suites`"),
        (with(", curve_preferences: [x]", ""), with(", curve_preferences: [y]", ""), "`curve_preferences`"),
        (with("", ""), with(", prefer_server_cipher_suites: false", ""), "`prefer_server_cipher_suites`"),
        (pace("interval: 1s"), with("", ""), "`rate_limit` is removed"),
        (pace("interval: 1s"), pace("interval: '0'"), "`rate_limit` is removed"),
        (pace("interval: 1s"), pace("interval: 1ms"), "`rate_limit` allows more requests"),
        (pace("interval: 1s, burst: 2"), pace("interval: 1s, burst: 3"), "`rate_limit` allows more requests"),
        (
            with("", "http_server_config: {headers: {Strict-Transport-Security: max-age=31}}\n"),
            with("", "http_server_config: {headers: {X-Frame-Options: deny}}\n"),
            "the header `Strict-Transport-Security` is removed or cut",
        ),
    ];
    for (old, new, expected) in cases {
        let lowered = lowers(&old, &new);
        assert!(lowered.iter().any(|one| one.contains(expected)), "{expected}: {lowered:?}");
    }
}

#[test]
fn an_edit_of_a_list_and_more_restrictions_lower_nothing() {
    let with = |sans: &str, users: &str| {
        let text = format!(
            "tls_server_config: {{cert_file: a, key_file: b, client_auth_type: RequireAndVerifyClientCert, client_ca_file: ca, \
             client_allowed_sans: [{sans}]}}\nbasic_auth_users: {{{users}}}\n"
        );
        parse(&text).unwrap_or_else(|| panic!("{text}"))
    };
    let (ann, bob) = (format!("ann: '{HASH}'"), format!("bob: '{}'", HASH.replace("X0h1", "Y0h1")));
    let old = with("a.b, c.d", &ann);
    for new in [
        with("a.b, c.d, e.f", &ann),
        with("e.f", &ann),
        with("a.b", &format!("{ann}, {bob}")),
        with("a, a.b, c.d", &bob),
    ] {
        assert_eq!(lowers(&old, &new), [""; 0]);
    }
    for (name, stricter) in files().iter().enumerate() {
        assert_eq!(lowers(&WebSettings::default(), &parse(stricter).unwrap()), [""; 0], "{name}");
    }
}

prop_compose! {
    /// Generates any settings, including those that no file can have.
    fn any_settings()(
        has_tls in any::<bool>(), client in 0..5_usize, ca in 0..3_usize, sans in subsequence(vec!["a", "ab", "b"], 0..=3),
        least in 0..4_usize, most in 2..4_usize, suites in subsequence(vec!["x", "y"], 0..=2),
        curves in subsequence(vec!["p", "q"], 0..=2), own_order in any::<bool>(),
        users in subsequence(vec!["ann", "bob"], 0..=2), pace in proptest::option::of((1..3_u64, 0..3_u64)),
        header in proptest::option::of(0..3_usize),
    ) -> WebSettings {
        use ClientAuth::{No, Request, RequireAndVerify, RequireAny, VerifyIfGiven};
        let owned = |list: Vec<&str>| list.into_iter().map(str::to_owned).collect::<Vec<_>>();
        let versions = [Version::Tls10, Version::Tls11, Version::Tls12, Version::Tls13];
        let tls = TlsSettings {
            certificate: Pem::File("c".into()),
            key: Pem::File("k".into()),
            client: [No, Request, RequireAny, VerifyIfGiven, RequireAndVerify][client],
            client_ca: [None, Some(Pem::File("ca".into())), Some(Pem::Text("t".into()))][ca].clone(),
            client_sans: owned(sans),
            least: versions[least],
            most: versions[most],
            cipher_suites: owned(suites),
            curves: owned(curves),
            own_order,
        };
        WebSettings {
            tls: has_tls.then_some(tls),
            headers: header.map(|at| ("X-Frame-Options", ["deny", "d", "sameorigin"][at].to_owned())).into_iter().collect(),
            users: owned(users).into_iter().map(|name| (name, HASH.to_owned())).collect(),
            pace: pace.map(|(every, burst)| RateLimitSettings { every: Duration::from_secs(every), burst }),
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    /// Accepted settings admit no client that the old settings reject, provided that lists only lose entries.
    #[test]
    fn what_passes_is_no_wider(old in any_settings(), mut new in any_settings()) {
        new.users.retain(|user| old.users.is_empty() || old.users.contains(user));
        if let (Some(old), Some(new)) = (&old.tls, &mut new.tls) {
            new.client_sans.retain(|name| old.client_sans.is_empty() || old.client_sans.contains(name));
        }
        if lowers(&old, &new).is_empty() {
            let clients = clients(&old);
            prop_assert!(is_no_wider(&old, &new, &clients), "{:?}", clients.iter().find(|one| !admits(&old, one) && admits(&new, one)));
        }
    }
}
