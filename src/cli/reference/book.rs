//! The page "Command line" of the book.

use super::super::command_table::{COMMANDS, CommandSpec};
use super::super::help::{capitalized, usage};
use super::super::option_table::OptionSpec;
use super::{MADE, TOOLS};
use crate::support::exit::EXIT_CODES;

/// Returns the whole page.
pub(super) fn page() -> String {
    let mut text = format!(
        "# Command line\n\n<!-- {MADE} -->\n\nThis page lists each command of `cton` with its options. `cton help` and `cton help COMMAND` print \
         the same text.\n\n```text\ncton [COMMAND] -s NAME... [OPTIONS]\n```\n\nWithout a command, `cton` runs [`cton run`](#cton-run). \
         The value of an option follows a space or `=`.\n\n## Commands\n\n| command | alias | effect |\n|---|---|---|\n"
    );
    COMMANDS.iter().for_each(|command| text += &row(command));
    text += &format!("\n{TOOLS}\n");
    COMMANDS.iter().for_each(|command| text += &section(command));
    text += "\n## Exit codes\n\n| code | meaning |\n|---:|---|\n";
    EXIT_CODES.iter().for_each(|(code, meaning)| text += &format!("| {code} | {meaning} |\n"));
    text
}

/// Returns the row of a command in the table of commands.
fn row(command: &CommandSpec) -> String {
    let CommandSpec { word, summary, .. } = command;
    let alias = command.alias.map(|alias| format!("`--{alias}`")).unwrap_or_default();
    format!("| [`{word}`](#cton-{word}) | {alias} | {summary} |\n")
}

fn section(command: &CommandSpec) -> String {
    let mut text = format!("\n## cton {}\n\n", command.word);
    text += format!("{}. {}", capitalized(command.summary), command.description).trim_end();
    text += &format!("\n\n```text\n{}\n```\n", usage(command));
    text += &arguments(command);
    text += &options(command);
    for (line, effect) in command.examples {
        text += &format!("\n{}:\n\n```sh\n{line}\n```\n", capitalized(effect));
    }
    text
}

fn arguments(command: &CommandSpec) -> String {
    let row = |(placeholder, help): (&str, &str)| {
        format!("\n| argument | effect |\n|---|---|\n| `{placeholder}` | {help} |\n")
    };
    command.argument.map(row).unwrap_or_default()
}

fn options(command: &CommandSpec) -> String {
    let rows: String = command.options.iter().map(|option| option_row(option.spec())).collect();
    if rows.is_empty() {
        return rows;
    }
    format!("\n| option | effect | default |\n|---|---|---|\n{rows}")
}

fn option_row(option: &OptionSpec) -> String {
    let short = option.short.map(|short| format!("`-{short}`, ")).unwrap_or_default();
    let value = option.value.map(|value| format!(" {value}")).unwrap_or_default();
    let repeats = if option.repeats { "; may be repeated" } else { "" };
    let (long, help, default) = (option.long, option.help, option.default.unwrap_or_default());
    format!("| {short}`--{long}{value}` | {help}{repeats} | {default} |\n")
}
