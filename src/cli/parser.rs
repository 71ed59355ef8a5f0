//! Parses the command line with argh, and checks it by the table of commands.

#[cfg(test)]
mod tests;

use argh::FromArgs as _;

use super::command_table::{CommandName, CommandSpec};
use super::help::usage;
use super::option_table::{EXCLUSIVE, OPTIONS, OptionName, OptionSpec};
use super::options::Options;
use crate::config::near;
use crate::support::diagnostic::Diagnostic;
use crate::support::shell::word;

/// Parses the arguments after the program name. `--help` and `--version` are the commands of these names.
///
/// # Errors
/// The command line is invalid.
pub(super) fn parse(arguments: impl IntoIterator<Item = String>) -> Result<Options, Diagnostic> {
    let arguments: Vec<String> = arguments.into_iter().collect();
    let words = split(&arguments)?;
    if let Some(help) = help(&words) {
        return Ok(help);
    }
    if let Some(option) = empty_path(&words) {
        return Err(manual(Diagnostic::new(format!("the path of `{option}` is empty")), &words));
    }
    let options = Options::from_args(&["cton"], &words).map_err(|exit| unparsed(&exit.output, &words))?;
    check(&options).map_err(|error| manual(error, &words))?;
    Ok(options)
}

/// Returns the command `help` for a command line with `--help`, valid or not.
fn help(words: &[&str]) -> Option<Options> {
    words.iter().find(|word| ["-h", "--help"].contains(word))?;
    let help = ["help"].into_iter().chain(command_of(words).map(|command| command.word));
    Some(Options { words: help.map(str::to_owned).collect(), ..Options::default() })
}

/// Splits `--option=value` into two words, because argh does not.
fn split(arguments: &[String]) -> Result<Vec<&str>, Diagnostic> {
    let mut words = Vec::new();
    for argument in arguments {
        match argument.split_once('=').filter(|(option, _)| option.starts_with("--")) {
            Some((option, _)) if takes_no_value(option) => {
                return Err(manual(Diagnostic::new(format!("`{option}` takes no value")), &words));
            }
            Some((option, value)) => words.extend([option, value]),
            None => words.push(argument),
        }
    }
    Ok(words)
}

/// Returns the first option whose path is empty, as that of an unset variable of a shell is.
fn empty_path<'w>(words: &[&'w str]) -> Option<&'w str> {
    let is_path =
        |name: &str| option(name).is_some_and(|option| matches!(option.value, Some("FILE" | "DIR")));
    words.windows(2).find(|pair| is_path(pair[0]) && pair[1].is_empty()).map(|pair| pair[0])
}

fn takes_no_value(option: &str) -> bool {
    self::option(option).is_some_and(|option| option.value.is_none()) || command_of_alias(option).is_some()
}

/// Adds the command line that explains the command.
fn manual(error: Diagnostic, words: &[&str]) -> Diagnostic {
    let command = command_of(words);
    error.manual(format!(
        "cton {}--help",
        command.map(|command| format!("{} ", command.word)).unwrap_or_default()
    ))
}

/// Returns the first command of a command line that may be invalid.
fn command_of(words: &[&str]) -> Option<&'static CommandSpec> {
    let is_value = |place: usize| {
        let option = place.checked_sub(1).and_then(|before| option(words[before]));
        option.is_some_and(|option| option.value.is_some())
    };
    let mut others = (0..words.len()).filter(|place| !is_value(*place)).map(|place| words[place]);
    others.find_map(|word| CommandSpec::of(word).or_else(|| command_of_alias(word)))
}

/// Returns the command of an alias, such as `--once`.
fn command_of_alias(word: &str) -> Option<&'static CommandSpec> {
    CommandSpec::all().find(|command| command.alias.is_some_and(|alias| word == format!("--{alias}")))
}

/// Returns the option of a long or a short form.
fn option(given: &str) -> Option<&'static OptionSpec> {
    let is_given = |option: &&OptionSpec| {
        given == format!("--{}", option.long)
            || option.short.is_some_and(|short| given == format!("-{short}"))
    };
    OPTIONS.iter().find(is_given)
}

/// Rewords an error of argh.
fn unparsed(text: &str, words: &[&str]) -> Diagnostic {
    let text = text.trim_end();
    let error = if let Some(given) = text.strip_prefix("Unrecognized argument: ") {
        unknown(given, words)
    } else if let Some(rest) = text.strip_prefix("No value provided for option '") {
        without_value(rest.trim_end_matches("'."))
    } else if let Some(rest) = text.strip_prefix("Error parsing option '") {
        with_value(rest, words)
    } else {
        Diagnostic::new(text)
    };
    manual(error, words)
}

fn unknown(given: &str, words: &[&str]) -> Diagnostic {
    let command = command_of(words);
    let known = command.unwrap_or(CommandName::Run.spec()).options().map(|option| option.long);
    let aliases = CommandSpec::all().filter_map(|command| command.alias);
    let known = known.chain(aliases.filter(|_| command.is_none()));
    let error = Diagnostic::new(format!("unknown option `{given}`"));
    if let Some((short, value)) = attached(given) {
        return error.help(format!("write `{short} {}`", word(value.as_ref())));
    }
    match near(given.trim_start_matches('-'), known) {
        _ if given == "--port" => error.help("choose the port with `--listen :PORT`"),
        Some(similar) => error.help(format!("a similar option exists: `--{similar}`")),
        None => error,
    }
}

