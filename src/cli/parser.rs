//! Parses the command line by the tables of commands and options.

#[cfg(test)]
mod tests;

use lexopt::Arg;

use super::command_table::{COMMANDS, CommandName, CommandSpec};
use super::option_table::{EXCLUSIVE, OPTIONS, OptionName, OptionSpec};
use super::options::Options;
use crate::config::near;
use crate::support::diagnostic::Diagnostic;

/// Parses the arguments after the program name. `--help` and `--version` become the commands of these names.
///
/// # Errors
/// The command line is invalid.
pub(super) fn parse(arguments: impl IntoIterator<Item = String>) -> Result<Options, Diagnostic> {
    let mut parser = Parser::default();
    parser.read(arguments).and_then(|()| parser.check()).map_err(|error| error.manual(parser.manual()))?;
    Ok(parser.options)
}

#[derive(Default)]
struct Parser {
    options: Options,
    /// The options so far.
    given: Vec<OptionName>,
    /// The commands so far, by word or alias, each as it was given.
    commands: Vec<(&'static CommandSpec, String)>,
}

impl Parser {
    fn command(&self) -> Option<&'static CommandSpec> {
        self.commands.last().map(|(command, _)| *command)
    }

    /// Returns the command line that explains the command.
    fn manual(&self) -> String {
        let word = self.command().map(|command| format!("{} ", command.word)).unwrap_or_default();
        format!("cton {word}--help")
    }

    /// Reads words up to the end, or to `--help` or `--version`.
    fn read(&mut self, arguments: impl IntoIterator<Item = String>) -> Result<(), Diagnostic> {
        let mut words = lexopt::Parser::from_args(arguments);
        while let Some(word) = words.next().map_err(|error| lexical(&error))? {
            let (given, option) = match word {
                Arg::Value(word) => {
                    self.word(word.to_string_lossy().into_owned())?;
                    continue;
                }
                Arg::Short(short) => {
                    (format!("-{short}"), OPTIONS.iter().find(|option| option.short == Some(short)))
                }
                Arg::Long(long) => (format!("--{long}"), OPTIONS.iter().find(|option| option.long == long)),
            };
            match option {
                Some(option) if option.name == OptionName::Help => return self.ask(CommandName::Help),
                Some(option) if option.name == OptionName::Version => return self.ask(CommandName::Version),
                Some(option) => self.option(&given, option, &mut words)?,
                None => self.alias(given)?,
            }
        }
        Ok(())
    }

    /// Replaces the command with one that prints about it.
    fn ask(&mut self, name: CommandName) -> Result<(), Diagnostic> {
        let argument = self.command().map(|command| command.word.to_owned());
        *self = Self { options: Options { argument, ..Options::default() }, ..Self::default() };
        self.select(name.spec(), name.spec().word.to_owned())
    }

    /// Takes a word that is no option: the command, or its argument.
    fn word(&mut self, word: String) -> Result<(), Diagnostic> {
        match self.command() {
            None => self.select(command(&word)?, word),
            Some(command) if command.argument.is_some() && self.options.argument.is_none() => {
                self.options.argument = Some(word);
                Ok(())
            }
            Some(_) => Err(Diagnostic::new(format!("unexpected argument `{word}`"))),
        }
    }

    /// Takes an option that is an alias of a command.
    fn alias(&mut self, given: String) -> Result<(), Diagnostic> {
        let of = |command: &&CommandSpec| command.alias.is_some_and(|alias| given == format!("--{alias}"));
        match COMMANDS.iter().find(of) {
            Some(command) => self.select(command, given),
            None => Err(self.unknown(&given)),
        }
    }

    fn unknown(&self, given: &str) -> Diagnostic {
        let known = self.command().unwrap_or(CommandName::Run.spec()).options().map(|option| option.long);
        let aliases = CommandSpec::all().filter_map(|command| command.alias);
        let known = known.chain(aliases.filter(|_| self.commands.is_empty()));
        let error = Diagnostic::new(format!("unknown option `{given}`"));
        match near(given.trim_start_matches('-'), known) {
            _ if given == "--port" => error.help("choose the port with `--listen :PORT`"),
            Some(similar) => error.help(format!("a similar option exists: `--{similar}`")),
            None => error,
        }
    }

