//! The manual page, for man(1).

use argh::CommandInfoWithArgs;

use super::{Flag, MADE};

/// The sections that are not generated from options.
const REST: &str = r".SH FILES
.TP
.I /etc/default/cton\-NAME
.BR CTON_OPTIONS= ,
the options of service
.I NAME
where the systemd unit
.B cton@NAME
runs it.
.TP
.I /etc/cton/secrets/NAME
The secrets of that service: lines of
.BR KEY=\(dqVALUE\(dq .
.TP
.I /var/lib/cton/NAME
What that service has counted.
.SH ENVIRONMENT
.TP
.BR https_proxy ,\  http_proxy ,\  all_proxy ,\  no_proxy
The way to an API, and for which hosts there is none; in capitals too.
.TP
.BR SSL_CERT_FILE ,\  SSL_CERT_DIR
The certificates of the system, for services that trust them.
.TP
.BR CREDENTIALS_DIRECTORY ,\  NOTIFY_SOCKET ,\  LISTEN_FDS
As systemd sets them.
.SH SIGNALS
SIGTERM and SIGINT end it at once, but for answers that are on their way.
SIGHUP is ignored and logged.
.SH SEE ALSO
.BR prometheus (1),
.BR promtool (1),
.BR systemd.exec (5)
";

/// Returns the whole manual page.
pub(super) fn page(command: &CommandInfoWithArgs, flags: &[Flag]) -> String {
    let version = env!("CARGO_PKG_VERSION");
    let mut text = format!(".\\\" {MADE}\n.TH CTON 1 \"\" \"cton {version}\" \"User Commands\"\n");
    text += ".SH NAME\ncton \\- SaaS numbers as Prometheus metrics\n";
    text +=
        ".SH SYNOPSIS\n.B cton\n\\fB\\-s\\fR \\fINAME\\fR ... | \\fB\\-\\-all\\fR\n[\\fIOPTION\\fR ...]\n";
    for sub in &command.commands {
        text += &format!(
            ".br\n.B cton {}\n{}[\\fIOPTION\\fR ...]\n",
            escaped(sub.name),
            words(&sub.command, "\n")
        );
    }
    text += &format!(".SH DESCRIPTION\n{}\n.SH OPTIONS\n", prose(command.description));
    flags.iter().for_each(|flag| text += &option(flag));
    text += &format!(".SH COMMANDS\n{}\n", prose(LEFT_OUT));
    command.commands.iter().for_each(|sub| text += &beside(sub.name, &sub.command));
    text += ".SH EXAMPLES\n.nf\n";
    command.examples.iter().for_each(|example| text += &format!("{}\n", escaped(example)));
    text += &format!(".fi\n.SH NOTES\n{}\n", prose(&command.notes.join("\n")));
    text + REST
}

/// The text about binaries without the commands. docs/edge.md describes them.
const LEFT_OUT: &str = "A binary that was made small, as those of Debian packages and containers, has none of them and no \
                        --print-kubernetes: it says so.";

/// Returns the section of a subcommand.
fn beside(name: &str, command: &CommandInfoWithArgs) -> String {
    let words = words(command, "");
    let mut text = format!(".SS \\fBcton {}\\fR {words}", escaped(name)).trim_end().to_owned();
    text += &format!("\n{}\n", prose(command.description));
    for word in command.positionals {
        text += &format!(".TP\n\\fI{}\\fR\n{}\n", word.name.to_uppercase(), prose(word.description));
    }
    Flag::all(command).iter().for_each(|flag| text += &option(flag));
    text
}

/// Returns the positional arguments and `end`, or an empty string without arguments.
fn words(command: &CommandInfoWithArgs, end: &str) -> String {
    let words = command.positionals.iter().map(|word| format!("\\fI{}\\fR", word.name.to_uppercase()));
    let words = words.collect::<Vec<_>>().join(" ");
    if words.is_empty() { words } else { words + end }
}

fn option(flag: &Flag) -> String {
    let short = flag.short.map(|short| format!("\\fB\\-{short}\\fR, ")).unwrap_or_default();
    let value = flag.value.as_ref().map(|value| format!(" \\fI{}\\fR", value.to_uppercase()));
    let more = if flag.repeats { " ..." } else { "" };
    let names = format!("{short}\\fB{}\\fR{}{more}", escaped(&flag.long), value.unwrap_or_default());
    format!(".TP\n{names}\n{}\n", prose(&flag.description))
}

/// Escapes text for roff, so that no line is read as a request. Text in backquotes becomes bold.
fn prose(text: &str) -> String {
    let lines = text.lines().map(|line| {
        let parts = line.trim().split('`').enumerate();
        let styled = parts.map(|(index, part)| match index % 2 {
            0 => escaped(part),
            _ => format!("\\fB{}\\fR", escaped(part)),
        });
        let line: String = styled.collect();
        if line.starts_with(['.', '\'']) { format!("\\&{line}") } else { line }
    });
    lines.collect::<Vec<_>>().join("\n")
}

fn escaped(text: &str) -> String {
    text.replace('\\', "\\e").replace('-', "\\-").replace('\'', "\\(aq").replace('"', "\\(dq")
}