/// Splits a short option from the value that is attached to it, as in `-c=FILE` or `-cFILE`.
fn attached(given: &str) -> Option<(&str, &str)> {
    let (short, value) = given.split_at_checked(2)?;
    option(short).filter(|option| option.value.is_some())?;
    Some((short, value.strip_prefix('=').unwrap_or(value)))
}

fn without_value(given: &str) -> Diagnostic {
    let value = option(given).and_then(|option| option.value).unwrap_or("VALUE");
    Diagnostic::new(format!("`{given}` needs a value: {value}"))
}

/// Returns the error of a value, from the text `OPTION' with value 'VALUE': PROBLEM`.
fn with_value(rest: &str, words: &[&str]) -> Diagnostic {
    let given = rest.split('\'').next().unwrap_or_default();
    let problem = words.iter().find_map(|word| rest.strip_prefix(&format!("{given}' with value '{word}': ")));
    match problem.unwrap_or("invalid value") {
        "duplicate values provided" => Diagnostic::new(format!("`{given}` is given twice")),
        text => {
            let (problem, help) = text.rsplit_once('\n').unwrap_or((text, ""));
            let error = Diagnostic::new(format!("`{given}`: {problem}"));
            if help.is_empty() { error } else { error.help(help) }
        }
    }
}

/// Checks that the command and its options fit each other.
fn check(options: &Options) -> Result<(), Diagnostic> {
    if options.version {
        return Ok(());
    }
    let command = one_command(options)?;
    if let Some(extra) = options.words.get(usize::from(command.argument.is_some()) + 1) {
        let error = Diagnostic::new(format!("unexpected argument `{extra}`"));
        let is_service = command.argument.is_none() && command.options.contains(&OptionName::Service);
        return Err(if is_service { error.help(select(command, extra)) } else { error });
    }
    let given = options.given();
    let is_accepted = |option| {
        command.options.contains(option) || options.words.is_empty() && command.alias_options.contains(option)
    };
    if let Some(option) = given.iter().find(|option| !is_accepted(option)) {
        let long = option.spec().long;
        return Err(Diagnostic::new(format!("`--{long}` does not apply to `cton {}`", command.word)));
    }
    if let Some((one, other)) =
        EXCLUSIVE.iter().find(|(one, other)| given.contains(one) && given.contains(other))
    {
        return Err(exclusive(&[one, other].map(|option| format!("`--{}`", option.spec().long))));
    }
    complete(command, options)
}

/// Returns the command, which is at most one and in this binary.
fn one_command(options: &Options) -> Result<&'static CommandSpec, Diagnostic> {
    let word = options
        .words
        .first()
        .map(|word| command(word, Some(select(CommandName::Run.spec(), word))))
        .transpose()?;
    let aliases: Vec<_> = options.commands().skip(usize::from(word.is_some())).collect();
    let alias = |command: &CommandSpec| format!("`--{}`", command.alias.unwrap_or_default());
    let given = word.map(|command| (command, format!("`{}`", command.word)));
    let given: Vec<_> =
        given.into_iter().chain(aliases.iter().map(|command| (*command, alias(command)))).collect();
    match given.as_slice() {
        [] => Ok(CommandName::Run.spec()),
        [(first, _), others @ ..] if others.iter().any(|(other, _)| other != first) => {
            Err(exclusive(&given.into_iter().map(|(_, given)| given).collect::<Vec<_>>()))
        }
        [(command, given), ..] if !command.is_included() => {
            Err(Diagnostic::new(format!("{given} is not in this binary"))
                .help("use a binary that was built with the feature `tools`"))
        }
        [(command, _), ..] => Ok(command),
    }
}

/// Returns the help for a service that is given as a command or an argument.
fn select(command: &CommandSpec, service: &str) -> String {
    format!("select a service with `-s`: `cton {} -s {}`", command.word, word(service.as_ref()))
}

/// Returns the command of a word. The help is for a word that is similar to no command.
fn command(word: &str, help: Option<String>) -> Result<&'static CommandSpec, Diagnostic> {
    CommandSpec::of(word).ok_or_else(|| {
        let error = Diagnostic::new(format!("unknown command `{word}`"));
        match near(word, CommandSpec::all().map(|command| command.word)) {
            Some(similar) => error.help(format!("a similar command exists: `{similar}`")),
            None => help.into_iter().fold(error, Diagnostic::help),
        }
    })
}

/// Checks that nothing is missing.
fn complete(spec: &CommandSpec, options: &Options) -> Result<(), Diagnostic> {
    let argument = options.argument();
    if spec.name == CommandName::Help {
        return argument.map_or(Ok(()), |word| command(word, None).map(drop));
    }
    let word = spec.argument.filter(|_| argument.is_none()).map(|(placeholder, _)| placeholder.to_owned());
    let given = options.given();
    let is_replaced = spec.replaces_required.iter().any(|option| given.contains(option));
    let mut required = spec.required.iter().filter(|_| !is_replaced);
    let option = required.find(|option| !given.contains(option)).map(|option| {
        let OptionSpec { long, value, .. } = option.spec();
        format!("--{long} {}", value.unwrap_or_default())
    });
    match word.or(option) {
        Some(missing) => Err(Diagnostic::new(format!("`cton {}` needs {missing}", spec.word))
            .help(format!("use the form `{}`", usage(spec)))),
        None => Ok(()),
    }
}

fn exclusive(given: &[String]) -> Diagnostic {
    Diagnostic::new(format!("{} exclude each other", given.join(" and "))).help("give one of them")
}
