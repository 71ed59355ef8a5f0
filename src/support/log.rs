//! Log lines on standard error, for changes of state only.
//!
//! A line is a level, a message and fields, as logfmt or JSON. Nothing else in the process logs. Messages of libraries
//! are ignored, because ureq logs whole exchanges with their keys.
//!
//! A dedicated thread writes the lines, so that no caller waits for a reader of standard error.

#[cfg(test)]
pub(crate) mod captured;
mod queue;

use std::fmt::Display;
use std::io::Write as _;
use std::sync::{Mutex, OnceLock};
use std::thread;
use std::time::{Duration, SystemTime};

use chrono::{DateTime, SecondsFormat, Utc};

use queue::LogQueue;

use super::excerpt::cut;
use super::locks::locked;
use super::printable::quoted;
use super::progress;
use crate::config::Level;

/// The format of log lines.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum LogFormat {
    /// The format logfmt: `ts=... level=info msg="..." service=splunk`.
    #[default]
    Logfmt,
    /// One JSON object per line.
    Json,
}

/// The name and the value of a field of a log line.
pub(crate) type LogField<'a> = (&'a str, &'a dyn Display);

/// The lowest level that is logged, and the format.
static LOGGER: OnceLock<(Mutex<Level>, LogFormat)> = OnceLock::new();

/// The queue of the writing thread, or `None` if the thread could not be started.
static QUEUE: OnceLock<Option<&'static LogQueue>> = OnceLock::new();

/// The longest wait of the exiting process for standard error.
const PATIENCE: Duration = Duration::from_secs(1);

/// The stack size of the writing thread in bytes.
const STACK: usize = 128 * 1024;

/// Sets the lowest level that is logged and the format, once for the process. Without it, nothing is logged.
pub(crate) fn init(level: Level, format: LogFormat) {
    LOGGER.get_or_init(|| (Mutex::new(level), format));
}

/// Changes the lowest level that is logged.
pub(crate) fn set_level(level: Level) {
    if let Some((least, _)) = LOGGER.get() {
        *locked(least) = level;
    }
}

/// Returns the fields with the facts of an error after them.
pub(crate) fn with_facts<'a>(
    fields: &[LogField<'a>],
    facts: &'a [(&'static str, String)],
) -> Vec<LogField<'a>> {
    let facts = facts.iter().map(|(name, value)| -> LogField<'a> { (name, value) });
    fields.iter().copied().chain(facts).collect()
}

