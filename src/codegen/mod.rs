//! Build-time code generation: config.json and services/ become typed tables.
//!
//! | file | content |
//! |---|---|
//! | `check` | reports configured metrics that no service implements |
//! | `emit` | writes the generated file |
//! | `hidden_items` | recognizes code that may declare items which a scan does not see |
//! | `label_check` | reports metrics whose labels conflict |
//! | `label_names` | the names of label structs |
//! | `label_structs` | the structs of label values |
//! | `method_signature` | recognizes and proposes the signatures of metric methods |
//! | `return_type` | the return type of a metric method, and the kinds that cannot export it |
//! | `revision` | the revision of the package |
//! | `scan` | reads the declarations of a service file |
//! | `source_places` | names the lines of the sources on each row |
//! | `table_rows` | the rows that bind metrics to methods |
//!
//! ```text
//! config.json --> Config --> errors? ----> cargo::error=config.json:13:14: problem; help: ...
//! services/*.rs --> Scan /
//!                 \--> tokens --> $OUT_DIR/services.rs, which `collectington::main!` includes
//! ```

mod check;
mod emit;
mod hidden_items;
mod label_check;
mod label_names;
mod label_structs;
mod method_signature;
mod return_type;
mod revision;
mod scan;
mod source_places;
mod table_rows;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use scan::Scan;
use source_places::SourceNames;

use crate::config::{self, Config, Mistakes, ServiceConfig};

/// Reads the config and the services beside it, and writes `$OUT_DIR/services.rs` for `collectington::main!`.
///
/// The paths are relative to the package. Each error is printed as a cargo error, which fails the build. A method that
/// could be a metric but is not configured causes a warning. A complete build script:
///
/// ```no_run
/// collectington::build::compile("config.json", "services");
/// ```
pub fn compile(config: impl AsRef<Path>, services: impl AsRef<Path>) {
    // Cargo runs a build script in the directory of its package, so relative paths work here. rustc needs full paths.
    let package = PathBuf::from(std::env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default());
    let out = PathBuf::from(std::env::var_os("OUT_DIR").unwrap_or_default());
    let (config, services) = (config.as_ref(), services.as_ref());
    tell("rerun-if-changed", &config.display().to_string());
    revision::tell_revision(&package);
    match generate(&package, config, services) {
        Ok(generated) => {
            for file in &generated.modules {
                tell("rerun-if-changed", &file.display().to_string());
            }
            // A service may have metrics that only some configs list: `#[cfg(metric = "module::name")]`.
            tell("rustc-check-cfg", "cfg(metric, values(any()))");
            for metric in &generated.metrics {
                tell("rustc-cfg", &format!("metric=\"{metric}\""));
            }
            for warning in &generated.warnings {
                tell("warning", warning);
            }
            if let Err(error) = write_if_changed(&out.join("services.rs"), &generated.text) {
                tell("error", &format!("cannot write {}: {error}", out.join("services.rs").display()));
            }
        }
        // Cargo always reruns a failed build script, so the service files need no `rerun-if-changed`.
        Err(mistakes) => {
            for line in mistakes.to_string().lines() {
                tell("error", line);
            }
        }
    }
}

/// The output of the code generation: the generated text, and the facts that a build script reports to cargo.
#[derive(Debug)]
pub struct Generated {
    /// The text of the generated file.
    pub text: String,
    /// The warnings, each with its file, its line and its help.
    pub warnings: Vec<String>,
    /// The service files that the text was generated from.
    pub modules: Vec<PathBuf>,
    /// The configured metrics, each as `module::metric`.
    pub metrics: BTreeSet<String>,
}

/// Returns the output for `config` and `services` without cargo. rustc finds the service files below `package`.
///
/// # Errors
/// Each error in config.json, and each configured item that services/ lacks.
pub fn generate(package: &Path, config: &Path, services: &Path) -> Result<Generated, Mistakes> {
    let mut scans = Scans::new();
    let (file, source) = (config.display().to_string(), config::read_text(config)?);
    let parsed = config::parse_with(&file, &source, |parsed| {
        scans = scan(parsed, services);
        check::mistakes(parsed, &scans, services)
    })?;
    let path_of = |module: &str| package.join(services).join(format!("{module}.rs")).display().to_string();
    let text = emit::file(&parsed, &scans, (&file, &source), &path_of).map_err(|problem| Mistakes {
        file: file.clone(),
        list: vec![problem.at(config::Position::default())],
    })?;
    let text = source_places::annotated(&text, &parsed, &scans, &SourceNames { config: &file, services });
    let modules = scans.keys().map(|module| services.join(format!("{module}.rs"))).collect();
    let warnings = check::warnings(&parsed, &scans, services);
    Ok(Generated { text, warnings, modules, metrics: configured(&parsed) })
}

fn configured(config: &Config) -> BTreeSet<String> {
    let services = config.services.iter();
    let named = |service: &ServiceConfig| {
        let module = service.module.value.clone();
        service.metrics.iter().map(move |metric| format!("{module}::{}", metric.name)).collect::<Vec<_>>()
    };
    services.flat_map(named).collect()
}

/// The scans of the service files that exist, by module name.
type Scans = BTreeMap<String, Scan>;

fn scan(config: &Config, services: &Path) -> Scans {
    let named = config.services.iter().filter(|service| check::is_named(service));
    let read = |module: &String| Some((module.clone(), Scan::read(&services.join(format!("{module}.rs")))?));
    let mut scans = named.filter_map(|service| read(&service.module.value)).collect();
    config.services.iter().for_each(|service| give_up_on_shared(service, &mut scans));
    scans
}

/// Makes a scan inconclusive if the file of another service mentions the class, and may therefore add methods to it.
fn give_up_on_shared(service: &ServiceConfig, scans: &mut Scans) {
    let module = &service.module.value;
    let mut others = scans.iter().filter(|(other, _)| *other != module);
    let is_shared = others.any(|(_, other)| other.may_add_to(&service.class.value));
    if let (true, Some(scan)) = (is_shared, scans.get_mut(module)) {
        scan.give_up();
    }
}

/// Writes a file unless it has this text already. An unchanged file keeps its time, so that cargo compiles nothing again.
fn write_if_changed(path: &Path, text: &str) -> io::Result<()> {
    if fs::read_to_string(path).is_ok_and(|old| old == text) { Ok(()) } else { fs::write(path, text) }
}

/// Prints an instruction for cargo.
fn tell(what: &str, text: &str) {
    // A write fails only if cargo no longer reads, so there is nobody to report the error to.
    let _ = writeln!(io::stdout(), "cargo::{what}={text}");
}
