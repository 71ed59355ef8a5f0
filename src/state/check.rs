//! The report of `--check` about a state directory, in which it leaves no file.

use std::io;
use std::path::Path;

use super::disk::{NotRead, Paths};
use super::format::journal::Journal;
use super::format::{self, ReadState};
use crate::support::diagnostic::Diagnostic;
use crate::support::error::read_help;
use crate::support::writable_directory::check_writable;

/// Returns a summary of the state of a service.
///
/// # Errors
/// The directory cannot be written, or its state cannot be read.
pub(crate) fn look(dir: &Path, service: &str) -> Result<String, Diagnostic> {
    let paths = Paths::new(dir, service);
    let state = paths.state.display();
    writable(&paths).map_err(|error| {
        let problem = format!("cannot write to state_dir {}: {error}", dir.display());
        Diagnostic::new(problem)
            .help("name a directory in `state_dir` to which the user that runs cton can write")
    })?;
    let unusable = |why| {
        Diagnostic::new(format!("{state} is invalid and would be put aside: {why}"))
            .help("restore a valid copy, or remove the file")
    };
    let not_read = |why| match why {
        NotRead::Failed(error) => {
            let problem = Diagnostic::new(format!("{state} cannot be read: {error}"));
            read_help(&error).into_iter().fold(problem, Diagnostic::help)
        }
        NotRead::Useless(why) => unusable(why),
    };
    let Some(bytes) = paths.read().map_err(not_read)? else { return Ok(format!("{state}: no state yet")) };
    let ReadState { saved, journal } = format::read(service, &bytes).map_err(unusable)?;
    let (series, ids) = saved.samples.size();
    let said = format!("{state}: {series} series, {ids} ids, {} bytes", bytes.len());
    Ok(said + &of_journal(journal) + &of_unloaded(&saved.samples.unloaded()))
}

fn of_journal(journal: Journal) -> String {
    let Journal { records, bytes, cut, is_damaged } = journal;
    let mut said = format!(", {bytes} of them in {records} records of the journal");
    if cut > 0 {
        let why = if is_damaged { "damaged" } else { "an unfinished write" };
        said += &format!(", {cut} ignored: {why}");
    }
    if records + cut == 0 { String::new() } else { said }
}

fn of_unloaded(metrics: &[String]) -> String {
    if metrics.is_empty() { String::new() } else { format!("; not loaded: {}", metrics.join(", ")) }
}

/// Checks that files can be created in the directory, and that an existing lock file can be opened.
fn writable(paths: &Paths) -> io::Result<()> {
    check_writable(&paths.dir)?;
    #[cfg(unix)]
    if paths.lock.exists() {
        use rustix::fs::{Access, access};
        // An existing lock file may belong to another user who ran cton.
        access(&paths.lock, Access::READ_OK | Access::WRITE_OK)?;
    }
    Ok(())
}
