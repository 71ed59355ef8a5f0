//! The code in the file of a service.

use serde_json::Value;

use super::code_tree::CodeTree;
use super::generated_paging::GeneratedPaging;
use super::generated_service;
use super::identifiers::escaped;
use super::metric_method::{MethodContext, state_list};
use super::model::{ModelMetric, ModelValue, ServiceModel};
use super::row_method::RowMethods;
use super::service_setting::{self, ServiceSetting};
use crate::config::Kind;
use crate::config::names::is_keyword;
use crate::fetch::url::Url;

/// The origin of the code, as stated in the file.
pub(super) struct CodeOrigin<'a> {
    /// The name of the service.
    pub service: &'a str,
    /// The name of the type.
    pub class: &'a str,
    /// The URL that the service requests.
    pub url: &'a Url,
    /// A description of the sample.
    pub source: &'a str,
    /// The request that the service sends.
    pub request: &'a RequestCode,
}

/// The code of a request.
#[derive(Debug, Clone)]
pub(super) struct RequestCode {
    /// The expression of the request.
    pub expression: String,
    /// The keys of its secrets.
    pub keys: Vec<String>,
    /// The pagination of the responses.
    pub paging: Option<GeneratedPaging>,
    /// The custom keys that it refers to.
    pub settings: Vec<ServiceSetting>,
}

impl Default for RequestCode {
    fn default() -> Self {
        Self { expression: "api.get()".to_owned(), keys: Vec::new(), paging: None, settings: Vec::new() }
    }
}

impl RequestCode {
    /// Returns the declarations of the secrets and the settings of the service.
    fn constants(&self, class: &str) -> String {
        let (mut lines, settings) = (String::new(), settings_name(class));
        if !self.keys.is_empty() {
            lines += &format!("    const SECRETS: &'static [&'static str] = &{:?};\n", self.keys);
        }
        if !self.settings.is_empty() {
            lines += &format!("    const SETTINGS: SettingsType = SettingsType::of::<{settings}>();\n");
        }
        if lines.is_empty() { lines } else { lines + "\n" }
    }

    /// Returns the struct of the settings.
    fn settings(&self, class: &str) -> String {
        if self.settings.is_empty() {
            return String::new();
        }
        service_setting::code(&self.settings, &settings_name(class))
    }

    /// Returns the statement that reads the settings.
    fn statement(&self, class: &str) -> String {
        if self.settings.is_empty() {
            return String::new();
        }
        format!("let settings: {} = api.settings()?;\n        ", settings_name(class))
    }

    /// Returns the calls that set the URL and the settings of a replay. The URL of a replay has only the path of the recording.
    fn replayed(&self, url: &Url) -> String {
        let is_below = self.expression.contains(".path(") || self.expression.contains(".segment(");
        // Links to the origin of the API are links to another origin without its URL.
        let has_links = self.paging.as_ref().is_some_and(GeneratedPaging::has_links);
        let mut calls = String::new();
        if is_below || has_links || url.target() != url.path() {
            calls += &format!(".with_url(\"{url}\").unwrap()");
        }
        let literal = |value: &Value| value.as_str().map_or(value.to_string(), |text| format!("{text:?}"));
        let setting = |setting: &ServiceSetting| {
            format!(".with_setting({:?}, {})", setting.key, literal(&setting.value))
        };
        calls + &self.settings.iter().map(setting).collect::<String>()
    }

    /// Returns the body of `poll`. If the place of the list is unknown, a comment states that further pages are not requested.
    fn poll(&self, model: &ServiceModel, tree: &CodeTree) -> String {
        let Some(paging) = &self.paging else { return poll(model, &self.expression) };
        let note = "The response has further pages, which are not requested. To request them, use";
        paging.poll(tree, model.wrapper, &self.expression).unwrap_or_else(|| {
            let (example, poll) = (paging.example(), poll(model, &self.expression));
            format!("// {note}\n        // `{example}`.\n        {poll}")
        })
    }
}

/// Returns the name of the struct of the settings.
pub(super) fn settings_name(class: &str) -> String {
    format!("{class}Settings")
}

/// Returns the code of the file.
pub(super) fn file(model: &ServiceModel, origin: &CodeOrigin) -> String {
    let CodeOrigin { service, class, url, source, request } = origin;
    let paging = request.paging.as_ref().map(GeneratedPaging::reads).unwrap_or_default();
    let tree = CodeTree::of(model, class, &paging);
    let rows = RowMethods::of(model, &tree);
    let context = MethodContext { model, tree: &tree, rows: &rows };
    let mut methods: Vec<String> = model.metrics.iter().map(|metric| context.method(metric)).collect();
    methods.extend(rows.code().into_iter().map(str::to_owned));
    let structs = tree.structs(model.wrapper) + &request.settings(class);
    let methods = methods.join("\n\n");
    let (constants, poll) =
        (request.constants(class), request.statement(class) + &request.poll(model, &tree));
    let asserts: Vec<String> = model.metrics.iter().map(assertion).collect();
    format!(
        include_str!("templates/service.rs.txt"),
        service = service,
        class = class,
        host = url.host(),
        source = source,
        imports = imports(
            model,
            &generated_service::module(service),
            &structs,
            &[&*poll, &constants, &methods].concat()
        ),
        structs = structs,
        constants = constants,
        poll = poll,
        methods = methods,
        convention = convention(&methods),
        allowed = allowed(model),
        replayed = request.replayed(url),
        asserts = asserts.join("\n"),
    )
}

