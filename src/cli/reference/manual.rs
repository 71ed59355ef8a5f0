//! The manual page, for man(1).

use super::super::command_table::{COMMANDS, CommandSpec};
use super::super::help::{effect, usage};
use super::super::option_table::{OPTIONS, OptionSpec};
use super::{MADE, TOOLS};
use crate::support::exit::EXIT_CODES;

/// The sections that are not generated from the tables.
const REST: &str = r".SH FILES
.TP
.I /etc/default/cton\-NAME
.BR CTON_OPTIONS= ,
the options of service
.I NAME
for the systemd unit
.BR cton@NAME .
.TP
.I /etc/cton/secrets/NAME
The secrets of that service: lines of
.BR KEY=\(dqVALUE\(dq .
.TP
.I /var/lib/cton/NAME
The state of that service.
.SH ENVIRONMENT
.TP
.BR https_proxy ,\  http_proxy ,\  all_proxy ,\  no_proxy
Proxy settings for outbound requests, and hosts that bypass the proxy.
Upper-case names are also read.
.TP
.BR SSL_CERT_FILE ,\  SSL_CERT_DIR
The certificates of the system, for services with
.BR \(dqtrust_store\(dq:\ \(dqsystem\(dq .
.TP
.BR CREDENTIALS_DIRECTORY ,\  NOTIFY_SOCKET ,\  LISTEN_FDS
Set by systemd.
.SH SIGNALS
SIGTERM and SIGINT stop the process after the responses in progress.
A second signal stops it immediately.
SIGHUP reloads the file of \\-c and the target files. An invalid file is logged and changes nothing.
.SH SEE ALSO
.BR prometheus (1),
.BR promtool (1),
.BR systemd.exec (5)
";

/// Returns the whole manual page.
pub(super) fn page() -> String {
    let version = env!("CARGO_PKG_VERSION");
    let mut text = format!(".\\\" {MADE}\n.TH CTON 1 \"\" \"cton {version}\" \"User Commands\"\n");
    text += ".SH NAME\ncton \\- Prometheus exporter for HTTP/JSON APIs\n";
    text += ".SH SYNOPSIS\n.nf\n";
    text += &format!("{}\n", escaped("cton -s NAME... [OPTIONS]"));
    COMMANDS.iter().for_each(|command| text += &format!("{}\n", escaped(&usage(command))));
    text += ".fi\n.SH DESCRIPTION\n";
    text += &prose(
        "Polls HTTP/JSON APIs and serves their numbers as Prometheus metrics. Without a command, cton runs `cton run`.",
    );
    text += "\n.SH COMMANDS\n";
    COMMANDS.iter().for_each(|command| text += &of_command(command));
    text += &format!(".PP\n{}\n.SH OPTIONS\n", prose(TOOLS));
    OPTIONS.iter().for_each(|option| text += &of_option(option));
    text += ".SH EXIT STATUS\n";
    EXIT_CODES.iter().for_each(|(code, meaning)| text += &format!(".TP\n{code}\n{}\n", prose(meaning)));
    text += ".SH EXAMPLES\n";
    let examples = COMMANDS.iter().flat_map(|command| command.examples);
    examples.for_each(|(line, effect)| text += &format!(".TP\n{}\n{}\n", escaped(line), prose(effect)));
    text + REST
}

/// Returns the paragraph of a command, which names its options.
fn of_command(command: &CommandSpec) -> String {
    let argument =
        command.argument.map(|(placeholder, _)| format!(" \\fI{placeholder}\\fR")).unwrap_or_default();
    let mut text = format!(".TP\n\\fB{}\\fR{argument}\n{}.\n", escaped(command.word), prose(command.summary));
    if !command.description.is_empty() {
        text += &format!("{}\n", prose(command.description));
    }
    text.extend(
        command.argument.map(|(placeholder, help)| format!(".br\n{placeholder}: {}.\n", prose(help))),
    );
    text.extend(
        command.alias.map(|alias| format!(".br\nAlias: \\fB{}\\fR.\n", escaped(&format!("--{alias}")))),
    );
    let options: Vec<String> = command
        .options
        .iter()
        .map(|option| format!("\\fB{}\\fR", escaped(&format!("--{}", option.spec().long))))
        .collect();
    if !options.is_empty() {
        text += &format!(".br\nOptions: {}.\n", options.join(", "));
    }
    text
}

fn of_option(option: &OptionSpec) -> String {
    let short = option.short.map(|short| format!("\\fB\\-{short}\\fR, ")).unwrap_or_default();
    let value = option.value.map(|value| format!(" \\fI{value}\\fR")).unwrap_or_default();
    let long = escaped(&format!("--{}", option.long));
    format!(".TP\n{short}\\fB{long}\\fR{value}\n{}\n", prose(&effect(option)))
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
