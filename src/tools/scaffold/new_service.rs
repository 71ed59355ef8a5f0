//! The command `cton new`: a config entry, a service file and a recording, from a name, a URL and a sample response.

use std::path::{Path, PathBuf};

use super::config_entry::ConfigEntry;
use super::generated_service::{self, GeneratedService};
use super::identifiers::escaped;
use super::openapi::DescribedResponse;
use super::redacted_sample::RedactedSample;
use super::rustfmt::{CodeFormatter, tidy};
use super::sample_fetch::{self, SampleLocation};
use super::sample_request::{RequestOptions, SampleRequest};
use super::selection::{MetricSelection, NothingSelected};
use crate::config::names::{self, Role};
use crate::config::{self, Config, api_url};
use crate::fetch::url::Url;
use crate::support::diagnostic::Diagnostic;
use crate::support::exit::Exit;
use crate::support::shell;

/// The largest number of names in the error about `--only`.
const MOST_NAMES: usize = 20;
const FIRST_PORT: u16 = 8000;

/// Writes a service to start from: its entry in config.json, its file in services/, and a recording to replay. Nothing
/// is overwritten.
#[derive(Debug)]
pub(crate) struct NewService {
    /// The name of the service: lowercase letters, digits and `_`.
    pub service: String,

    /// The URL to request: http or https, without a secret. A description may have it instead.
    pub url: Option<String>,

    /// The file with a JSON response of the API.
    pub sample: Option<PathBuf>,

    /// The request that fetches the sample instead.
    pub request: RequestOptions,

    /// The response in an OpenAPI description that replaces the sample.
    pub described: Option<DescribedResponse>,

    /// The metrics to generate.
    pub selection: MetricSelection,

    /// The directory with config.json and services/. An empty path is the working directory.
    pub dir: PathBuf,
}

impl NewService {
    /// Writes the service. Returns the written files and the next steps.
    ///
    /// # Errors
    /// The name, the URL, the sample or the config is invalid, or a new file already exists.
    pub(crate) fn write(&self) -> Result<String, Exit> {
        self.write_as(tidy)
    }

    /// Writes the service like [`Self::write`], with another code formatter.
    pub(super) fn write_as(&self, tidy: CodeFormatter) -> Result<String, Exit> {
        names::check(Role::Service, &self.service).map_err(Exit::usage)?;
        names::check(Role::Module, &generated_service::module(&self.service)).map_err(Exit::usage)?;
        let given = self.url.as_deref().map(url).transpose()?;
        let request = self.request.request().map_err(Exit::usage)?;
        let path = self.dir.join("config.json");
        let (config_text, config) = read_config(&path)?;
        if let Some(config) = &config {
            self.refuse_taken(config, &path)?;
        }
        let sample = self.sample(&request, given.as_ref())?;
        let (url, text) = self.address(&sample, given)?;
        let (source, parts) = (self.source(), sample.of_service(&request, &url, self.secret_file()?));
        let made = GeneratedService::new(&self.service, &url, &source, parts, &self.selection)
            .map_err(|nothing| self.nothing_selected(&nothing))?;
        let entry = |port| with_entry(&path, &config_text, &made.entry(port, &text));
        let (port, edited) = placed(config.as_ref(), entry)?;
        let mut draft = made.files(&self.dir, tidy);
        draft.edit(path, edited);
        let report = made.report(&draft, port);
        draft.write()?;
        Ok(report + &sample.notes() + &self.next(&made))
    }

    /// Returns the URL to request, and its text for the entry.
    fn address(&self, sample: &RedactedSample, given: Option<Url>) -> Result<(Url, String), Exit> {
        match (sample, given, &self.url) {
            (RedactedSample::Described { request, .. }, ..) => {
                Ok((request.url.clone(), request.url.to_string()))
            }
            (_, Some(url), Some(text)) => Ok((url, text.clone())),
            _ => Err(Exit::usage(Diagnostic::new("`cton new` needs --url URL"))),
        }
    }

    /// Reads or fetches the sample.
    fn sample(&self, request: &SampleRequest, url: Option<&Url>) -> Result<RedactedSample, Exit> {
        if let Some(response) = &self.described {
            let sample = RedactedSample::describe(response, url)?;
            return self.with_secret_file(sample);
        }
        match &self.sample {
            Some(path) => RedactedSample::read(path),
            None if self.request.is_fetch() => {
                let secret_file = self.request.secret_file.as_deref();
                let url = self.url.as_deref().unwrap_or_default();
                let location = SampleLocation { service: &self.service, url, secret_file };
                sample_fetch::fetch(&location, request).map(RedactedSample::Fetched)
            }
            None => Ok(RedactedSample::Missing),
        }
    }

    /// Checks that the secrets of a described request have a file.
    fn with_secret_file(&self, sample: RedactedSample) -> Result<RedactedSample, Exit> {
        let RedactedSample::Described { request, .. } = &sample else { return Ok(sample) };
        let keys = [request.request.keys(), request.secrets.clone()].concat();
        match (keys.as_slice(), &self.request.secret_file) {
            ([], _) | (_, Some(_)) => Ok(sample),
            (keys, None) => {
                let keys = keys.join(" and ");
                let error = Diagnostic::new(format!("the API requires {keys} without a secret file"));
                let help = format!(
                    "pass `--secret-file FILE`, the file for lines with {keys}, which may be created later"
                );
                Err(Exit::usage(error.help(help)))
            }
        }
    }