/// Returns the imports of the names that the code uses.
fn imports(model: &ServiceModel, module: &str, structs: &str, methods: &str) -> String {
    let used = |name: &str, mark: &str| structs.contains(mark) || methods.contains(mark) && !name.is_empty();
    let names = [
        ("Api", ""),
        ("Error", ", Error>"),
        ("Keyed", "Keyed<"),
        ("Lenient", "Lenient<"),
        ("Paging", "let paging = Paging::"),
        ("Part", "Part<"),
        ("Result", ""),
        ("Rows", "Rows<"),
        ("Secret", "Secret::new("),
        ("Service", ""),
        ("SettingsType", "SettingsType::"),
        ("States", "States,"),
        ("Text", ": Text,"),
        ("Text", "<Text>"),
        ("Timestamp", "Timestamp>"),
        ("Total", "Total<"),
        ("units", "units::"),
    ];
    let mut names: Vec<&str> =
        names.iter().filter(|(name, mark)| used(name, mark)).map(|(name, _)| *name).collect();
    names.dedup();
    let std = [("borrow::Cow", "Cow<"), ("collections::BTreeMap", "BTreeMap::new")];
    let std: String = std
        .iter()
        .filter(|(_, mark)| methods.contains(mark))
        .map(|(path, _)| format!("use std::{path};\n"))
        .collect();
    let mut lines = if std.is_empty() { String::new() } else { std + "\n" };
    lines += &format!("use collectington::{{{}}};\n", names.join(", "));
    if structs.contains("IgnoredAny") || methods.contains("IgnoredAny") {
        lines += "use serde::de::IgnoredAny;\n";
    }
    if model.metrics.iter().any(|metric| !metric.labels.is_empty()) {
        lines += &format!("\nuse crate::labels::{module} as labels;\n");
    }
    lines
}

fn poll(model: &ServiceModel, request: &str) -> String {
    let is_text = model.metrics.iter().any(|metric| metric.value == ModelValue::Bytes);
    match model.wrapper {
        None => format!("{request}.json()"),
        Some(name) if is_text => format!("Ok(Self {{ {name}: {request}.text()? }})"),
        Some(name) => format!("Ok(Self {{ {name}: {request}.json()? }})"),
    }
}

/// Returns an attribute for clippy, which expects that `from_...` and `into_...` convert, and that `new` creates. Here, the API names
/// the methods.
fn convention(methods: &str) -> &'static str {
    let is_conventional = ["fn from_", "fn into_", "fn new("].iter().any(|start| methods.contains(start));
    let allowed = "#[allow(clippy::new_ret_no_self, clippy::wrong_self_convention)]\n";
    if is_conventional { allowed } else { "" }
}

/// Returns an attribute for clippy, which rejects numbers that look like a mathematical constant.
fn allowed(model: &ServiceModel) -> &'static str {
    let has_fraction = |metric: &ModelMetric| metric.labels.is_empty() && metric.sample.fract() != 0.0;
    if model.metrics.iter().any(has_fraction) { "\n    #[allow(clippy::approx_constant)]" } else { "" }
}

/// Returns the assertion that a metric has its value in the sample.
fn assertion(metric: &ModelMetric) -> String {
    let (call, number) = (format!("response.{}()", metric.name), metric.sample);
    match &metric.value {
        ModelValue::Info(_) => {
            let label = metric.labels.first().map_or("", String::as_str);
            let label = if is_keyword(label) { format!("r#{label}") } else { label.to_owned() };
            format!("        assert!(!{call}.{label}.is_empty());")
        }
        ModelValue::States(states) if metric.labels.is_empty() => {
            let state = escaped(states.first().map_or("", String::as_str));
            format!("        assert_eq!({call}, Ok(States::of(\"{state}\", {})));", state_list(states))
        }
        _ if !metric.labels.is_empty() => format!("        assert_eq!({call}.count(), {number:.0});"),
        ModelValue::Flag => format!("        assert_eq!({call}, {});", number != 0.0),
        ModelValue::Count | ModelValue::Bytes => format!("        assert_eq!({call}, {number:.0});"),
        ModelValue::Epoch(_) => format!("        assert_eq!({call}, Timestamp::from_seconds({number:?}));"),
        ModelValue::Time => {
            format!("        assert_eq!({call}, Ok(Some(Timestamp::from_seconds({number:?}))));")
        }
        ModelValue::Parsed(..) => format!("        assert_eq!({call}, Ok(Some({number:?})));"),
        _ if metric.kind == Kind::Counter => format!("        assert_eq!({call}, Total({number:?}));"),
        _ => format!("        assert_eq!({call}, {number:?});"),
    }
}
