//! Properties of any config.json: it becomes the generator's own Rust, or errors with positions.

#[path = "generated_file.rs"]
pub mod generated_file;

use std::fs;
use std::path::Path;

use collectington::internals::config::{Config, Mistakes, load, parse};
use collectington::internals::generate;
use generated_file::Names;

/// A service of which nothing is known, so that no metric is missing in it.
const SERVICE: &str = "pub struct Shop;\nmacro_rules! anything { () => {} }\nanything!();\n";

/// Makes a directory in which configs can be tried.
pub fn prepare(directory: &Path) {
    fs::create_dir_all(directory.join("services")).unwrap();
    fs::write(directory.join("services/shop.rs"), SERVICE).unwrap();
}

/// Whether it was accepted; what is wrong with how it was taken.
pub fn tried(directory: &Path, bytes: &[u8]) -> Result<bool, String> {
    let file = directory.join("config.json");
    fs::write(&file, bytes).unwrap();
    let of_file = load(&file);
    if let (Ok(text), true) = (std::str::from_utf8(bytes), bytes.len() <= 1 << 20) {
        if parse(&file.display().to_string(), text) != of_file {
            return Err("the text and the file are read differently".to_owned());
        }
    }
    match generate(Path::new(""), &file, &directory.join("services")) {
        Err(mistakes) => told(&mistakes, bytes).map(|()| false),
        Ok(made) => {
            let config = of_file.map_err(|mistakes| format!("built, but not read: {mistakes}"))?;
            let again = parse("config.json", &config.to_json());
            if again.as_ref().map(Config::to_json) != Ok(config.to_json()) {
                return Err(format!("the compiled-in config is another: {again:?}"));
            }
            generated_file::check(&made.text, &names(&config))?;
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
        !(1..=lines).contains(&mistake.place.line)
            || mistake.place.column == 0
            || !is_plain(&mistake.problem.to_string())
    });
    match wrong {
        Some(mistake) => Err(format!("{mistake:?}")),
        None if mistakes.list.is_empty() => Err("refused without a word".to_owned()),
        None => Ok(()),
    }
}

/// What its generated file may name.
pub fn names(config: &Config) -> Names {
    let mut names = Names::default();
    for service in &config.services {
        names.services.insert(service.name.clone());
        names.modules.insert(service.module.value.clone());
        for metric in service.metrics.iter() {
            names.labels.extend(metric.labels.iter().cloned());
            names.structs.insert(struct_name(&metric.name));
            names.structs.insert(struct_name(&(metric.labels.join("_") + "_labels")));
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
