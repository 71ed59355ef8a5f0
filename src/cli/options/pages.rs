//! The manual page and the shell completions, generated from the options.
//!
//! `UPDATE_GOLDENS=1 cargo test --lib options` updates the files in packaging/.

mod completions;
mod manual;

use std::collections::BTreeSet;

use argh::{ArgsInfo as _, CommandInfoWithArgs, FlagInfo, FlagInfoKind, Optionality};

use super::{Options, ParsedArguments};

/// The notice at the beginning of each generated file.
const MADE: &str = "Made from src/cli/options.rs by `UPDATE_GOLDENS=1 cargo test --lib options`.";

/// An option in the manual page and the completions.
struct Flag {
    short: Option<char>,
    /// The long name, with its dashes.
    long: String,
    /// The name of the value, if the option takes one.
    value: Option<String>,
    repeats: bool,
    description: String,
}

/// The completions for a value, selected by the name of the value.
enum Words {
    Services,
    Files,
    Folders,
    Of(&'static str),
    Anything,
}

impl Flag {
    fn all(command: &CommandInfoWithArgs) -> Vec<Self> {
        command.flags.iter().filter(|flag| !flag.hidden).map(Self::new).collect()
    }

    fn new(flag: &FlagInfo<'_>) -> Self {
        let value = match flag.kind {
            FlagInfoKind::Switch => None,
            FlagInfoKind::Option { arg_name } => Some(arg_name.to_owned()),
        };
        Self {
            // argh does not report the short form of `--help`.
            short: flag.short.or_else(|| (flag.long == "--help").then_some('h')),
            long: format!("--{}", flag.long.trim_start_matches('-')),
            value,
            repeats: flag.optionality == Optionality::Repeating,
            description: flag.description.to_owned(),
        }
    }

    fn words(&self) -> Option<Words> {
        Some(match self.value.as_deref()? {
            "name" => Words::Services,
            "file" => Words::Files,
            "dir" | "folder" => Words::Folders,
            "format" => Words::Of("logfmt json"),
            _ => Words::Anything,
        })
    }
}

/// Compares a file of packaging/ with its generated text, or updates the file.
fn is_current(file: &str, text: &str) {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("packaging").join(file);
    if std::env::var_os("UPDATE_GOLDENS").is_some() {
        std::fs::write(&path, text).unwrap();
    }
    let found = std::fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(found, text, "`UPDATE_GOLDENS=1 cargo test --lib options` writes packaging/{file} anew");
}

#[test]
fn the_manual_page_and_the_completions_have_every_option() {
    let command = Options::get_args_info();
    let flags = Flag::all(&command);
    is_current("cton.1", &manual::page(&command, &flags));
    is_current("completions/cton.bash", &completions::bash(&command, &flags));
    is_current("completions/_cton", &completions::zsh(&command, &flags));
    is_current("completions/cton.fish", &completions::fish(&command, &flags));
}

#[test]
fn the_options_of_the_pages_are_those_of_the_help() {
    let ParsedArguments::Help(help) = Options::parse(["--help".to_owned()]) else { panic!("no help") };
    let lines = help.lines().filter(|line| line.starts_with("  -"));
    let named = lines.filter_map(|line| line.split_whitespace().find(|word| word.starts_with("--")));
    let flags = Flag::all(&Options::get_args_info());
    assert_eq!(named.collect::<BTreeSet<_>>(), flags.iter().map(|flag| flag.long.as_str()).collect());
}
