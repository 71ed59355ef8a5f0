//! The manual page and the completions of shells, made of the options themselves.
//!
//! `UPDATE_GOLDENS=1 cargo test --lib options` writes those in packaging/ anew.

mod completions;
mod manual;

use std::collections::BTreeSet;

use argh::{ArgsInfo as _, CommandInfoWithArgs, FlagInfo, FlagInfoKind, Optionality};

use super::{Options, ParsedArguments};

/// What each file begins with.
const MADE: &str = "Made from src/cli/options.rs by `UPDATE_GOLDENS=1 cargo test --lib options`.";

/// An option as the pages show it.
struct Flag {
    short: Option<char>,
    /// With its dashes.
    long: String,
    /// What its value is called, if it has one.
    value: Option<String>,
    repeats: bool,
    description: String,
}

/// What can be completed for a value, by what it is called.
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
            // argh does not say of this one what it is.
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

/// Holds a file of packaging/ against what is made now.
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
