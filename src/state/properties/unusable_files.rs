//! Properties of files that cannot be used: they are put aside, and never overwritten.

use super::*;
use crate::state::check::look;
use crate::state::format;

#[test]
fn a_file_of_no_use_is_put_aside_and_never_overwritten() {
    let folder = Folder::new("aside");
    Running::start(&folder.0).count(7);
    let whole = fs::read(folder.state()).unwrap();
    let newer = [b"collectington-state 3", &whole[21..]].concat();
    let cut = whole[..whole.len() / 2].to_vec();
    let mut bad_key = Vec::new();
    let body = String::from_utf8(whole.clone())
        .unwrap()
        .split_once('\n')
        .unwrap()
        .1
        .replace("\"key\":\"", "\"key\":\"x");
    format::write(body.as_bytes(), &mut bad_key).unwrap();
    let broken = [cut, newer, b"hello".to_vec(), Vec::new(), bad_key];
    for (nth, bytes) in broken.iter().enumerate() {
        fs::write(folder.state(), bytes).unwrap();
        assert!(
            look(&folder.0, "s").unwrap_err().to_string().contains("is invalid and would be put aside: ")
        );
        let mut running = Running::start(&folder.0);
        assert_eq!((running.page().as_str(), &running.kept), ("", &None), "{nth}");
        let aside = folder.0.join(format!("s.state.corrupt-{}", nth + 1));
        assert_eq!(&fs::read(aside).unwrap(), bytes);
        assert!(running.count(1));
    }
    assert!(Running::start(&folder.0).shows("total_total 1"));
}

#[test]
fn when_too_many_are_aside_the_last_one_stays_where_it_is() {
    let folder = Folder::new("many");
    for _ in 0..9 {
        fs::write(folder.state(), "x").unwrap();
        Running::start(&folder.0);
    }
    fs::write(folder.state(), "last").unwrap();
    let mut running = Running::start(&folder.0);
    assert!(!running.count(1), "nothing is written over it");
    assert_eq!(fs::read(folder.state()).unwrap(), b"last");
    fs::remove_file(folder.0.join("s.state.corrupt-4")).unwrap();
    assert!(running.count(2), "as soon as there is room");
    assert_eq!(fs::read(folder.0.join("s.state.corrupt-4")).unwrap(), b"last");
    assert_eq!(folder.files().len(), 11);
}

#[test]
fn the_file_of_another_service_is_put_aside() {
    let folder = Folder::new("other");
    Running::start(&folder.0).count(7);
    fs::rename(folder.state(), folder.0.join("t.state")).unwrap();
    assert!(look(&folder.0, "t").unwrap_err().to_string().contains("put aside: state of the service `s`"));
    let mut samples = Samples::new(FAMILIES.to_vec(), 10);
    assert_eq!(StateFile::open(&folder.0, "t").unwrap().load(&mut samples), None);
    assert_eq!(samples.series_count(), 0);
}

#[test]
fn what_a_killed_process_left_half_written_is_removed() {
    let folder = Folder::new("leftover");
    Running::start(&folder.0).count(7);
    fs::write(folder.0.join(".s.state.new"), "half").unwrap();
    assert!(Running::start(&folder.0).shows("total_total 7"));
    assert_eq!(folder.files(), ["s.lock", "s.state"]);
}
