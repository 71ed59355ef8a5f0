//! The help for errors of the operating system.

use std::io;

/// Returns the help for a file that cannot be read, if there is any.
pub(crate) fn read_help(error: &io::Error) -> Option<&'static str> {
    if is_out_of_files(error) {
        return Some(FILES_HELP);
    }
    match error.kind() {
        io::ErrorKind::PermissionDenied => Some("give the user that runs cton permission to read the file"),
        io::ErrorKind::NotFound => Some("create the file, or correct its path"),
        _ => None,
    }
}

/// The help for a file, socket or pipe that cannot be opened because too many are open.
pub(crate) const FILES_HELP: &str = "raise `LimitNOFILE=` or `ulimit -n`";

/// Returns the help for a thread, with its sockets and pipes, that cannot be started.
pub(crate) fn start_help(error: &io::Error) -> &'static str {
    if is_out_of_files(error) {
        FILES_HELP
    } else {
        "raise the limits of threads and memory (TasksMax=, MemoryMax=, ulimit -u)"
    }
}

/// Returns true if the process or the system has too many open files.
pub(crate) fn is_out_of_files(error: &io::Error) -> bool {
    use rustix::io::Errno;
    let code = error.raw_os_error();
    [Errno::MFILE, Errno::NFILE].iter().any(|errno| code == Some(errno.raw_os_error()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn too_many_open_files_need_a_higher_limit_of_files() {
        let error = io::Error::from(rustix::io::Errno::MFILE);
        assert_eq!((start_help(&error), read_help(&error)), (FILES_HELP, Some(FILES_HELP)));
        assert!(start_help(&io::Error::from(rustix::io::Errno::AGAIN)).contains("TasksMax="));
    }
}
