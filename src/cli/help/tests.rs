//! Tests of the help.

use super::*;
use crate::cli::command_table::COMMANDS;
use crate::cli::option_table::OPTIONS;

#[test]
fn no_line_is_wider_than_the_limit() {
    let texts = CommandSpec::all().map(|command| help(Some(command))).chain([help(None)]);
    for line in texts.flat_map(|text| text.lines().map(str::to_owned).collect::<Vec<_>>()) {
        assert!(line.chars().count() <= WIDTH, "{line}");
    }
}

#[test]
fn the_help_lists_every_command_every_option_and_every_exit_code() {
    let text = help(None);
    for word in CommandSpec::all().map(|command| command.word) {
        assert!(text.contains(&format!("\n  {word} ")), "{word} is missing in:\n{text}");
    }
    for option in CommandName::Run.spec().options() {
        assert!(text.contains(&format!("\n  {}", names(option))), "{option:?} is missing in:\n{text}");
    }
    for (code, meaning) in EXIT_CODES {
        assert!(text.contains(&format!("\n  {code:<2}  {meaning}\n")), "{code} is missing in:\n{text}");
    }
}

#[test]
fn the_help_of_a_command_lists_its_options_and_no_others() {
    for command in &COMMANDS {
        let text = help(Some(command));
        for option in OPTIONS.iter() {
            let is_listed = text.contains(&format!("\n  {}", names(option)));
            assert_eq!(is_listed, command.options().any(|own| own == option), "{option:?}:\n{text}");
        }
    }
}

#[test]
fn a_text_is_wrapped_between_words() {
    assert_eq!(wrapped("one two  three", 7), ["one two", "three"]);
    assert_eq!(wrapped("longer-than-it", 3), ["longer-than-it"]);
}