    fn select(&mut self, command: &'static CommandSpec, given: String) -> Result<(), Diagnostic> {
        if !command.is_included() {
            return Err(Diagnostic::new(format!("`{given}` is not in this binary"))
                .help("use a binary that was built with the feature `tools`"));
        }
        self.commands.push((command, given));
        Ok(())
    }

    fn option(
        &mut self,
        given: &str,
        option: &OptionSpec,
        words: &mut lexopt::Parser,
    ) -> Result<(), Diagnostic> {
        if self.given.contains(&option.name) && !option.repeats {
            return Err(Diagnostic::new(format!("`{given}` is given twice")));
        }
        let value = match option.value {
            None => String::new(),
            Some(placeholder) => {
                let value = words.value().ok().and_then(|value| value.into_string().ok());
                value.ok_or_else(|| Diagnostic::new(format!("`{given}` needs a value: {placeholder}")))?
            }
        };
        self.given.push(option.name);
        self.options.set(option.name, value).map_err(|error| error.within(format!("`{given}`")))
    }

    /// True if the command takes the option.
    fn applies(&self, option: OptionName) -> bool {
        self.command().unwrap_or(CommandName::Run.spec()).options.contains(&option)
    }

    /// Checks that the command and its options fit each other.
    fn check(&mut self) -> Result<(), Diagnostic> {
        self.one_command()?;
        let command = self.command().unwrap_or(CommandName::Run.spec());
        self.options.command = command.name;
        if let Some(option) = self.given.iter().find(|option| !self.applies(**option)) {
            let long = option.spec().long;
            return Err(Diagnostic::new(format!("`--{long}` does not apply to `cton {}`", command.word)));
        }
        let both =
            |(one, other): &&(OptionName, OptionName)| self.given.contains(one) && self.given.contains(other);
        if let Some((one, other)) = EXCLUSIVE.iter().find(both) {
            return Err(exclusive(&[one, other].map(|option| format!("`--{}`", option.spec().long))));
        }
        self.complete(command)
    }

    fn one_command(&self) -> Result<(), Diagnostic> {
        let mut commands = self.commands.iter().map(|(command, _)| command);
        match commands.next() {
            Some(first) if commands.any(|other| other != first) => {
                let given = self.commands.iter().map(|(_, given)| format!("`{given}`"));
                Err(exclusive(&given.collect::<Vec<_>>()))
            }
            _ => Ok(()),
        }
    }

    /// Checks that nothing is missing.
    fn complete(&self, spec: &CommandSpec) -> Result<(), Diagnostic> {
        let argument = self.options.argument.as_deref();
        if spec.name == CommandName::Help {
            return argument.map_or(Ok(()), |word| command(word).map(drop));
        }
        let word =
            spec.argument.filter(|_| argument.is_none()).map(|(placeholder, _)| placeholder.to_owned());
        let option = spec.required.iter().find(|option| !self.given.contains(option)).map(|option| {
            let OptionSpec { long, value, .. } = option.spec();
            format!("--{long} {}", value.unwrap_or_default())
        });
        match word.or(option) {
            Some(missing) => Err(Diagnostic::new(format!("`cton {}` needs {missing}", spec.word))),
            None => Ok(()),
        }
    }
}

/// Returns the command of a word.
fn command(word: &str) -> Result<&'static CommandSpec, Diagnostic> {
    CommandSpec::of(word).ok_or_else(|| {
        let error = Diagnostic::new(format!("unknown command `{word}`"));
        match near(word, CommandSpec::all().map(|command| command.word)) {
            Some(similar) => error.help(format!("a similar command exists: `{similar}`")),
            None => error,
        }
    })
}

fn exclusive(given: &[String]) -> Diagnostic {
    Diagnostic::new(format!("{} exclude each other", given.join(" and "))).help("give one of them")
}

/// Converts the error of a value that follows an option without one.
fn lexical(error: &lexopt::Error) -> Diagnostic {
    match error {
        lexopt::Error::UnexpectedValue { option, .. } => {
            Diagnostic::new(format!("`{option}` takes no value"))
        }
        error => Diagnostic::new(error.to_string()),
    }
}