/// Logs a failure that stops the process.
pub(crate) fn critical(message: &str, fields: &[LogField<'_>]) {
    write(Level::Critical, message, fields);
}

/// Logs a failure.
pub(crate) fn error(message: &str, fields: &[LogField<'_>]) {
    write(Level::Error, message, fields);
}

/// Logs a problem that does not stop the work.
pub(crate) fn warning(message: &str, fields: &[LogField<'_>]) {
    write(Level::Warning, message, fields);
}

/// Logs a change of state.
pub(crate) fn info(message: &str, fields: &[LogField<'_>]) {
    write(Level::Info, message, fields);
}

/// Logs a detail for debugging.
pub(crate) fn debug(message: &str, fields: &[LogField<'_>]) {
    write(Level::Debug, message, fields);
}

fn write(level: Level, message: &str, fields: &[LogField<'_>]) {
    #[cfg(test)]
    captured::add(|| line(LogFormat::Logfmt, SystemTime::now().into(), level, message, fields));
    let Some((least, format)) = LOGGER.get() else { return };
    if level < *locked(least) {
        return;
    }
    progress::clear();
    print(&line(*format, SystemTime::now().into(), level, message, fields));
}

/// Queues text for standard error unchanged, after all earlier text. The caller does not wait for a reader.
pub(crate) fn print(text: &str) {
    match queue() {
        Some(queue) => queue.push(text.as_bytes()),
        // A log that cannot be written is no reason to stop serving.
        None => drop(std::io::stderr().lock().write_all(text.as_bytes())),
    }
}

/// Waits until the queued text is written, for at most a second. Used before the process exits, and before it prints
/// output for a person.
pub(crate) fn flush() {
    if let Some(Some(queue)) = QUEUE.get() {
        queue.flush(PATIENCE);
    }
}

/// Returns the number of lines that were dropped because standard error did not take them.
pub(crate) fn dropped() -> u64 {
    QUEUE.get().copied().flatten().map_or(0, LogQueue::dropped)
}

fn queue() -> Option<&'static LogQueue> {
    *QUEUE.get_or_init(|| {
        let queue: &'static LogQueue = Box::leak(Box::default());
        let write = || queue.write_to(std::io::stderr(), note);
        let thread = thread::Builder::new().name("log".into()).stack_size(STACK).spawn(write);
        thread.is_ok().then_some(queue)
    })
}

/// Returns the line that reports dropped lines, or an empty string if warnings are not logged.
fn note(count: u64) -> String {
    let format =
        LOGGER.get().filter(|(least, _)| *locked(least) <= Level::Warning).map(|(_, format)| *format);
    let error = "standard error was not read, or could not be written";
    let fields: [LogField<'_>; 2] = [("count", &count), ("error", &error)];
    format.map_or_else(String::new, |format| {
        line(format, SystemTime::now().into(), Level::Warning, "log lines dropped", &fields)
    })
}

fn line(
    format: LogFormat,
    at: DateTime<Utc>,
    level: Level,
    message: &str,
    fields: &[LogField<'_>],
) -> String {
    let at = at.to_rfc3339_opts(SecondsFormat::Millis, true);
    let all = [("ts", at), ("level", word(level).to_owned()), ("msg", message.to_owned())];
    let all = all.into_iter().chain(fields.iter().map(|(name, value)| (*name, shortened(value.to_string()))));
    match format {
        LogFormat::Logfmt => {
            let words: Vec<String> = all.map(|(name, value)| format!("{name}={}", logfmt(&value))).collect();
            words.join(" ") + "\n"
        }
        LogFormat::Json => {
            let words: Vec<String> =
                all.map(|(name, value)| format!("{}:{}", quoted(name), quoted(&value))).collect();
            format!("{{{}}}\n", words.join(","))
        }
    }
}

/// The number of characters after which the value of a field is cut. An error can quote a whole response.
pub(crate) const LONGEST: usize = 1000;

/// Returns the text, cut after [`LONGEST`] characters.
pub(crate) fn shortened(text: String) -> String {
    cut(text, LONGEST)
}

fn word(level: Level) -> &'static str {
    match level {
        Level::Notset => "notset",
        Level::Debug => "debug",
        Level::Info => "info",
        Level::Warning => "warning",
        Level::Error => "error",
        Level::Critical => "critical",
    }
}

/// Returns one plain word unchanged, and any other value in quotes.
fn logfmt(value: &str) -> String {
    let plain = |c: char| c.is_ascii_graphic() && !matches!(c, '"' | '=' | '\\');
    if !value.is_empty() && value.chars().all(plain) { value.to_owned() } else { quoted(value) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line_of(format: LogFormat, message: &str, value: &str) -> String {
        let at = DateTime::from_timestamp(1_795_456_653, 184_000_000).unwrap();
        line(format, at, Level::Warning, message, &[("error", &value)])
    }

    #[test]
    fn a_line_is_logfmt_or_json() {
        let line = line_of(LogFormat::Logfmt, "poll failed", "timeout");
        assert_eq!(line, "ts=2026-11-23T17:57:33.184Z level=warning msg=\"poll failed\" error=timeout\n");
        let line = line_of(LogFormat::Json, "poll failed", "timeout");
        let json: serde_json::Value = serde_json::from_str(&line).unwrap();
        assert_eq!(json["level"], "warning");
        assert_eq!(json["msg"], "poll failed");
        assert_eq!(json["error"], "timeout");
    }

    #[test]
    fn a_long_value_is_cut() {
        let line = line_of(LogFormat::Logfmt, "m", &"é".repeat(LONGEST + 1));
        assert!(line.ends_with("é...\"\n") && line.matches('é').count() == LONGEST, "{line}");
    }

    #[test]
    fn no_value_can_break_a_line_or_move_a_terminal() {
        let hostile = "a\nlevel=critical msg=\"x\" \u{1b}[31m \u{202e} \u{7f} \\";
        for format in [LogFormat::Logfmt, LogFormat::Json] {
            let line = line_of(format, hostile, hostile);
            assert_eq!(line.matches('\n').count(), 1);
            assert!(!line.trim_end().chars().any(|c| c.is_control() || c == '\u{202e}'), "{line}");
        }
        let json: serde_json::Value = serde_json::from_str(&line_of(LogFormat::Json, "m", hostile)).unwrap();
        assert_eq!(json["error"], hostile);
    }
}
