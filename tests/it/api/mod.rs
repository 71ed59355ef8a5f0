//! The client API of services: requests, responses and errors.

mod aws_signatures;
mod bodies;
mod digest;
mod errors;
mod graphql;
mod json_errors;
mod kept_connections;
mod methods;
mod oauth2;
mod oauth2_grants;
mod paging;
mod parallel;
mod proxies;
mod redirects;
mod refresh_tokens;
mod requests;
mod responses;
mod secrets;
mod sessions;
mod settings;
mod tls;
mod tls_errors;
mod tls_trust;
mod unauthorized;

use std::fs;
use std::path::{Path, PathBuf};

use collectington::internals::{Client, Mode};
use collectington::{Api, Error};
use serde_json::{Value, json};

use crate::support::fake_api::{FakeApi, Request, Response};
use crate::support::minimal_service::{api_of, service_at};
use crate::support::shipped_config::config_with;

/// A service whose `api_url` is that one; it does not try again, so that no test waits.
fn api_at(url: &str, more: Value) -> Api {
    api_of(&service_at(url, more), Mode::Live)
}

fn api(fake: &FakeApi) -> Api {
    api_at(&fake.url("/v1"), json!({}))
}

/// The shipped config with that API, keys of its service, and a secret file.
fn config_file(dir: &Path, api_url: &str, more: &Value) -> PathBuf {
    let file = config_with(dir, api_url, &json!({ "api_call_intervals": 60 }), more);
    fs::write(dir.join("secrets"), "API_ID=id\nAPI_KEY=hush\n").unwrap();
    file
}

/// The path and query of each request so far.
fn targets(fake: &FakeApi) -> Vec<String> {
    fake.requests().into_iter().map(|request| request.target).collect()
}

/// Checks that the message of the error contains each of these texts.
fn says(error: &Error, parts: &[&str]) {
    says_all(&error.to_string(), parts);
}

/// Checks that the text contains each of these texts.
fn says_all(text: &str, parts: &[&str]) {
    for part in parts {
        assert!(text.contains(part), "{part:?} is not printed: {text}");
    }
}
