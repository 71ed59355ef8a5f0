//! The conversion of errors of other types.

use std::error::Error as StdError;
use std::time::Duration;
use std::{fmt, io};

use super::*;

/// An error of another crate, with a message and a source.
#[derive(Debug)]
struct Foreign(&'static str, Option<Box<dyn StdError>>);

impl fmt::Display for Foreign {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl StdError for Foreign {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.1.as_deref()
    }
}

fn foreign(message: &'static str, source: impl Into<Box<dyn StdError>>) -> Foreign {
    Foreign(message, Some(source.into()))
}

/// The error of a request to an API whose rate limit is exhausted.
fn of_request() -> Error {
    Error::new(ErrorKind::Status, "429 Too Many Requests")
        .with_status(429)
        .with_retry_after(Some(Duration::from_secs(60)))
        .with_request("GET https://h/jobs")
        .with_help("wait")
}

#[test]
fn any_error_and_any_text_converts() {
    let borrowed = String::from("borrowed");
    let texts = [
        Error::from(borrowed.as_str()),
        Error::from(borrowed.clone()),
        Error::from(Box::<dyn StdError>::from("boxed")),
        Error::from(Foreign("foreign", None)),
        Error::from(io::Error::other("disk")),
        Error::from(fmt::Error),
    ]
    .map(|error| (error.kind(), error.to_string()));
    let expected =
        ["borrowed", "borrowed", "boxed", "foreign", "disk", "an error occurred when formatting an argument"];
    assert_eq!(texts, expected.map(|text| (ErrorKind::Service, text.to_owned())));
}

#[test]
fn the_errors_of_parsers_keep_their_kind_in_a_box_too() {
    let number = || "x".parse::<u8>().unwrap_err();
    let json = || serde_json::from_str::<u8>("[]").unwrap_err();
    for error in [Error::from(number()), Error::from(Box::<dyn StdError>::from(number()))] {
        assert_eq!(error.kind(), ErrorKind::Type);
        assert_eq!(error.to_string(), "not a whole number: invalid digit found in string");
    }
    let text = Error::from(json()).to_string();
    assert_eq!(text, format!("unexpected JSON: {}", json()));
    assert_eq!(Error::from(json()).kind(), ErrorKind::Type);
}

#[test]
fn an_error_of_a_request_keeps_all_its_facts_in_a_box() {
    let boxed: Box<dyn StdError> = of_request().into();
    assert_eq!(Error::from(boxed), of_request());
}

#[test]
fn an_error_of_a_request_keeps_its_facts_as_a_source() {
    let text = of_request().to_string();
    let quotes: &'static str = Box::leak(format!("project web: {text}").into_boxed_str());
    for outer in ["project web", quotes] {
        let error = Error::from(foreign(outer, foreign("no jobs", of_request())));
        assert_eq!((error.status(), error.retry_after()), (Some(429), of_request().retry_after()));
        assert_eq!(error.help(), of_request().help());
        assert_eq!(error.detail(REQUEST), of_request().detail(REQUEST));
        assert_eq!(error.problem.matches("429").count(), 1, "{error}");
        assert!(error.problem.starts_with("project web: "), "{error}");
        assert_eq!(error.to_string().matches("wait").count(), 1, "{error}");
    }
}

#[test]
fn each_source_is_in_the_message_once() {
    let error =
        Error::from(foreign("no lock", foreign("open failed: denied", foreign("denied", "by policy"))));
    assert_eq!(error.to_string(), "no lock: open failed: denied: by policy");
}

/// An error that is its own source.
#[derive(Debug)]
struct Cyclic;

impl fmt::Display for Cyclic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("cyclic")
    }
}

impl StdError for Cyclic {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        Some(self)
    }
}

#[test]
fn sources_without_an_end_are_read_in_part() {
    assert_eq!(Error::from(Cyclic).to_string(), "cyclic");
}

#[test]
fn an_error_passes_through_functions_that_return_boxes() {
    fn inner() -> Result<()> {
        Err(of_request())
    }
    fn boxed() -> std::result::Result<(), Box<dyn StdError>> {
        Ok(inner()?)
    }
    fn sendable() -> std::result::Result<(), Box<dyn StdError + Send + Sync>> {
        Ok(inner()?)
    }
    fn outer() -> Result<()> {
        boxed()?;
        Ok(())
    }
    assert_eq!(outer(), Err(of_request()));
    fn outer_of_sendable() -> Result<()> {
        sendable().map_err(|error| error as Box<dyn StdError>)?;
        Ok(())
    }
    assert_eq!(outer_of_sendable(), Err(of_request()));
}
