//! The documents: each link has a target, each option exists.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

#[test]
fn every_relative_link_leads_to_a_file_and_a_heading() {
    let mut broken = Vec::new();
    for file in documents() {
        for link in links(&prose(&read(&file))) {
            if !link.contains("://") && !leads_somewhere(&file, &link) {
                broken.push(format!("{}: {link}", file.display()));
            }
        }
    }
    assert!(broken.is_empty(), "{broken:#?}");
}

#[test]
fn every_command_and_option_in_the_documents_exists() {
    let commands = commands();
    let help: String =
        commands.iter().map(|command| help(&["help", command])).collect::<String>() + &help(&["help"]);
    let known: BTreeSet<&str> = options(&help).collect();
    assert!(known.contains("--replay") && commands.contains("once"), "{help}");
    for file in documents() {
        for line in read(&file).lines() {
            for arguments in command_lines(line) {
                for option in options(arguments) {
                    assert!(known.contains(option), "{}: {option}: {line}", file.display());
                }
                let word = arguments.split(|c: char| !(c.is_alphanumeric() || c == '-')).next().unwrap();
                let is_command = word.is_empty() || word.starts_with('-') || commands.contains(word);
                assert!(is_command, "{}: {word}: {line}", file.display());
            }
        }
    }
}

fn help(arguments: &[&str]) -> String {
    let help = Command::new(env!("CARGO_BIN_EXE_cton")).args(arguments).output().unwrap();
    String::from_utf8(help.stdout).unwrap()
}

/// The commands that the help lists.
fn commands() -> BTreeSet<String> {
    let help = help(&["help"]);
    let (_, rest) = help.split_once("\nCommands:\n").unwrap();
    let names = rest.lines().take_while(|line| !line.is_empty()).filter_map(|line| line.strip_prefix("  "));
    let names = names.filter(|line| !line.starts_with(' ')).filter_map(|line| line.split(' ').next());
    names.map(str::to_owned).collect()
}

/// The arguments of each command line in a line of a document: in a code span, or the whole line.
fn command_lines(line: &str) -> impl Iterator<Item = &str> {
    let spans = line.split('`').skip(1).step_by(2);
    std::iter::once(line).chain(spans).filter_map(|text| {
        ["cton ", "cargo run --release -- "]
            .iter()
            .find_map(|program| text.trim_start().strip_prefix(program))
    })
}

#[test]
fn the_readme_leads_to_the_book_and_the_book_to_every_document() {
    let (readme, summary) = (root().join("README.md"), root().join("docs/SUMMARY.md"));
    let linked = |from: &Path| -> BTreeSet<PathBuf> {
        let beside = |link| from.with_file_name(link);
        links(&prose(&read(from))).map(beside).collect()
    };
    let (front, book) = (linked(&readme), linked(&summary));
    for file in documents().into_iter().filter(|file| *file != readme && *file != summary) {
        let is_page = file.starts_with(root().join("docs"));
        let (from, links) = if is_page { ("docs/SUMMARY.md", &book) } else { ("README.md", &front) };
        assert!(links.contains(&file), "{from} has no link to {}", file.display());
    }
    assert!(front.contains(&root().join("docs/README.md")));
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn documents() -> Vec<PathBuf> {
    let directories = [root(), root().join("docs")];
    let files = directories
        .iter()
        .flat_map(|directory| fs::read_dir(directory).unwrap())
        .map(|entry| entry.unwrap().path());
    let mut files: Vec<_> = files.filter(|file| file.extension().is_some_and(|end| end == "md")).collect();
    files.sort();
    assert!(files.len() > 5, "{files:?}");
    files
}

fn read(file: &Path) -> String {
    fs::read_to_string(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
}

/// The text without what stands in code blocks.
fn prose(text: &str) -> String {
    text.split("```").step_by(2).collect()
}

fn links(text: &str) -> impl Iterator<Item = String> {
    text.split("](").skip(1).filter_map(|rest| Some(rest.split_once(')')?.0.to_owned()))
}

fn leads_somewhere(from: &Path, link: &str) -> bool {
    let (path, heading) = link.split_once('#').map_or((link, None), |(path, heading)| (path, Some(heading)));
    let file = if path.is_empty() { from.to_owned() } else { from.with_file_name(path) };
    file.exists() && heading.is_none_or(|heading| headings(&read(&file)).any(|other| other == heading))
}

/// As GitHub makes anchors of them.
fn headings(text: &str) -> impl Iterator<Item = String> {
    let titles =
        text.lines().filter(|line| line.starts_with('#')).map(|line| line.trim_start_matches('#').trim());
    titles.map(|title| {
        let kept = title.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
        kept.collect::<String>().to_lowercase().replace(' ', "-")
    })
}

fn options(text: &str) -> impl Iterator<Item = &str> {
    let words = text.split(|c: char| !(c.is_alphanumeric() || c == '-'));
    words.filter(|word| word.len() > 2 && word.starts_with("--"))
}
