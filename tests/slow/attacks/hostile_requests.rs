//! A catalogue of requests that no scraper sends.

mod header_fields;
mod raw_bytes;
mod request_lines;

use header_fields::{fields, lengths};
use raw_bytes::{bodies, bytes, cut_off};
use request_lines::{lines, methods, targets, versions};

/// A request, and which responses it may have; none at all is one of them where `None` is among them.
pub struct Hostile {
    pub name: String,
    pub bytes: Vec<u8>,
    pub responses: &'static [Option<u16>],
}

/// All kinds.
pub fn kinds() -> Vec<Hostile> {
    let all = [lines(), versions(), targets(), methods(), fields(), lengths(), bodies(), bytes(), cut_off()];
    all.into_iter().flatten().collect()
}

const BAD: &[Option<u16>] = &[Some(400)];
const NOT_FOUND: &[Option<u16>] = &[Some(404)];

fn hostile(name: impl Into<String>, bytes: impl Into<Vec<u8>>, responses: &'static [Option<u16>]) -> Hostile {
    Hostile { name: name.into(), bytes: bytes.into(), responses }
}
