//! A state file of any bytes is put aside or goes on; what goes on is what is written again.

use std::fs;

use crate::checksum::checksum;
use crate::config::Kind;
use crate::sample::{Format, Samples};
use crate::service::Family;
use crate::state::StateFile;

const ONE: Family =
    Family { name: "total", kind: Kind::Counter, help: "h", unit: "", labels: &[], buckets: &[] };
const FAMILIES: [Family; 5] = [
    ONE,
    Family { name: "once", labels: &["z", "a"], ..ONE },
    Family { name: "summary", kind: Kind::Summary, ..ONE },
    Family { name: "histogram", kind: Kind::Histogram, buckets: &[-1.0, 0.5, 1e9], ..ONE },
    Family { name: "gauge", kind: Kind::Gauge, ..ONE },
];

/// Of bytes that begin with `{` and the body of a state file, or of a whole one.
pub(super) fn law(bytes: &[u8]) {
    let dir = super::folder("state");
    let file = dir.join("s.state");
    let _ = fs::remove_dir_all(&dir).and_then(|()| fs::create_dir_all(&dir));
    let whole = if bytes.starts_with(b"{") { with_header(bytes) } else { bytes.to_vec() };
    assert!(fs::write(&file, &whole).is_ok());
    let (samples, kept) = run(bytes, &dir);
    let (again, kept_again) = run(bytes, &dir);
    assert_eq!(kept, kept_again);
    for format in [Format::Text, Format::OpenMetrics] {
        let page = encoded(&samples, format);
        super::page::parse_strictly(&page, format == Format::OpenMetrics);
        assert_eq!(page, encoded(&again, format));
    }
}

fn with_header(body: &[u8]) -> Vec<u8> {
    let header = format!("collectington-state 1 {:08x} {}\n", checksum(body), body.len());
    [header.as_bytes(), body].concat()
}

/// Starts with what lies there, and writes it.
fn run(bytes: &[u8], dir: &std::path::Path) -> (Samples, Option<String>) {
    let mut samples = Samples::new(FAMILIES.to_vec(), 1000);
    let file = StateFile::open(dir, "s");
    assert!(file.is_ok(), "{:?}", String::from_utf8_lossy(bytes));
    let kept = file.ok().and_then(|mut file| {
        let kept = file.load(&mut samples);
        assert!(file.save(&mut samples, kept.as_deref()));
        kept
    });
    (samples, kept)
}

fn encoded(samples: &Samples, format: Format) -> String {
    let mut out = Vec::new();
    samples.encode(format, &mut out);
    String::from_utf8_lossy(&out).into_owned()
}
