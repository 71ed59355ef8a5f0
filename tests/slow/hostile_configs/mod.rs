//! A hostile config.json causes no panic and injects no code.
//!
//! An accepted file becomes the generator's own Rust, and a refused one an error with line and column.

mod configs;
mod words;

use std::fs;
use std::panic::catch_unwind;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use collectington::internals::config::load;
use collectington::internals::generate;

use crate::support::config_properties::{self, generated_file, names, tried};
use configs::Case;

#[test]
fn no_config_panics_or_injects_code_and_each_error_has_its_position() {
    let cases = configs::all();
    let next = AtomicUsize::new(0);
    let taken = thread::scope(|scope| {
        let running: Vec<_> = (0..4).map(|_| scope.spawn(|| take(&cases, &next))).collect();
        running.into_iter().map(|part| part.join().unwrap()).fold(Taken::default(), Taken::and)
    });
    let Taken { accepted, refused, wrong, slowest } = taken;
    println!(
        "{} configs: {accepted} accepted, {refused} refused, {} wrong; the slowest, {}, took {:.1?}",
        cases.len(),
        wrong.len(),
        slowest.1,
        slowest.0
    );
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(accepted > 250 && refused > 250);
}

#[test]
fn the_valid_config_is_accepted() {
    let text = configs::good().to_string();
    assert_eq!(tried(&directory("good"), text.as_bytes()), Ok(true));
}

#[test]
fn injected_code_is_detected() {
    let directory = directory("foreign");
    let file = directory.join("config.json");
    fs::write(&file, configs::good().to_string()).unwrap();
    let made = generate(Path::new(""), &file, &directory.join("services")).unwrap().text;
    let names = names(&load(&file).unwrap());
    let check = |from: &str, to: &str| {
        assert!(made.contains(from), "{from}");
        generated_file::check(&made.replacen(from, to, 1), &names)
    };
    assert_eq!(check("mod shop;", "mod shop;"), Ok(()));
    for (from, to) in [
        ("mod shop;", "mod shop; fn evil() {}"),
        ("mod shop;", "mod evil;"),
        ("static PROGRAM", "#[no_mangle] static PROGRAM"),
        ("static PROGRAM", "static EVIL: u8 = 0; static PROGRAM"),
        ("each(&self.team);", "each(&self.team); evil();"),
        ("pub team:", "pub evil:"),
        ("to_label(team)", "to_label(evil())"),
        ("pub fn new(", "pub fn evil() {} pub fn new("),
        ("pub type TeamLabels<'a> = ", "pub type TeamLabels<'a> = Evil<'a>; type Other<'a> = "),
        ("pub mod labels {", "pub mod labels { pub use self::evil as shop;"),
        ("data.wait()", "data.wait(evil())"),
        ("\"Open orders.\"", "evil!()"),
        ("\"Open orders.\"", "{ evil() }"),
        ("Open orders.", "Open \u{202e}orders."),
    ] {
        assert!(check(from, to).is_err(), "{to}");
    }
}

/// What came of the cases.
#[derive(Default)]
struct Taken {
    accepted: usize,
    refused: usize,
    wrong: Vec<String>,
    slowest: (Duration, String),
}

impl Taken {
    fn and(mut self, other: Self) -> Self {
        self.accepted += other.accepted;
        self.refused += other.refused;
        self.wrong.extend(other.wrong);
        Self { slowest: self.slowest.max(other.slowest), ..self }
    }
}

/// Tries the next case as long as there is one, beside others that do the same.
fn take(cases: &[Case], next: &AtomicUsize) -> Taken {
    let directory = directory("any");
    let mut taken = Taken::default();
    while let Some((name, bytes)) = cases.get(next.fetch_add(1, Ordering::Relaxed)) {
        let begun = Instant::now();
        match catch_unwind(|| tried(&directory, bytes)) {
            Ok(Ok(true)) => taken.accepted += 1,
            Ok(Ok(false)) => taken.refused += 1,
            Ok(Err(why)) => taken.wrong.push(format!("{name}: {why}")),
            Err(_) => taken.wrong.push(format!("{name}: a panic")),
        }
        taken.slowest = taken.slowest.max((begun.elapsed(), name.clone()));
    }
    taken
}

/// A directory that nothing else uses.
fn directory(name: &str) -> PathBuf {
    static CALLS: AtomicUsize = AtomicUsize::new(0);
    let (process, call) = (std::process::id(), CALLS.fetch_add(1, Ordering::Relaxed));
    let directory =
        PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("configs-{name}-{process}-{call}"));
    config_properties::prepare(&directory);
    directory
}
