//! `cton new` fetches the sample itself: the generated service sends the same request, and no secret is in its files.

use std::fs;
use std::path::Path;

use super::scaffold::{printed, project, tree};
use crate::support::fake_api::{FakeApi, Request, Response};

/// The secret file of the package, in which each value contains `hush`.
const KEYS: &str = "TOKEN=hush-t\nAPI_KEY=\"hush-k\"\nPASSWORD='hush-p&1'\n";
/// The response of the API, which repeats a secret and issues another one.
const BODY: &str = r#"{"jobs": 7, "session_token": "hush-s", "echo": "ECHO", "next": "/jobs?page=2"}"#;
/// The services, with the options of their requests.
const SERVICES: [(&str, &[&str]); 6] = [
    ("plain", &["--fetch"]),
    ("by_header", &["--header", "X-Api-Key: $API_KEY", "--header", "Accept-Language: en"]),
    ("by_bearer", &["--bearer", "TOKEN"]),
    ("by_basic", &["--basic", "bob:PASSWORD"]),
    ("by_form", &["--form", "user=b b", "--form", "password=$PASSWORD", "--header", "X-Auth: Key $API_KEY"]),
    ("by_post", &["--post", r#"{"query": "{ jobs($a: 1) }", "login": [{"password": "$PASSWORD"}]}"#]),
];

/// The services of a package that were generated from fetched samples.
pub(crate) struct FetchedServices {
    api: FakeApi,
    /// The request of each service.
    requests: Vec<Request>,
}

impl FetchedServices {
    /// Adds the services to a package.
    pub(crate) fn add_to(dir: &Path) -> Self {
        let api = FakeApi::start(|request| match request.path() {
            "/plain" => Response::new(302).header("location", "/moved?units=metric"),
            "/by_header" => {
                Response::json(BODY.replace("ECHO", "hush-k")).header("set-cookie", "SID=hush-c; Path=/")
            }
            _ => Response::json(BODY).header("set-cookie", "SID=hush-c; Path=/"),
        });
        write_keys(dir);
        let mut requests = Vec::new();
        for (name, options) in SERVICES {
            let url = api.url(&format!("/{name}?units=metric"));
            let mut arguments = vec!["new", name, "--url", &url];
            arguments.extend(options);
            if name != "plain" {
                arguments.extend(["--secret-file", "keys"]);
            }
            let (code, text) = printed(dir, &arguments);
            assert!(code == Some(0) && text.contains("the response has further pages"), "{name}: {text}");
            assert!(!text.contains("hush"), "{text}");
            requests.push(api.requests().pop().unwrap());
        }
        let files = tree(dir).into_iter().filter(|(path, _)| !path.ends_with("keys"));
        for (path, bytes) in files {
            assert!(!String::from_utf8_lossy(&bytes).contains("hush"), "{}", path.display());
        }
        Self { api, requests }
    }

    /// Checks that a poll of each service sends the request that fetched its sample.
    pub(crate) fn check_polls(&self, poll: &dyn Fn(&str) -> String) {
        let sent = |request: &Request| {
            let headers = ["authorization", "x-api-key", "x-auth", "accept-language", "content-type"];
            let headers = headers.map(|name| request.header(name).map(str::to_owned));
            let Request { method, target, body, .. } = request.clone();
            (method, target, body, headers)
        };
        for ((name, _), fetched) in SERVICES.iter().zip(&self.requests) {
            let page = poll(name);
            assert!(page.contains(&format!("\n{name}_jobs 7\n")), "{page}");
            assert_eq!(sent(&self.api.requests().pop().unwrap()), sent(fetched), "{name}");
        }
        let bodies = self.requests.iter().map(|request| String::from_utf8_lossy(&request.body).into_owned());
        let bodies: Vec<String> = bodies.collect();
        assert_eq!(bodies[4], "user=b+b&password=hush-p%261");
        assert_eq!(bodies[5], r#"{"login":[{"password":"hush-p&1"}],"query":"{ jobs($a: 1) }"}"#);
        let header = |at: usize, name: &str| self.requests[at].header(name).map(str::to_owned);
        assert_eq!(header(1, "x-api-key").as_deref(), Some("hush-k"));
        assert_eq!(header(2, "authorization").as_deref(), Some("Bearer hush-t"));
        assert_eq!(header(3, "authorization").as_deref(), Some("Basic Ym9iOmh1c2gtcCYx"));
        assert_eq!(header(4, "x-auth").as_deref(), Some("Key hush-k"));
    }
}

fn write_keys(dir: &Path) {
    fs::write(dir.join("keys"), KEYS).unwrap();
    #[cfg(unix)]
    fs::set_permissions(dir.join("keys"), std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
}

#[test]
fn a_failed_fetch_reports_the_error_of_the_exporter_and_writes_nothing() {
    let dir = project("unfetched");
    write_keys(&dir);
    let api = FakeApi::start(|request| match request.path() {
        "/401" => Response::new(401).body("no such key: hush-t"),
        "/html" => Response::new(200).header("content-type", "text/html").body("<html>Log in</html>"),
        "/xml" => Response::new(200).header("content-type", "text/xml").body("<a/>"),
        "/csv" => Response::new(200).header("content-type", "text/csv").body("a,b\n1,2\n"),
        "/away" => Response::new(302).header("location", "http://127.0.0.2:1/"),
        "/404" => Response::new(404),
        _ => Response::new(500),
    });
    let before = tree(&dir);
    for (path, code, expected) in [
        ("/401", 1, "check TOKEN in keys"),
        ("/html", 1, "web page instead of JSON"),
        ("/away", 1, "http://127.0.0.2:1"),
        ("/404", 1, "check `--url` and the path"),
        ("/500", 1, "500 Internal Server Error"),
    ] {
        let url = api.url(path);
        let options = ["new", "x", "--url", &url, "--bearer", "TOKEN", "--secret-file", "keys"];
        let (found, text) = printed(&dir, &options);
        assert!(found == Some(code) && text.contains(expected), "{expected}: {text}");
        assert!(!text.contains("api_url") && !text.contains("secret_file_path"), "{text}");
        assert!(text.contains("pass it with `--sample FILE`") && !text.contains("hush"), "{text}");
    }
    for (path, expected) in [("/xml", "the response:1:1: "), ("/csv", "the response:1:1: ")] {
        let (found, text) = printed(&dir, &["new", "x", "--url", &api.url(path), "--fetch"]);
        assert!(found == Some(1) && text.contains(expected), "{expected}: {text}");
    }
    let url = api.url("/x");
    for (options, expected) in [
        (["--bearer", "MISSING", "--secret-file", "keys"], "MISSING"),
        (["--bearer", "TOKEN", "--secret-file", "nowhere"], "nowhere does not exist"),
        (["--bearer", "hush", "--secret-file", "keys"], "needs the key of a secret"),
        (["--sample", "x.json", "--bearer", "TOKEN"], "`--sample` and `--bearer` exclude each other"),
        (["--post", "{}", "--form", "a=b"], "`--post` and `--form` exclude each other"),
    ] {
        let (code, text) = printed(&dir, &[&["new", "x", "--url", &url], options.as_slice()].concat());
        assert!(code != Some(0) && text.contains(expected) && !text.contains("hush"), "{expected}: {text}");
    }
    assert_eq!(tree(&dir), before);
}
