//! Errors on standard error, in the format of cargo: the problem, details, and help.

use std::fmt;

use super::printable::escaped;
use crate::config::{Mistake, Mistakes, Problem};

/// An error for a person: one problem, the facts behind it, and imperatives that fix it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Diagnostic {
    problem: String,
    details: Vec<(&'static str, String)>,
    help: Vec<String>,
    /// The command whose output explains the command line.
    manual: Option<String>,
}

impl Diagnostic {
    /// Creates an error of the form `<object>: <problem>`, without details and help.
    pub(crate) fn new(problem: impl Into<String>) -> Self {
        Self { problem: problem.into(), details: Vec::new(), help: Vec::new(), manual: None }
    }

    /// Adds a fact.
    pub(crate) fn detail(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.details.push((name, value.into()));
        self
    }

    /// Adds an imperative that fixes the problem.
    pub(crate) fn help(mut self, imperative: impl Into<String>) -> Self {
        self.help.push(imperative.into());
        self
    }

    /// Converts the text of each imperative.
    #[cfg(all(feature = "run", feature = "tools"))]
    pub(crate) fn map_help(mut self, convert: impl Fn(String) -> String) -> Self {
        self.help = self.help.into_iter().map(convert).collect();
        self
    }

    /// Puts the object of the problem before it: a service, a file or an option.
    pub(crate) fn within(mut self, object: impl fmt::Display) -> Self {
        self.problem = format!("{object}: {}", self.problem);
        self
    }

    /// Refers to a command, such as `cton --help`, on the last line.
    pub(crate) fn manual(mut self, command: impl Into<String>) -> Self {
        self.manual = Some(command.into());
        self
    }

    /// Returns the error as fields of a log line.
    pub(crate) fn log_fields(&self) -> Vec<(&'static str, String)> {
        let details = self.details.iter().map(|(name, value)| (*name, escaped(value).to_string()));
        let help = (!self.help.is_empty()).then(|| ("hint", self.help.join("; ")));
        std::iter::once(("error", self.problem.clone())).chain(details).chain(help).collect()
    }

    /// Renders the lines, with the colours of cargo if `coloured`.
    pub(crate) fn rendered(&self, coloured: bool) -> String {
        let paint = |code: &str, word: &str| {
            if coloured { format!("\x1b[{code}m{word}\x1b[0m") } else { word.to_owned() }
        };
        let mut text = format!("{}: {}\n", paint("1;31", "error"), escaped(&self.problem));
        for (name, value) in &self.details {
            text += &format!("  |  {name}: {}\n", escaped(value));
        }
        for imperative in &self.help {
            text += &format!("  = {}: {}\n", paint("36", "help"), escaped(imperative));
        }
        if let Some(command) = &self.manual {
            text += &format!("\nFor more information, try '{command}'.\n");
        }
        text
    }
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.rendered(false))
    }
}

impl From<String> for Diagnostic {
    fn from(problem: String) -> Self {
        Self::new(problem)
    }
}

impl From<&str> for Diagnostic {
    fn from(problem: &str) -> Self {
        Self::new(problem)
    }
}

impl From<Problem> for Diagnostic {
    fn from(problem: Problem) -> Self {
        Self { help: problem.help, ..Self::new(problem.text) }
    }
}

impl From<&Mistakes> for Vec<Diagnostic> {
    fn from(mistakes: &Mistakes) -> Self {
        let located = |mistake: &Mistake| {
            Diagnostic::from(mistake.problem.clone()).within(mistake.place.within(&mistakes.file))
        };
        mistakes.list.iter().map(located).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failure() -> Diagnostic {
        Diagnostic::new("401 Unauthorized from GET https://h/")
            .detail("response", "{}")
            .help("check API_KEY in ./splunk")
            .within("splunk")
    }

    #[test]
    fn the_problem_its_details_and_its_help_have_a_line_each() {
        let expected = "error: splunk: 401 Unauthorized from GET https://h/\n  |  response: {}\n  = help: check API_KEY in ./splunk\n";
        assert_eq!(failure().to_string(), expected);
    }

    #[test]
    fn only_the_words_error_and_help_are_coloured() {
        let coloured = failure().rendered(true);
        assert!(coloured.starts_with("\x1b[1;31merror\x1b[0m: splunk: "), "{coloured:?}");
        assert!(coloured.contains("\n  = \x1b[36mhelp\x1b[0m: check "), "{coloured:?}");
        assert_eq!(coloured.matches('\x1b').count(), 4);
    }

    #[test]
    fn the_last_line_refers_to_the_manual() {
        let text = Diagnostic::new("no such option").manual("cton --help").to_string();
        assert!(text.ends_with("\n\nFor more information, try 'cton --help'.\n"), "{text}");
    }

    #[test]
    fn no_text_from_outside_moves_the_terminal_or_adds_a_line() {
        let hostile = "\x1b[2J\u{202e}\nerror: forged\r\n  = help: forged";
        let text = Diagnostic::new(hostile).detail("response", hostile).help(hostile).to_string();
        assert!(!text.contains(['\x1b', '\u{202e}']), "{text:?}");
        assert_eq!(text.lines().count(), 3, "{text}");
    }
}
