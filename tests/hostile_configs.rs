//! What a hostile config.json can do to a build: nothing.
//!
//! Whatever the file holds, reading and generating end without a panic; what is accepted becomes the generator's own
//! Rust, and what is not is refused with line and column.
#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout, reason = "a test may panic")]

#[path = "support/configs.rs"]
mod configs;
#[path = "support/generated.rs"]
mod generated;
#[path = "support/words.rs"]
mod words;

use std::fs;
use std::panic::catch_unwind;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use collectington::build::generate;
use collectington::config::{Config, Mistakes, load, parse};
use configs::Case;
use generated::Names;

/// A service of which nothing is known, so that no metric is missing in it.
const SERVICE: &str = "pub struct Shop;\nmacro_rules! anything { () => {} }\nanything!();\n";

#[test]
fn no_config_panics_or_brings_code_of_its_own_and_each_refusal_has_its_place() {
    let cases = configs::all();
    let parts: Vec<_> = (0..4).map(|part| cases.iter().skip(part).step_by(4)).collect();
    let taken = thread::scope(|scope| {
        let running =
            parts.into_iter().enumerate().map(|(part, cases)| scope.spawn(move || take(part, cases)));
        let running: Vec<_> = running.collect();
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
    assert!(accepted > 250 && refused > 250 && slowest.0 < Duration::from_secs(30));
}

#[test]
fn the_good_config_is_accepted() {
    let text = configs::good().to_string();
    assert_eq!(tried(&folder("good"), text.as_bytes()), Ok(true));
}

#[test]
fn what_the_generator_does_not_write_is_seen() {
    let folder = folder("foreign");
    let file = folder.join("config.json");
    fs::write(&file, configs::good().to_string()).unwrap();
    let made = generate(Path::new(""), &file, &folder.join("services")).unwrap().text;
    let names = names(&load(&file).unwrap());
    let check = |from: &str, to: &str| {
        assert!(made.contains(from), "{from}");
        generated::check(&made.replacen(from, to, 1), &names)
    };
    assert_eq!(check("mod shop;", "mod shop;"), Ok(()));
    for (from, to) in [
        ("mod shop;", "mod shop; fn evil() {}"),
        ("mod shop;", "mod evil;"),
        ("static PROGRAM", "#[no_mangle] static PROGRAM"),
        ("static PROGRAM", "static EVIL: u8 = 0; static PROGRAM"),
        ("each(&self.team);", "each(&self.team); evil();"),
        ("pub team:", "pub evil:"),
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

fn take<'a>(part: usize, cases: impl Iterator<Item = &'a Case>) -> Taken {
    let folder = folder(&part.to_string());
    let mut taken = Taken::default();
    for (name, bytes) in cases {
        let begun = Instant::now();
        match catch_unwind(|| tried(&folder, bytes)) {
            Ok(Ok(true)) => taken.accepted += 1,
            Ok(Ok(false)) => taken.refused += 1,
            Ok(Err(why)) => taken.wrong.push(format!("{name}: {why}")),
            Err(_) => taken.wrong.push(format!("{name}: a panic")),
        }
        taken.slowest = taken.slowest.max((begun.elapsed(), name.clone()));
    }
    taken
}

/// Whether it was accepted; what is wrong with how it was taken.
fn tried(folder: &Path, bytes: &[u8]) -> Result<bool, String> {
    let file = folder.join("config.json");
    fs::write(&file, bytes).unwrap();
    if let (Ok(text), true) = (std::str::from_utf8(bytes), bytes.len() <= 1 << 20) {
        let of_text = parse(&file.display().to_string(), text);
        if of_text != load(&file) {
            return Err("the text and the file are read differently".to_owned());
        }
    }
    match generate(Path::new(""), &file, &folder.join("services")) {
        Err(mistakes) => told(&mistakes, bytes).map(|()| false),
        Ok(made) => {
            let config = load(&file).map_err(|mistakes| format!("built, but not read: {mistakes}"))?;
            let again = parse("config.json", &config.to_json());
            if again.as_ref().map(Config::to_json) != Ok(config.to_json()) {
                return Err(format!("the compiled-in config is another: {again:?}"));
            }
            generated::check(&made.text, &names(&config))?;
            Ok(true)
        }
    }
}

/// Every mistake has a place within the file, and words that a terminal and cargo take as words.
fn told(mistakes: &Mistakes, bytes: &[u8]) -> Result<(), String> {
    let lines = bytes.iter().filter(|byte| **byte == b'\n').count() + 1;
    let is_plain =
        |text: &str| !text.chars().any(|c| c.is_control() || "\u{202e}\u{2066}\u{200b}\u{feff}".contains(c));
    let wrong = mistakes.list.iter().find(|mistake| {
        !(1..=lines).contains(&mistake.place.line) || mistake.place.column == 0 || !is_plain(&mistake.text)
    });
    match wrong {
        Some(mistake) => Err(format!("{mistake:?}")),
        None if mistakes.list.is_empty() => Err("refused without a word".to_owned()),
        None => Ok(()),
    }
}

fn names(config: &Config) -> Names {
    let mut names = Names::default();
    for service in &config.services {
        names.services.insert(service.name.clone());
        names.modules.insert(service.module.value.clone());
        for metric in &service.metrics {
            names.labels.extend(metric.labels.iter().cloned());
            names.structs.insert(struct_name(&metric.name));
        }
    }
    names
}

/// The metric's words in capitals, without what separates them.
fn struct_name(metric: &str) -> String {
    let mut capital = true;
    let mut name = String::new();
    for c in metric.chars() {
        if c == '_' {
            capital = true;
        } else {
            name.push(if capital { c.to_ascii_uppercase() } else { c });
            capital = false;
        }
    }
    let is_type = name != "Self" && name.starts_with(|c: char| c.is_ascii_alphabetic());
    if is_type { name } else { format!("Metric{name}") }
}

fn folder(name: &str) -> PathBuf {
    let folder =
        PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("configs-{name}-{}", std::process::id()));
    fs::create_dir_all(folder.join("services")).unwrap();
    fs::write(folder.join("services/shop.rs"), SERVICE).unwrap();
    folder
}
