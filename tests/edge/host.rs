//! A host at the edge: its own root file system with a static binary and the files of a test.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};

use crate::support::process::{Cton, faketime, scratch, tool};
use crate::support::shipped_config::with_keys;

/// A kind of host.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Kind {
    /// As ci/cross.sh calls it.
    pub name: &'static str,
    /// As qemu does.
    processor: &'static str,
}

pub const KINDS: [Kind; 3] = [
    Kind { name: "aarch64", processor: "aarch64" },
    Kind { name: "armv7", processor: "arm" },
    Kind { name: "x86_64", processor: "x86_64" },
];

/// Whether nothing may be skipped of the kinds that `CTON_EDGE` names.
pub fn is_required() -> bool {
    KINDS.into_iter().any(Kind::is_required)
}

/// The kinds that `CTON_EDGE` names, if it is set.
fn named() -> Option<String> {
    std::env::var("CTON_EDGE").ok()
}

impl Kind {
    /// What ci/cross.sh built of a package; `None` where it was not run.
    pub fn binary(self, package: &str) -> Option<PathBuf> {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("target/dist/{package}-{}", self.name));
        let is_wanted = named().is_none_or(|names| names.split_whitespace().any(|name| name == self.name));
        let found = is_wanted && file.is_file();
        assert!(found || !self.is_required(), "{} is missing: run ci/cross.sh {}", file.display(), self.name);
        if !found {
            println!("skipped: ci/cross.sh {} was not run, or CTON_EDGE does not name it", self.name);
        }
        found.then_some(file)
    }

    fn is_required(self) -> bool {
        named().is_some_and(|names| names.split_whitespace().any(|name| name == self.name))
    }

    /// Whether the processor that the tests run on is not of that kind.
    pub fn is_foreign(self) -> bool {
        self.name != std::env::consts::ARCH
    }

    /// With the clock at that point in time, in the tests' own root file system: a static binary takes no library in front,
    /// but the emulator does.
    pub fn at(self, time: &str, binary: &Path) -> Option<Command> {
        let library = faketime()?;
        let mut command = Command::new(tool(&format!("qemu-{}", self.processor))?);
        command.env("LD_PRELOAD", library).env("FAKETIME", time).env("TZ", "UTC");
        command.env("FAKETIME_DONT_FAKE_MONOTONIC", "1").env("DONT_FAKE_MONOTONIC", "1");
        command.arg(binary);
        Some(command)
    }
}

/// Has no file but the binary, and the emulator where the processor is another.
pub struct Host {
    pub kind: Kind,
    pub root: PathBuf,
}

impl Host {
    pub fn new(kind: Kind, package: &str, test: &str) -> Option<Self> {
        let binary = kind.binary(package)?;
        let host = Self { kind, root: scratch(&format!("edge-{test}-{}", kind.name)) };
        install(&binary, &host.root.join("cton"));
        if kind.is_foreign() {
            let emulator = tool(&format!("qemu-{}-static", kind.processor))?;
            install(&emulator, &host.root.join("emulator"));
        }
        Some(host)
    }

    /// Every kind of host for which there is a binary.
    pub fn all(package: &str, test: &str) -> Vec<Self> {
        KINDS.into_iter().filter_map(|kind| Self::new(kind, package, test)).collect()
    }

    pub fn write(&self, name: &str, text: impl AsRef<[u8]>) {
        let file = self.root.join(name);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(&file, text).unwrap();
        // Of root, who others are to a service is not the point here.
        fs::set_permissions(file, fs::Permissions::from_mode(0o600)).unwrap();
    }

    /// The shipped config for an API, with more keys for the service, and the secrets.
    pub fn configure(&self, url: &str, more: &Value) {
        self.write("config.json", config(url, more).to_string());
        self.write("splunk", "API_ID = id\nAPI_KEY = key\n");
    }

    /// The binary there; it sees nothing of the file system of the tests.
    pub fn cton<'a>(&self, arguments: impl IntoIterator<Item = &'a str>) -> Cton {
        let mut command = self.enter();
        if self.kind.is_foreign() {
            command.arg("/emulator");
        }
        command.arg("/cton").args(arguments);
        Cton::from(command)
    }

    /// Root may change its root; all others in a namespace of their own.
    fn enter(&self) -> Command {
        let mut command;
        if rustix::process::geteuid().is_root() {
            command = Command::new("chroot");
            command.arg(&self.root);
        } else {
            command = Command::new("unshare");
            command.args(["--map-root-user", "--wd=/"]).arg(format!("--root={}", self.root.display()));
        }
        command
    }
}

/// Copies an executable by a separate process. A child of another test could inherit a descriptor of this process that is open for
/// writing, and until that child runs its program, the copy could not be executed ("Text file busy").
fn install(executable: &Path, to: &Path) {
    let status = Command::new("cp").arg("--dereference").args([executable, to]).status().unwrap();
    assert!(status.success(), "cp {} {}", executable.display(), to.display());
}

/// The shipped config for an API, with more keys for the service.
pub fn config(url: &str, more: &Value) -> Value {
    let mut keys = json!({ "api_url": url, "data_store_expiration_sec": 0.5, "request_timeout_sec": 60 });
    keys.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    with_keys(&json!({ "api_call_intervals": 0.5 }), &keys)
}
