//! The errors that a service creates or propagates.

use std::error::Error as StdError;
use std::fmt;

use collectington::internals::Reading;
use collectington::{Error, ErrorKind, Family, Kind, Metric, Result, Service, Table, Total};

use super::*;
use crate::support::process::scratch;

/// The error type of a service, as other crates define one.
#[derive(Debug)]
enum OwnError {
    Request(Error),
    Text(&'static str),
}

impl fmt::Display for OwnError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Request(_) => f.write_str("no login"),
            Self::Text(text) => f.write_str(text),
        }
    }
}

impl StdError for OwnError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        match self {
            Self::Request(error) => Some(error),
            Self::Text(_) => None,
        }
    }
}

impl Unpin for OwnError {}

/// A service that propagates each sort of error with `?`.
struct Login;

impl Service for Login {
    fn poll(api: &mut Api) -> Result<Self> {
        let _: u64 = "7".parse()?;
        let _ = std::str::from_utf8(b"text")?;
        let _ = Some(7).ok_or("no seven")?;
        let _: u64 = "7".parse::<u64>().map_err(|error| error.to_string())?;
        let _: u64 = boxed()?;
        own(api)?;
        Err("no error before".into())
    }
}

fn boxed() -> std::result::Result<u64, Box<dyn StdError>> {
    Ok("7".parse()?)
}

fn own(api: &Api) -> std::result::Result<Value, OwnError> {
    api.get().path("login").json().map_err(OwnError::Request)
}

impl Login {
    fn logins(&self) -> std::result::Result<Total<u64>, OwnError> {
        Err(OwnError::Text("no logins for hush-hush-hush"))
    }
}

#[test]
fn an_error_type_of_the_service_keeps_the_facts_of_the_request() {
    let fake = FakeApi::start(|_| Response::new(429).header("retry-after", "30"));
    let error = api(&fake).poll::<Login>().err().unwrap();
    assert_eq!((error.kind(), error.status()), (ErrorKind::Status, Some(429)));
    assert_eq!(error.retry_after().unwrap().as_secs(), 30);
    says(&error, &["no login: 429 Too Many Requests from GET http://", "/v1/login; "]);
}

#[test]
fn an_error_of_another_type_is_redacted_like_any_other() {
    struct Quoting;
    impl Service for Quoting {
        fn poll(api: &mut Api) -> Result<Self> {
            api.get().header("x-key", api.secret("API_KEY")?).send()?;
            let source = Error::new(ErrorKind::Service, "denied for hush-hush-hush");
            Err(OwnError::Request(source))?;
            Ok(Self)
        }
    }
    let secrets = scratch("errors-quoting").join("secrets");
    fs::write(&secrets, "API_KEY=hush-hush-hush\n").unwrap();
    let fake = FakeApi::json("{}");
    let mut api = api_at(&fake.url(""), json!({ "secret_file_path": secrets }));
    assert_eq!(api.poll::<Quoting>().err().unwrap().to_string(), "no login: denied for ***");
}

#[test]
fn a_metric_method_may_return_any_error() {
    const FAMILY: Family =
        Family { name: "m", kind: Kind::Counter, help: "A metric.", unit: "", labels: &[], buckets: &[] };
    const TABLE: Table<Login> = Table {
        service: "test",
        metrics: &[Metric { family: FAMILY, read: |data, into| into.counter(data.logins()) }],
    };
    let mut reading = Reading::default();
    (TABLE.metrics[0].read)(&Login, &mut reading);
    let shown = format!("{:?}", reading.report);
    assert!(shown.contains("no logins for"), "{shown}");
}
