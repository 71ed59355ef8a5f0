//! The property that a state file of any bytes is set aside or loaded, and that loaded state is saved unchanged.

use std::fs;

use crate::author::family::Family;
use crate::config::Kind;
use crate::series::encode::Format;
use crate::series::samples::Samples;
use crate::state::state_file::StateFile;
use crate::support::checksum::{checksum, checksum_of};

const ONE: Family =
    Family { name: "total", kind: Kind::Counter, help: "h", unit: "", labels: &[], buckets: &[] };
const FAMILIES: [Family; 5] = [
    ONE,
    Family { name: "once", labels: &["z", "a"], ..ONE },
    Family { name: "summary", kind: Kind::Summary, ..ONE },
    Family { name: "histogram", kind: Kind::Histogram, buckets: &[-1.0, 0.5, 1e9], ..ONE },
    Family { name: "gauge", kind: Kind::Gauge, ..ONE },
];

/// Checks the property. Bytes that begin with `{` are the snapshot of a state file, and each further line is the JSON
/// of a journal record. Other bytes are a whole file.
pub(super) fn property(bytes: &[u8]) {
    let dir = super::folder("state");
    let file = dir.join("s.state");
    let _ = fs::remove_dir_all(&dir).and_then(|()| fs::create_dir_all(&dir));
    let whole = if bytes.starts_with(b"{") { with_header(bytes) } else { bytes.to_vec() };
    assert!(fs::write(&file, &whole).is_ok());
    let samples = run(bytes, &dir).0;
    let (again, kept) = run(bytes, &dir);
    assert_eq!(kept.as_deref(), Some(KEPT));
    for format in [Format::Text, Format::OpenMetrics] {
        let exposition = encoded(&samples, format);
        super::exposition_parser::parse_strictly(&exposition, format == Format::OpenMetrics);
        assert_eq!(exposition, encoded(&again, format));
    }
}

fn with_header(lines: &[u8]) -> Vec<u8> {
    let mut lines = lines.split(|byte| *byte == b'\n');
    let body = lines.next().unwrap_or_default();
    let mut before = checksum(body);
    let mut file = format!("collectington-state 2 {before:08x} {}\n", body.len()).into_bytes();
    file.extend(body);
    for json in lines {
        before = checksum_of(&[&before.to_le_bytes(), json]);
        file.extend(
            format!("{before:08x} {} ", json.len()).bytes().chain(json.iter().copied()).chain([b'\n']),
        );
    }
    file
}

/// The value of `keep` that each run saves, as JSON.
const KEPT: &str = "\"kept\"";

/// Loads the state file, and saves it again.
fn run(bytes: &[u8], dir: &std::path::Path) -> (Samples, Option<String>) {
    let mut samples = Samples::new(FAMILIES.to_vec(), 1000);
    let file = StateFile::open(dir, "s");
    assert!(file.is_ok(), "{:?}", String::from_utf8_lossy(bytes));
    let kept = file.ok().and_then(|mut file| {
        let kept = file.load(&mut samples);
        assert!(file.save(&mut samples, Some(KEPT)));
        kept
    });
    (samples, kept)
}

fn encoded(samples: &Samples, format: Format) -> String {
    let mut out = Vec::new();
    samples.encode(format, &mut out);
    String::from_utf8_lossy(&out).into_owned()
}
