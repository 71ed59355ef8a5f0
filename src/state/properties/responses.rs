//! Properties of the recorded responses: they are written together with their samples, and need no extra write.

use super::*;
use crate::author::api::fingerprints::{Fingerprint, Fingerprints};
use crate::state::check::look;
use crate::state::format;

fn of(request: u128, response: u128) -> Fingerprint {
    Fingerprint { request, response }
}

impl Running {
    /// Counts this number of incidents of these responses.
    fn count_of(&mut self, incidents: u64, responses: &Fingerprints) -> bool {
        self.file.set_responses(responses);
        self.count(incidents)
    }

    fn knows(&self, responses: &Fingerprints) -> bool {
        responses.changes(self.file.responses()).is_empty()
    }
}

fn noted(mut responses: Fingerprints, more: impl IntoIterator<Item = Fingerprint>) -> Fingerprints {
    more.into_iter().for_each(|one| responses.note(one));
    responses
}

fn restarted(folder: &Folder, running: Running) -> Running {
    drop(running);
    Running::start(&folder.0)
}

#[test]
fn a_later_process_knows_the_responses_of_a_snapshot_and_of_each_record() {
    let folder = Folder::new("responses");
    let mut running = Running::start(&folder.0);
    let mut known = running.file.responses().clone();
    for n in 1..6 {
        known = noted(known, [of(n % 3, u128::MAX - n), of(100 + n, n)]);
        assert!(running.count_of(n as u64, &known));
        let next = restarted(&folder, running);
        assert!(next.knows(&known) && known.changes(next.file.responses()).is_empty(), "{n}");
        // These writes make records follow records, and not only snapshots.
        running = next;
        known = noted(known, [of(7, n)]);
        assert!(running.count_of(10 + n as u64, &known));
        known = noted(known, [of(8, n)]);
        assert!(running.count_of(20 + n as u64, &known));
    }
    assert!(look(&folder.0, "s").unwrap().contains(" records of the journal"));
    assert!(restarted(&folder, running).knows(&known));
}

#[test]
fn a_response_alone_is_written_only_instead_of_one_that_was() {
    let folder = Folder::new("alone");
    let mut running = Running::start(&folder.0);
    let known = noted(running.file.responses().clone(), [of(1, 1)]);
    assert!(running.count_of(7, &known));
    let before = fs::read(folder.state()).unwrap();
    let more = noted(known.clone(), [of(2, 1)]);
    assert!(running.count_of(7, &more) && running.count_of(7, &noted(more.clone(), [of(1, 1)])));
    assert_eq!(fs::read(folder.state()).unwrap(), before, "a further one, and another order");
    let other = noted(more, [of(1, 2)]);
    assert!(running.count_of(7, &other));
    let after = fs::read(folder.state()).unwrap();
    assert!(after.len() > before.len());
    assert!(running.count_of(7, &other));
    assert_eq!(fs::read(folder.state()).unwrap(), after, "once");
    assert!(restarted(&folder, running).knows(&other), "the older one could become this one again");
}

#[test]
fn as_many_are_in_the_file_as_in_memory_and_the_same() {
    let folder = Folder::new("most");
    let mut running = Running::start(&folder.0);
    let mut known = running.file.responses().clone();
    for n in 1..151_u128 {
        // No record contains the repeated use of an old response.
        known = noted(known, [of(n, n)]);
        known = noted(known, (n > 50).then(|| of(n - 50, n - 50)));
        assert!(running.count_of(n as u64, &known));
    }
    let next = restarted(&folder, running);
    assert!(next.knows(&known) && next.file.responses().changes(&known).is_empty());
    assert!(fs::metadata(folder.state()).unwrap().len() < 64 << 10);
}

#[test]
fn a_crash_leaves_the_responses_of_what_is_counted() {
    let folder = Folder::new("cut");
    let mut running = Running::start(&folder.0);
    let before = noted(running.file.responses().clone(), [of(1, 1)]);
    assert!(running.count_of(7, &before));
    let start = fs::read(folder.state()).unwrap().len();
    let after = noted(before.clone(), [of(1, 2)]);
    assert!(running.count_of(8, &after));
    drop(running);
    let whole = fs::read(folder.state()).unwrap();
    for cut in start..=whole.len() {
        fs::write(folder.state(), &whole[..cut]).unwrap();
        let found = Running::start(&folder.0);
        let expected = if cut == whole.len() { (8, &after) } else { (7, &before) };
        assert!(found.shows(&format!("total_total {}", expected.0)) && found.knows(expected.1), "{cut}");
    }
}

#[test]
fn a_state_of_a_build_without_responses_is_read_and_none_of_them_costs_a_byte() {
    let folder = Folder::new("none");
    let mut running = Running::start(&folder.0);
    assert!(running.count(7) && running.count(8));
    let text = String::from_utf8(fs::read(folder.state()).unwrap()).unwrap();
    assert!(!text.contains("responses"), "{text}");
    let next = restarted(&folder, running);
    assert!(next.file.responses().is_empty() && next.shows("total_total 8"));
}

#[test]
fn what_is_no_list_of_responses_is_no_state() {
    let folder = Folder::new("broken");
    let mut running = Running::start(&folder.0);
    let known = noted(running.file.responses().clone(), [of(1, 1)]);
    assert!(running.count_of(7, &known));
    drop(running);
    let text = String::from_utf8(fs::read(folder.state()).unwrap()).unwrap();
    let body = text.split_once('\n').unwrap().1.replace("\"known\":\"", "\"known\":\"A");
    let mut broken = Vec::new();
    format::write(body.as_bytes(), &mut broken).unwrap();
    fs::write(folder.state(), &broken).unwrap();
    let why = look(&folder.0, "s").unwrap_err().to_string();
    assert!(why.contains("its fingerprints of responses are invalid"), "{why}");
}