    /// Returns the value of `secret_file_path`.
    fn secret_file(&self) -> Result<Option<&str>, Exit> {
        let path = self.request.secret_file.as_deref();
        let text = |path: &Path| format!("{}: the path of the secret file is not UTF-8", path.display());
        path.map(|path| path.to_str().ok_or_else(|| Exit::usage(text(path)))).transpose()
    }

    /// Returns the error that no name of a metric matches `--only`.
    fn nothing_selected(&self, NothingSelected(names): &NothingSelected) -> Exit {
        let only = self.selection.only.join(",");
        let names: Vec<&str> = names.iter().take(MOST_NAMES).map(String::as_str).collect();
        let nothing = Diagnostic::new(format!("`--only {only}` matches none of the metrics"));
        Exit::usage(nothing.help(format!("use names such as {}", names.join(", "))))
    }

    /// Returns a description of the source of the service.
    fn source(&self) -> String {
        let file = self.sample.as_deref().and_then(Path::file_name);
        if let Some(response) = &self.described {
            let file = response.file.file_name().unwrap_or_default().to_string_lossy();
            return escaped(&format!("{} of {file}", response.name()));
        }
        let none = if self.request.is_fetch() { "a response of the API" } else { "a URL without a sample" };
        file.map_or(none.to_owned(), |file| escaped(&file.to_string_lossy()))
    }

    /// Returns the next steps.
    fn next(&self, made: &GeneratedService) -> String {
        let (service, module) = (&self.service, &made.module);
        let cd = if self.dir.as_os_str().is_empty() {
            String::new()
        } else {
            format!("    cd {}\n", shell::word(&self.dir))
        };
        let poll = poll_once(service);
        format!(
            "next:\n{cd}    {poll}\n    cargo test --bins {module}    # optional: builds the test dependencies\n"
        )
    }

    fn refuse_taken(&self, config: &Config, path: &Path) -> Result<(), Exit> {
        let module = generated_service::module(&self.service);
        let taken =
            |other: &&config::ServiceConfig| other.name == self.service || other.module.value == module;
        let Some(other) = config.services.iter().find(taken) else { return Ok(()) };
        let place = format!("{}:{}:{}", path.display(), other.place.line, other.place.column);
        let exists = format!("service `{}` already exists, in module `{}`", other.name, other.module.value);
        let exists = Diagnostic::new(exists).within(place);
        Err(Exit::usage(exists.help("choose another name, or remove the existing service")))
    }
}

/// Returns the command that polls the recording of a service once, in the profile of this binary.
pub(super) fn poll_once(service: &str) -> String {
    let profile = if cfg!(debug_assertions) { "" } else { " --release" };
    format!("cargo run{profile} -- once -s {service} --replay services/replay/{service}")
}

/// Parses the URL to request.
pub(crate) fn url(text: &str) -> Result<Url, Exit> {
    api_url::check("`--url`", text)
        .and_then(|()| api_url::secret("`--url`", text).map_or(Ok(()), Err))
        .map_err(Exit::usage)?;
    Url::parse(text).map_err(|error| Exit::usage(Diagnostic::from(&error).within("--url")))
}

/// Returns the text of the config and its content. The content is `None` if the config has no services yet.
fn read_config(path: &Path) -> Result<(String, Option<Config>), Exit> {
    let text = std::fs::read_to_string(path).map_err(|error| {
        let unread = Diagnostic::new(format!("{}: cannot read the config: {error}", path.display()));
        let unread = unread.help("run the command in your package, or pass its directory with `--dir`");
        Exit::usage(unread.help("to create a package, run `cton new-project`"))
    })?;
    match config::parse(&path.display().to_string(), &text) {
        Ok(config) => Ok((text, Some(config))),
        Err(mistakes)
            if mistakes
                .list
                .iter()
                .all(|mistake| mistake.problem.text.starts_with("`services` is empty")) =>
        {
            Ok((text, None))
        }
        Err(mistakes) => Err(mistakes.into()),
    }
}

/// Returns the config with a further entry, after validation.
fn with_entry(path: &Path, text: &str, entry: &ConfigEntry) -> Result<String, Exit> {
    let text = entry.added_to(text);
    let text = text
        .ok_or_else(|| Exit::defect(format!("{}: `services` has no place for an entry", path.display())))?;
    config::parse(&path.display().to_string(), &text)?;
    Ok(text)
}

/// Returns the port of a new service, and the config with its entry.
///
/// # Errors
/// The config with the entry is invalid on any port.
fn placed(
    config: Option<&Config>,
    entry: impl Fn(u16) -> Result<String, Exit>,
) -> Result<(u16, String), Exit> {
    // The metrics or the address of the services on a shared port may not allow another one.
    let shared = shared_port(config).and_then(|port| Some((port, entry(port).ok()?)));
    let separate = || {
        let port = free_port(config);
        Ok((port, entry(port)?))
    };
    shared.map_or_else(separate, Ok)
}

/// Returns the port of the last service. One port has one scrape target and one status page for all services.
fn shared_port(config: Option<&Config>) -> Option<u16> {
    Some(config?.services.last()?.port)
}

/// Returns the port after the highest one in use, so that the ports of a team are consecutive.
fn free_port(config: Option<&Config>) -> u16 {
    let taken: Vec<u16> =
        config.into_iter().flat_map(|config| &config.services).map(|service| service.port).collect();
    let next = taken.iter().max().map_or(FIRST_PORT, |highest| highest.saturating_add(1));
    let all = (FIRST_PORT..=u16::MAX).chain(1..FIRST_PORT);
    std::iter::once(next).chain(all).find(|port| !taken.contains(port)).unwrap_or(next)
}
