//! The text of `--help`, built from the tables of commands and options.

#[cfg(test)]
mod tests;

use super::command_table::{CommandName, CommandSpec};
use super::option_table::{OptionName, OptionSpec};
use crate::support::exit::EXIT_CODES;

/// The most columns of a line.
const WIDTH: usize = 72;

/// Returns the help of a command, or of the program.
pub(super) fn help(command: Option<&CommandSpec>) -> String {
    command.map_or_else(program, of_command)
}

fn program() -> String {
    let run = CommandName::Run.spec();
    let options: Vec<_> = run.options().chain([OptionName::Version.spec()]).collect();
    let commands: Vec<_> =
        CommandSpec::all().map(|command| (command.word.to_owned(), command.summary.to_owned())).collect();
    let codes = EXIT_CODES.map(|(code, meaning)| (code.to_string(), meaning.to_owned()));
    let examples: Vec<_> =
        CommandSpec::all().filter_map(|command| command.examples.first()).take(5).collect();
    [
        paragraph("Polls HTTP/JSON APIs and serves their numbers as Prometheus metrics."),
        "Usage: cton [COMMAND] -s NAME... [OPTIONS]\n".to_owned(),
        section("Commands", &commands),
        paragraph(&aliases()),
        groups(&options),
        self::examples(&examples),
        section("Exit codes", &codes),
        paragraph("The options above are those of `cton run`. For another command, try 'cton help COMMAND'."),
    ]
    .join("\n")
}

fn of_command(command: &CommandSpec) -> String {
    let argument: Vec<_> = command
        .argument
        .iter()
        .map(|(placeholder, help)| (placeholder.to_string(), help.to_string()))
        .collect();
    let mut parts = vec![
        paragraph(&format!("{}.", capitalized(command.summary))),
        format!("Usage: {}\n", usage(command)),
        paragraph(command.description),
        section("Arguments", &argument),
        groups(&command.options().collect::<Vec<_>>()),
        examples(&command.examples.iter().collect::<Vec<_>>()),
    ];
    parts.extend(
        command.alias.map(|alias| format!("`cton --{alias}` is an alias of `cton {}`.\n", command.word)),
    );
    parts.retain(|part| !part.is_empty());
    parts.join("\n")
}

/// Returns the form of a command line of the command.
pub(super) fn usage(command: &CommandSpec) -> String {
    let mut words = vec!["cton".to_owned(), command.word.to_owned()];
    words.extend(command.argument.map(|(placeholder, _)| placeholder.to_owned()));
    words.extend(command.needs_services.then(|| "-s NAME...".to_owned()));
    let name = |option: &OptionName| names(option.spec()).trim_start().to_owned();
    words.extend(match command.replaces_required {
        [] => command.required.iter().map(name).collect(),
        others => {
            let all: Vec<String> = command.required.iter().chain(others).map(name).collect();
            vec![format!("({})", all.join(" | "))]
        }
    });
    words.extend((command.options.len() > command.required.len()).then(|| "[OPTIONS]".to_owned()));
    words.join(" ")
}

/// Returns the sentence about the options that are aliases of commands.
fn aliases() -> String {
    let aliases: Vec<_> =
        CommandSpec::all().filter_map(|command| Some(format!("--{}", command.alias?))).collect();
    let (last, others) =
        aliases.split_last().map(|(last, others)| (last.as_str(), others)).unwrap_or_default();
    format!("The options {} and {last} are aliases of these commands.", others.join(", "))
}

/// Returns a section for each group of options.
fn groups(options: &[&OptionSpec]) -> String {
    let wide = options.iter().map(|option| names(option).len()).max().unwrap_or_default();
    let mut text = Vec::new();
    for group in options.chunk_by(|one, other| one.group == other.group) {
        let rows: Vec<_> =
            group.iter().map(|option| (format!("{:<wide$}", names(option)), effect(option))).collect();
        text.push(section(group[0].group, &rows));
    }
    text.join("\n")
}

/// Returns the forms of an option with its placeholder, such as `-s, --service NAME`.
pub(super) fn names(option: &OptionSpec) -> String {
    let short = option.short.map_or("    ".to_owned(), |short| format!("-{short}, "));
    let value = option.value.map(|value| format!(" {value}"));
    format!("{short}--{}{}", option.long, value.unwrap_or_default())
}

/// Returns the text of an option.
pub(super) fn effect(option: &OptionSpec) -> String {
    let repeats = if option.repeats { "; may be repeated" } else { "" };
    let default = option.default.map(|default| format!(" (default: {default})"));
    format!("{}{repeats}{}", option.help, default.unwrap_or_default())
}

fn examples(examples: &[&(&str, &str)]) -> String {
    if examples.is_empty() {
        return String::new();
    }
    let lines = examples.iter().map(|(command, effect)| format!("  {command}\n      {effect}\n"));
    "Examples:\n".to_owned() + &lines.collect::<String>()
}

/// Returns a title and rows of a name and its text, or an empty string without rows.
fn section(title: &str, rows: &[(String, String)]) -> String {
    if rows.is_empty() {
        return String::new();
    }
    let wide = rows.iter().map(|(name, _)| name.chars().count()).max().unwrap_or_default();
    let indent = wide + 4;
    let row = |(name, text): &(String, String)| {
        let text = wrapped(text, WIDTH - indent).join(&format!("\n{:indent$}", ""));
        format!("  {name:<wide$}  {text}\n")
    };
    format!("{title}:\n{}", rows.iter().map(row).collect::<String>())
}

fn paragraph(text: &str) -> String {
    wrapped(text, WIDTH).iter().map(|line| format!("{line}\n")).collect()
}

/// Breaks a text into lines of at most `width` columns, between words.
fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + word.chars().count() <= width => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

/// Returns the text with a capital letter at the beginning.
pub(super) fn capitalized(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}
