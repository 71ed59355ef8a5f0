//! Properties of a crash or a power cut: it leaves the state of the last confirmed write or of the write in progress.
//!
//! The state is never a part of a write, and nothing in it is lost or counted twice.

use proptest::collection::vec;
use proptest::prelude::*;

use super::*;
use crate::state::check::look;

/// The damage that a disk may do to the bytes of an unconfirmed write.
#[derive(Debug, Clone)]
enum Damage {
    /// The end of the bytes is missing.
    Cut(prop::sample::Index),
    /// The file has its full length, but zeros from this position on.
    Zeros(prop::sample::Index),
    /// Some sectors have their previous content, because a disk writes sectors in any order.
    Sectors(Vec<bool>),
    /// All bytes are on the disk.
    Nothing,
}

/// The size of a sector in bytes, so small that a record has several.
const SECTOR: usize = 64;

fn damage() -> impl Strategy<Value = Damage> {
    prop_oneof![
        any::<prop::sample::Index>().prop_map(Damage::Cut),
        any::<prop::sample::Index>().prop_map(Damage::Zeros),
        vec(any::<bool>(), 16).prop_map(Damage::Sectors),
        Just(Damage::Nothing),
    ]
}

impl Damage {
    fn of(&self, bytes: &[u8], stale: &[u8]) -> Vec<u8> {
        let mut bytes = bytes.to_vec();
        match self {
            Self::Cut(at) => bytes.truncate(at.index(bytes.len() + 1)),
            Self::Zeros(at) => {
                let at = at.index(bytes.len() + 1);
                bytes[at..].fill(0);
            }
            Self::Sectors(written) => {
                for (nth, sector) in bytes.chunks_mut(SECTOR).enumerate() {
                    if !written[nth % written.len()] {
                        for (byte, old) in sector.iter_mut().zip(stale.iter().skip(nth * SECTOR)) {
                            *byte = *old;
                        }
                    }
                }
            }
            Self::Nothing => {}
        }
        bytes
    }
}

/// Returns the exposition after a restart from this directory, and the kept value.
fn restarted(folder: &Folder) -> (String, Option<String>) {
    let running = Running::start(&folder.0);
    (running.page(), running.kept.clone())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_crash_leaves_the_last_confirmed_state_or_the_one_being_written(
        polls in vec((0_u64..9, damage()), 1..10),
    ) {
        let folder = Folder::new("crash");
        let mut running = Running::start(&folder.0);
        let (mut incidents, mut stale) = (0, Vec::new());
        prop_assert!(running.count(incidents));
        for (more, damage) in polls {
            incidents += more;
            let before = fs::read(folder.state()).unwrap();
            prop_assert!(running.count(incidents));
            let after = fs::read(folder.state()).unwrap();
            drop(running);
            fs::write(folder.state(), &before).unwrap();
            let confirmed = restarted(&folder);
            fs::write(folder.state(), &after).unwrap();
            let unconfirmed = restarted(&folder);
            match after.strip_prefix(&before[..]) {
                Some(record) => {
                    fs::write(folder.state(), [&before[..], &damage.of(record, &stale)].concat()).unwrap();
                    stale = record.to_vec();
                }
                // A new file gets its name only once it is on the disk.
                None => {
                    fs::write(folder.state(), &before).unwrap();
                    fs::write(folder.0.join(".s.state.new"), damage.of(&after, &stale)).unwrap();
                }
            }
            let found = restarted(&folder);
            prop_assert!(found == confirmed || found == unconfirmed, "{:?}: {:?}", damage, found);
            running = Running::start(&folder.0);
            prop_assert!(running.count(incidents));
            let counted = format!("summary_count {incidents}");
            prop_assert!(running.shows(&counted), "{}", running.page());
            // This write makes records follow records, and not only snapshots.
            incidents += 1;
            let counted = format!("histogram_count {incidents}");
            prop_assert!(running.count(incidents) && running.shows(&counted));
        }
        prop_assert_eq!(folder.files(), ["s.lock", "s.state"]);
    }
}

#[test]
fn a_failed_write_is_followed_by_a_whole_one() {
    let folder = Folder::new("failed");
    let mut running = Running::start(&folder.0);
    assert!(running.count(7) && running.count(8));
    let good = fs::read(folder.state()).unwrap();
    let aside = folder.0.join("aside");
    fs::rename(folder.state(), &aside).unwrap();
    fs::create_dir(folder.state()).unwrap();
    assert!(!running.count(9) && !running.count(10));
    fs::remove_dir(folder.state()).unwrap();
    fs::rename(&aside, folder.state()).unwrap();
    assert_eq!(fs::read(folder.state()).unwrap(), good, "what was confirmed stays");
    assert!(running.count(11));
    drop(running);
    assert!(Running::start(&folder.0).shows("summary_count 11"));
}

#[test]
fn a_journal_is_replaced_by_a_snapshot_before_it_is_long() {
    let folder = Folder::new("compact");
    let mut running = Running::start(&folder.0);
    let (mut largest, mut snapshots, mut last) = (0, 0, 0);
    for incidents in 1..1000 {
        assert!(running.count(incidents));
        let size = fs::metadata(folder.state()).unwrap().len();
        largest = largest.max(size);
        snapshots += u32::from(size < last);
        last = size;
    }
    assert!(largest < 2 * 65_536 && (1..9).contains(&snapshots), "{largest} bytes, {snapshots} snapshots");
    drop(running);
    assert!(Running::start(&folder.0).shows("summary_count 999"));
}

#[test]
fn a_journal_that_is_damaged_before_its_end_is_copied_and_counts_up_to_there() {
    let folder = Folder::new("damaged");
    let mut running = Running::start(&folder.0);
    let ends = [5, 6, 7, 8].map(|incidents| {
        assert!(running.count(incidents));
        fs::read(folder.state()).unwrap().len()
    });
    drop(running);
    let mut bytes = fs::read(folder.state()).unwrap();
    bytes[ends[1] + 20] ^= 1;
    fs::write(folder.state(), &bytes).unwrap();
    let said = look(&folder.0, "s").unwrap();
    assert!(said.ends_with(&format!(", {} ignored: damaged", ends[3] - ends[1])), "{said}");
    let mut running = Running::start(&folder.0);
    assert_eq!(fs::read(folder.0.join("s.state.corrupt-1")).unwrap(), bytes);
    assert!(running.shows("summary_count 6") && running.kept.as_deref() == Some("6"));
    assert!(running.count(9) && running.shows("summary_count 9"));
}
