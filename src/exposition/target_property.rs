//! The property that the joined exposition of targets has the exposition of each target, and nothing else.
#![allow(
    clippy::unwrap_used,
    reason = "a test may panic, and clippy does not see that this is one behind features"
)]

use std::collections::BTreeSet;
use std::io::Read as _;
use std::sync::Arc;
use std::time::{Duration, Instant};

use fastrand::Rng;

use super::site::Site;
use super::snapshot::SnapshotFreshness;
use super::status_property::{FAMILIES, after, label_sets, readings};
use crate::fuzz::exposition_parser::{Exposition, Sample, parse_strictly};
use crate::self_metrics::health::Health;
use crate::series::encode::Format;
use crate::series::samples::Samples;
use crate::status::service_info::ServiceInfo;

const TARGETS: [&str; 4] = ["b", "a", "d.1", "c"];

/// A site with targets between two services without targets, and a site for each target alone.
struct Sites {
    joined: Arc<Site>,
    alone: Vec<(Arc<Site>, Samples)>,
    /// The times at which the exposition can change.
    moments: Vec<Instant>,
}

#[test]
fn the_exposition_of_targets_has_the_samples_of_each_in_stable_order() {
    for seed in 0..30 {
        let mut random = Rng::with_seed(seed);
        let mut sites = Sites::new();
        for _ in 0..random.usize(1..6) {
            sites.poll(&mut random);
            let moments: Vec<_> =
                (0..2).map(|_| sites.moments[random.usize(..sites.moments.len())]).collect();
            moments.into_iter().for_each(|now| sites.agree(now, seed));
        }
    }
}

impl Sites {
    fn new() -> Self {
        let site = |names: &[String]| {
            let families = FAMILIES.to_vec();
            let service = |name: &String| ServiceInfo {
                name: name.clone(),
                families: families.iter().map(|family| (*family).into()).collect(),
                ..ServiceInfo::default()
            };
            Site::new(names.iter().map(service).collect(), Health::new().unwrap())
        };
        let targets = TARGETS.map(|target| format!("s/{target}"));
        let names: Vec<_> =
            ["first".to_owned()].into_iter().chain(targets).chain(["last".to_owned()]).collect();
        let alone = TARGETS.map(|_| (site(&["s".to_owned()]), Samples::new(FAMILIES.to_vec(), 400)));
        let sites = Self { joined: site(&names), alone: alone.into(), moments: vec![Instant::now()] };
        for (at, name) in [(0, "first"), (TARGETS.len() + 1, "last")] {
            let text = format!("# HELP {name} h\n# TYPE {name} gauge\n{name} 1\n");
            sites.joined.publish(at, |_, out| out.extend_from_slice(text.as_bytes()));
        }
        sites
    }

    /// Publishes a poll of one target, with gauges that become stale at its own time.
    fn poll(&mut self, random: &mut Rng) {
        let at = random.usize(..TARGETS.len());
        let (site, samples) = &mut self.alone[at];
        let count = if random.u8(..4) == 0 { 40 } else { 4 };
        let short = |text: String| text.chars().take(20).collect::<String>();
        let sets =
            label_sets(random).into_iter().map(|[z, a]| [format!("{}|{}", TARGETS[at], short(z)), short(a)]);
        let sets: BTreeSet<_> = sets.take(count).collect();
        let sets: Vec<_> = sets.into_iter().collect();
        assert_eq!(samples.record(readings(random, &sets), 1e9).errors, []);
        let now = after(self.moments[self.moments.len() - 1]);
        let stale_after = Duration::from_secs(random.u64(1..4) * 1000);
        self.moments.extend([now + stale_after, now + Duration::from_secs(500), now]);
        let freshness = SnapshotFreshness {
            last_success: Some(now),
            stale_after: Some(stale_after),
            ..Default::default()
        };
        site.publishing(0).publish_with(freshness.clone(), samples);
        self.joined.publishing(at + 1).publish_with(freshness, samples);
    }

    fn agree(&self, now: Instant, seed: u64) {
        for format in [Format::Text, Format::OpenMetrics] {
            let (text, zipped) =
                (samples_of(&self.joined, format, false, now), samples_of(&self.joined, format, true, now));
            assert_eq!(text, zipped, "seed {seed}");
            let joined = parse_strictly(&text, format == Format::OpenMetrics);
            assert_eq!(joined.samples.first().unwrap().name, "first");
            assert_eq!(joined.samples.last().unwrap().name, "last");
            let mut rest = joined.samples.len() - 2;
            for (target, (site, _)) in TARGETS.iter().zip(&self.alone) {
                let alone = samples_of(site, format, false, now);
                let alone = parse_strictly(&alone, format == Format::OpenMetrics);
                rest -= alone.samples.len();
                let own = |sample: &&Sample| target_of(sample) == Some(*target);
                let own: Vec<_> = joined.samples.iter().filter(own).collect();
                // The text of a number distinguishes all of them, and NaN equals itself.
                assert_eq!(
                    format!("{own:?}"),
                    format!("{:?}", alone.samples.iter().collect::<Vec<_>>()),
                    "seed {seed}"
                );
                assert!(is_within(&alone, &joined), "seed {seed}: {text}");
            }
            assert_eq!(rest, 0, "seed {seed}: {text}");
            assert!(is_ordered(&joined), "seed {seed}: {text}");
        }
    }
}

/// Returns the samples of the services, without the exporter's own families.
fn samples_of(site: &Site, format: Format, gzip: bool, now: Instant) -> String {
    let (body, is_compressed) = site.metrics(format, gzip, now);
    let (bytes, mut text) = (body.pieces().collect::<Vec<_>>().concat(), String::new());
    match is_compressed {
        true => drop(flate2::read::GzDecoder::new(&bytes[..]).read_to_string(&mut text).unwrap()),
        false => text = String::from_utf8(bytes).unwrap(),
    }
    assert_eq!(is_compressed, gzip);
    let own = text.find("# HELP cton_").unwrap();
    text.truncate(own);
    text
}

fn target_of(sample: &Sample) -> Option<&str> {
    let (_, value) = sample.labels.iter().find(|(name, _)| name == "z")?;
    Some(value.split('|').next().unwrap())
}

/// Returns true if the metadata of one exposition is in another, in its order.
fn is_within(part: &Exposition, whole: &Exposition) -> bool {
    let mut whole = whole.metadata.iter();
    part.metadata.iter().all(|metadata| whole.any(|other| other == metadata))
}

/// Returns true if the samples of a name are in the order of the targets.
fn is_ordered(exposition: &Exposition) -> bool {
    let place = |sample: &Sample| TARGETS.iter().position(|target| target_of(sample) == Some(*target));
    let is_same_kind = |a: &Sample, b: &Sample| a.name == b.name;
    let is_plain = |sample: &Sample| matches!(sample.name.as_str(), "g" | "c_total" | "t" | "i_info");
    let names = exposition.samples.chunk_by(is_same_kind).filter(|samples| is_plain(&samples[0]));
    names.into_iter().all(|samples| samples.is_sorted_by_key(place))
}
