//! The command `cton new-project`: a team's own package, which depends on this one.

use std::path::{Path, PathBuf};

use super::file_transaction::FileTransaction;
use super::generated_service::{GeneratedService, ServiceSample};
use super::identifiers::words;
use super::new_service::poll_once;
use super::package_source::{PackageSource, workspace};
use super::rustfmt::tidy;
use super::selection::MetricSelection;
use crate::config;
use crate::config::json_tree::Node;
use crate::config::names::is_keyword;
use crate::support::diagnostic::Diagnostic;
use crate::support::exit::Exit;
use crate::support::shell;

/// The name and URL of the example service, so that a new package shows values at once.
const EXAMPLE: (&str, &str) = ("github", "https://api.github.com/repos/prometheus/prometheus");
const SAMPLE_RESPONSE: &str = include_str!("templates/project/response.json");
const CONFIG: &str = include_str!("templates/project/config.json");

/// The names that cargo forbids for a package, or uses for its own directories.
const NO_PACKAGE: [&str; 9] =
    ["alloc", "build", "collectington", "core", "deps", "examples", "incremental", "std", "test"];

/// The profiles of a new package, equal to those of this package.
const PROFILE: &str = "
[profile.release]
codegen-units = 256
incremental = true
lto = \"off\"
strip = \"symbols\"

[profile.release.package.\"*\"]
codegen-units = 1

# For hosts at the edge and containers: smaller, and slower to build.
[profile.edge]
inherits = \"release\"
codegen-units = 1
incremental = false
lto = \"fat\"
opt-level = \"z\"
";

/// Creates a package that depends on Collectington: Cargo.toml, build.rs, src/main.rs, config.json, and services/ with
/// an example. The package builds without changes. Nothing is overwritten.
#[derive(Debug)]
pub(crate) struct NewProject {
    /// The directory of the package, which is created.
    pub dir: PathBuf,

    /// The directory with collectington's source. It is searched if it is not given.
    pub source: Option<PathBuf>,
}

impl NewProject {
    /// Writes the package. Returns the written files and the next steps.
    ///
    /// # Errors
    /// The directory is not empty, or collectington is not in the given directory.
    pub(crate) fn write(&self) -> Result<String, Exit> {
        self.refuse_taken()?;
        let source = PackageSource::find(&self.dir, self.source.as_deref()).map_err(Exit::usage)?;
        let workspace = workspace(&self.dir);
        let draft = self.draft(&source, workspace.is_none())?;
        let written: String = draft.paths().map(|path| format!("wrote {}\n", path.display())).collect();
        draft.write()?;
        Ok(written + &self.next(workspace.as_deref()))
    }

    fn refuse_taken(&self) -> Result<(), Exit> {
        if self.dir.as_os_str().is_empty() {
            let empty = Diagnostic::new("the name of the directory is empty");
            return Err(Exit::usage(empty.help("name a new directory: `cton new-project exporter`")));
        }
        if self.dir.symlink_metadata().is_err() || is_empty(&self.dir) {
            return Ok(());
        }
        let exists = Diagnostic::new(format!("{}: already exists", self.dir.display()));
        let exists = exists.help("name a new directory");
        Err(Exit::usage(exists.help("to add a service to an existing package, run `cton new` in it")))
    }

    /// Returns the next steps.
    fn next(&self, workspace: Option<&Path>) -> String {
        let (dir, poll) = (shell::word(&self.dir), poll_once(EXAMPLE.0));
        let member = workspace.map(|root| root.join("Cargo.toml"));
        let member = member.map(|manifest| {
            format!("{dir} is inside the workspace of {}: add it to `members`\n", manifest.display())
        });
        format!("{}next:\n    cd {dir}\n    {poll}\n", member.unwrap_or_default())
    }

    fn draft(&self, source: &PackageSource, is_root: bool) -> Result<FileTransaction, Exit> {
        let (service, url) = EXAMPLE;
        let made = GeneratedService::new(
            service,
            &super::new_service::url(url)?,
            "an example",
            ServiceSample { body: SAMPLE_RESPONSE, node: Some(&example()?), ..ServiceSample::default() },
            &MetricSelection::default(),
        )
        .map_err(|_| Exit::defect("the example has no metric"))?;
        let mut draft = made.files(&self.dir, tidy);
        let name = package(&self.dir);
        let files = [
            ("Cargo.toml", manifest(&name, source, is_root)),
            ("build.rs", include_str!("templates/project/build.rs.txt").to_owned()),
            ("src/main.rs", include_str!("templates/project/main.rs.txt").to_owned()),
            ("config.json", made.entry(8000, url).added_to(CONFIG).unwrap_or_default()),
            (".gitignore", include_str!("templates/project/gitignore.txt").to_owned()),
            ("README.md", format!(include_str!("templates/project/README.md.txt"), name = name)),
        ];
        files.into_iter().for_each(|(file, text)| draft.file(self.dir.join(file), text));
        if is_root {
            // The versions that collectington was tested with.
            let lock = std::fs::read(source.seen.join("Cargo.lock"));
            lock.into_iter().for_each(|lock| draft.file(self.dir.join("Cargo.lock"), lock));
        }
        Ok(draft)
    }
}

fn manifest(name: &str, source: &PackageSource, is_root: bool) -> String {
    let text = format!(
        include_str!("templates/project/Cargo.toml.txt"),
        name = name,
        dependency = source.dependency(", default-features = false, features = [\"run\"]"),
        build_dependency = source.dependency(", default-features = false, features = [\"build\"]"),
        profile = if is_root { PROFILE } else { "" },
    );
    text.trim_end().to_owned() + "\n"
}

fn example() -> Result<Node, Exit> {
    config::parse_sample("response.json", SAMPLE_RESPONSE)
        .map_err(|mistakes| Exit::defect(mistakes.to_string()))
}

fn is_empty(dir: &Path) -> bool {
    std::fs::read_dir(dir).is_ok_and(|mut entries| entries.next().is_none())
}

/// Returns the name of the directory as a valid package name.
fn package(dir: &Path) -> String {
    let last = std::path::absolute(dir).unwrap_or_default();
    let name = words(&last.file_name().unwrap_or_default().to_string_lossy()).join("-");
    let is_good = name.starts_with(|c: char| c.is_ascii_lowercase()) && !is_keyword(&name);
    if is_good && !NO_PACKAGE.contains(&name.as_str()) {
        name
    } else {
        format!("exporter-{name}").trim_end_matches('-').to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::PROFILE;

    /// Returns the lines from the first profile to the end of the text or of its code block, without comments.
    fn settings(text: &str) -> Vec<&str> {
        let profiles = &text[text.find("[profile.release]").unwrap()..];
        let lines = profiles.lines().take_while(|line| !line.starts_with("```"));
        let settings = lines.map(|line| line.split('#').next().unwrap_or_default().trim_end());
        // Unwinding is the default.
        settings.filter(|line| !line.is_empty() && *line != "panic = \"unwind\"").collect()
    }

    #[test]
    fn the_profiles_that_are_handed_out_are_those_of_the_package() {
        let own = settings(include_str!("../../../Cargo.toml"));
        assert_eq!(settings(PROFILE), own);
        assert_eq!(settings(include_str!("../../../docs/vendoring.md")), own);
    }
}
