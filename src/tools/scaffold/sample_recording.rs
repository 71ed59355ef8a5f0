//! A sample response as a recording, from which the new service can be replayed.

use std::time::SystemTime;

use crate::fetch::cassette::http_file::Exchange;
use crate::fetch::url::Url;

/// Returns the content of the recording.
pub(super) fn file(service: &str, url: &Url, source: &str, body: &[u8]) -> Vec<u8> {
    let header = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let date = httpdate::fmt_http_date(SystemTime::now());
    let exchange = Exchange {
        method: "GET".to_owned(),
        target: url.target(),
        request_headers: vec![header("host", url.authority())],
        status: 200,
        headers: vec![header("content-type", "application/json"), header("date", &date)],
        body: body.to_vec(),
        ..Exchange::default()
    };
    let note = format!(
        "# Made by `cton new` from {source}. To record what the API says: cton -s {service} --once --record DIR\n"
    );
    [note.into_bytes(), exchange.to_bytes()].concat()
}
