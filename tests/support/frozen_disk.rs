//! A disk that can be frozen: a library that has the writes of a process wait.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::process::tool;

/// A library that has every fsync of the named files wait while a file exists, as on a frozen file system, and creates
/// another file then.
const FREEZE: &str = r#"
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>
static int is_named(int fd) {
    char link[64], path[4096];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, sizeof path - 1);
    path[length < 0 ? 0 : length] = 0;
    return strstr(path, getenv("FREEZE_NAME")) != NULL;
}
static int frozen(long call, int fd) {
    const char *file = getenv("FREEZE"), *held = getenv("FREEZE_HELD");
    while (file && access(file, F_OK) == 0 && is_named(fd)) {
        close(open(held, O_CREAT | O_WRONLY, 0600));
        usleep(10000);
    }
    return syscall(call, fd);
}
int fsync(int fd) { return frozen(SYS_fsync, fd); }
int fdatasync(int fd) { return frozen(SYS_fdatasync, fd); }
"#;

/// The disk of a process under test.
pub struct FrozenDisk {
    directory: PathBuf,
    library: PathBuf,
}

impl FrozenDisk {
    /// Builds the library in a directory; `None` without a C compiler.
    pub fn new(directory: &Path) -> Option<Self> {
        let compiler = tool("cc")?;
        let (source, library) = (directory.join("freeze.c"), directory.join("freeze.so"));
        fs::write(&source, FREEZE).unwrap();
        let built =
            Command::new(compiler).args(["-shared", "-fPIC", "-o"]).args([&library, &source]).status();
        assert!(built.unwrap().success());
        Some(Self { directory: directory.to_owned(), library })
    }

    /// Makes the process use this disk for its files whose path contains `name`.
    pub fn mount(&self, command: &mut Command, name: &str) {
        let [frozen, held] = ["frozen", "held"].map(|file| self.directory.join(file));
        command.env("LD_PRELOAD", &self.library).env("FREEZE_NAME", name);
        command.env("FREEZE", frozen).env("FREEZE_HELD", held);
    }

    pub fn freeze(&self) {
        fs::write(self.directory.join("frozen"), "").unwrap();
    }

    pub fn holds_a_write(&self) -> bool {
        self.directory.join("held").exists()
    }

    pub fn thaw(&self) {
        fs::remove_file(self.directory.join("frozen")).unwrap();
    }
}
