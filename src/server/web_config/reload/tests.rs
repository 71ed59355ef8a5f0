use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use super::*;
use crate::server::web_config::WebConfig;
use crate::support::scratch::empty_dir;

/// Returns a config that is recognized by its number of users.
fn users(count: usize) -> String {
    let user = |n| format!("  u{n}: $2y$10$X0h1gDsPszWURQaxFh.zoubFi6DXncSjhoQNJgRrnGs7EsimhC7zG\n");
    format!("basic_auth_users:\n{}", (0..count).map(user).collect::<String>())
}

struct Watching {
    watched: Arc<WatchedFile>,
    watcher: Reloader,
    start: Instant,
}

impl Watching {
    fn new(name: &str, text: &str) -> Self {
        let file = empty_dir(&format!("web-watcher-{name}")).join("web.yml");
        fs::write(&file, text).unwrap();
        let watched = WebConfig::new(Some(&file)).unwrap().0.unwrap();
        Self { watcher: Reloader::new(&watched), watched, start: Instant::now() }
    }

    fn write(&self, text: &str) {
        fs::write(&self.watched.file, text).unwrap();
    }

    /// Returns the number of users in effect after a check at this second.
    fn look(&mut self, second: f64) -> usize {
        self.watcher.look(self.start + Duration::from_secs_f64(second));
        self.watched.rules().users.count()
    }
}

#[test]
fn a_file_is_loaded_after_two_seconds_without_a_change() {
    let mut web = Watching::new("quiet", &users(1));
    assert_eq!([0.0, 10.0].map(|second| web.look(second)), [1, 1]);
    web.write(&users(2));
    assert_eq!([20.0, 21.0, 21.9].map(|second| web.look(second)), [1, 1, 1]);
    web.write(&users(3));
    assert_eq!([22.0, 23.9, 24.0].map(|second| web.look(second)), [1, 1, 3]);
}

#[test]
fn a_file_that_keeps_changing_is_not_loaded() {
    let mut web = Watching::new("changing", &users(1));
    for second in 0..20 {
        web.write(&users(2 + second % 2));
        fs::write(web.watched.file.with_extension("other"), "").unwrap();
        assert_eq!(web.look(f64::from(u32::try_from(second).unwrap())), 1);
    }
    assert!(web.look(21.0) > 1);
}

#[test]
fn a_config_that_lowers_a_restriction_is_tried_again_only_after_a_change() {
    let mut web = Watching::new("lowered", &users(2));
    web.write("");
    assert_eq!([0.0, 2.0, 100.0].map(|second| web.look(second)), [2, 2, 2]);
    assert!(web.watcher.failing.is_none() && web.watcher.pending.is_none());
    web.write(&users(1));
    assert_eq!([200.0, 202.0].map(|second| web.look(second)), [2, 1]);
}

#[test]
fn files_that_a_changed_config_names_have_to_be_unchanged_too() {
    let mut web = Watching::new("named", &users(1));
    let tls = "tls_server_config: {cert_file: server.pem, key_file: server-key.pem}\n";
    web.write(&(users(2) + tls));
    assert_eq!([0.0, 2.0].map(|second| web.look(second)), [1, 1]);
    assert_eq!([4.0, 100.0].map(|second| web.look(second)), [1, 1], "they are missing");
    let folder = web.watched.file.parent().unwrap().to_owned();
    for file in ["server.pem", "server-key.pem"] {
        fs::copy(Path::new("tests/api/tls").join(file), folder.join(file)).unwrap();
    }
    assert_eq!([101.0, 102.0, 103.0].map(|second| web.look(second)), [1, 1, 2]);
    assert!(web.watched.rules().tls.is_some());
    fs::write(folder.join("server.pem"), "half").unwrap();
    assert_eq!([104.0, 106.0].map(|second| web.look(second)), [2, 2]);
    assert!(web.watched.rules().tls.is_some() && web.watcher.failing.is_some());
}

#[test]
fn a_file_put_in_place_by_a_rename_is_a_change_whatever_its_time_and_length() {
    let mut web = Watching::new("renamed", &users(1));
    let (other, renamed) = (web.watched.file.with_extension("new"), users(1).replace("u0", "v0"));
    let modified = fs::metadata(&web.watched.file).unwrap().modified().unwrap();
    fs::write(&other, renamed).unwrap();
    fs::File::options().append(true).open(&other).unwrap().set_modified(modified).unwrap();
    fs::rename(&other, &web.watched.file).unwrap();
    let before = web.watched.rules();
    assert_eq!([0.0, 2.0].map(|second| web.look(second)), [1, 1]);
    assert!(!Arc::ptr_eq(&before, &web.watched.rules()));
}
