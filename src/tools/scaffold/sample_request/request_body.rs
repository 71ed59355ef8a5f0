//! The body of the request whose response is the sample.

use serde_json::{Map, Value};

use super::{RequestOptions, RequestText, value_of};
use crate::author::Api;
use crate::author::request::Request;
use crate::support::diagnostic::Diagnostic;
use crate::support::error::{Error, ErrorKind, Result};

/// The longest JSON body in bytes, which becomes an expression in the code of the service.
pub(in crate::tools::scaffold) const LONGEST: usize = 4096;

/// The deepest recursion of the macro `json!`; the limit of rustc is 128.
const RECURSION: usize = 90;

/// The body of a POST.
#[derive(Debug)]
pub(in crate::tools::scaffold) enum SampleBody {
    /// A JSON value, whose strings may refer to secrets.
    Json(Value),
    /// The fields of a form.
    Form(Vec<(String, RequestText)>),
}

impl SampleBody {
    /// Returns the body of the options; `None` without one.
    ///
    /// # Errors
    /// The body is no JSON or too long, a field has no name, or a value is a literal secret.
    pub(super) fn of(options: &RequestOptions) -> Result<Option<Self>, Diagnostic> {
        if let Some(text) = &options.post {
            return json(text).map(|value| Some(Self::Json(value)));
        }
        let fields = options.form.iter().map(|text| field(text)).collect::<Result<Vec<_>, _>>()?;
        Ok((!fields.is_empty()).then_some(Self::Form(fields)))
    }

    /// Returns the keys of the secrets in the body.
    pub(super) fn keys(&self) -> Vec<String> {
        let keys = |text: &RequestText| text.keys().map(str::to_owned).collect::<Vec<_>>();
        match self {
            Self::Form(fields) => fields.iter().flat_map(|(_, value)| keys(value)).collect(),
            Self::Json(value) => {
                let mut texts = Vec::new();
                strings(value, &mut texts);
                texts.into_iter().flat_map(|text| keys(&RequestText::parse(text))).collect()
            }
        }
    }

    /// Adds the body to a request.
    ///
    /// # Errors
    /// A secret cannot be read.
    pub(super) fn on<'api>(&self, api: &'api Api, mut request: Request<'api>) -> Result<Request<'api>> {
        match self {
            Self::Json(value) => Ok(request.json_body(&with_secrets(value, api)?)),
            Self::Form(fields) => {
                for (name, value) in fields {
                    request = match value.plain() {
                        Some(plain) => request.field(name, plain),
                        None => request.field(name, value.secret(api)?),
                    };
                }
                Ok(request)
            }
        }
    }

    /// Returns the Rust expression of a JSON body. rustc limits the recursion of the macro `json!`.
    fn json_argument(&self, value: &Value) -> String {
        if recursion(value) > RECURSION && self.keys().is_empty() {
            let text = literal(value).to_string();
            return format!("&serde_json::from_str::<serde_json::Value>({text:?})?");
        }
        format!("&serde_json::json!({})", json_code(value))
    }

    /// Returns the Rust expression of a request with the body.
    pub(in crate::tools::scaffold) fn code(&self, method: &str) -> String {
        match self {
            Self::Json(value) => {
                let short = ["POST", "PUT", "PATCH"].contains(&method).then(|| method.to_ascii_lowercase());
                let json = self.json_argument(value);
                let long = || format!("api.request({method:?}).json_body({json})");
                short.map_or_else(long, |short| format!("api.{short}({json})"))
            }
            Self::Form(fields) => {
                let field =
                    |(name, value): &(String, RequestText)| format!(".field({name:?}, {})", value.code());
                format!("api.request({method:?}){}", fields.iter().map(field).collect::<String>())
            }
        }
    }
}

/// Returns the depth of the recursion of the macro `json!` for a value, at most.
fn recursion(value: &Value) -> usize {
    let deepest = |parts: &mut dyn Iterator<Item = usize>| 2 + parts.max().unwrap_or_default();
    match value {
        Value::Array(items) => {
            deepest(&mut items.iter().enumerate().map(|(at, item)| at + 1 + recursion(item)))
        }
        Value::Object(fields) => {
            deepest(&mut fields.values().enumerate().map(|(at, field)| 3 * (at + 1) + recursion(field)))
        }
        _ => 1,
    }
}

/// Returns the value of a body without references.
fn literal(value: &Value) -> Value {
    match value {
        Value::String(text) => RequestText::parse(text).plain().unwrap_or_default().into(),
        Value::Array(items) => items.iter().map(literal).collect(),
        Value::Object(fields) => {
            Value::Object(fields.iter().map(|(name, field)| (name.clone(), literal(field))).collect())
        }
        other => other.clone(),
    }
}

fn field(text: &str) -> Result<(String, RequestText), Diagnostic> {
    match text.split_once('=').filter(|(name, _)| !name.is_empty()) {
        Some((name, value)) => {
            Ok((name.to_owned(), value_of(&format!("the form field `{name}`"), name, value, false)?))
        }
        None => Err(Diagnostic::new("`--form` has no name before `=`").help("write 'name=value'")),
    }
}

/// Parses the JSON body, which may be in a file.
fn json(text: &str) -> Result<Value, Diagnostic> {
    let (name, text) = match text.strip_prefix('@') {
        None => ("--post", text.to_owned()),
        Some(file) => (file, std::fs::read_to_string(file).map_err(|error| unread(file, &error))?),
    };
    if text.len() > LONGEST {
        let error =
            Diagnostic::new(format!("{name}: the body has {} bytes, expected at most {LONGEST}", text.len()));
        return Err(error.help("shorten it, or save the response and pass it with `--sample`"));
    }
    let value: Value = serde_json::from_str(&text).map_err(|error| {
        let at = format!("line {} column {}", error.line(), error.column());
        let error = Diagnostic::new(format!("{name}: the body is no JSON, at {at}"));
        error.help(
            "write JSON in single quotes, or `@` and the name of a file with it; for a form, use `--form`",
        )
    })?;
    refuse_literals("", &value).map(|()| value)
}

fn unread(file: &str, error: &std::io::Error) -> Diagnostic {
    Diagnostic::new(format!("{file}: cannot read the body: {error}")).help("correct the path after `@`")
}

/// Checks that no string of a body is a literal credential.
fn refuse_literals(name: &str, value: &Value) -> Result<(), Diagnostic> {
    match value {
        Value::String(text) => {
            value_of(&format!("the field `{name}` of the body"), name, text, false).map(drop)
        }
        Value::Array(items) => items.iter().try_for_each(|item| refuse_literals(name, item)),
        Value::Object(fields) => fields.iter().try_for_each(|(name, value)| refuse_literals(name, value)),
        _ => Ok(()),
    }
}

fn strings<'v>(value: &'v Value, texts: &mut Vec<&'v str>) {
    match value {
        Value::String(text) => texts.push(text),
        Value::Array(items) => items.iter().for_each(|item| strings(item, texts)),
        Value::Object(fields) => fields.values().for_each(|value| strings(value, texts)),
        _ => {}
    }
}

/// Returns the body with a placeholder for each secret, which the request replaces.
fn with_secrets(value: &Value, api: &Api) -> Result<Value> {
    Ok(match value {
        Value::String(text) => {
            let text = RequestText::parse(text);
            match text.plain() {
                Some(plain) => Value::String(plain),
                None => serde_json::to_value(text.secret(api)?)
                    .map_err(|error| Error::new(ErrorKind::Service, error.to_string()))?,
            }
        }
        Value::Array(items) => items.iter().map(|item| with_secrets(item, api)).collect::<Result<_>>()?,
        Value::Object(fields) => {
            let field = |(name, value): (&String, &Value)| Ok((name.clone(), with_secrets(value, api)?));
            Value::Object(fields.iter().map(field).collect::<Result<Map<_, _>>>()?)
        }
        other => other.clone(),
    })
}

/// Returns the tokens of a value in the macro `json!`.
fn json_code(value: &Value) -> String {
    match value {
        Value::String(text) => RequestText::parse(text).code(),
        Value::Array(items) => {
            format!("[{}]", items.iter().map(json_code).collect::<Vec<_>>().join(", "))
        }
        Value::Object(fields) if fields.is_empty() => "{}".to_owned(),
        Value::Object(fields) => {
            let field = |(name, value): (&String, &Value)| format!("{name:?}: {}", json_code(value));
            format!("{{ {} }}", fields.iter().map(field).collect::<Vec<_>>().join(", "))
        }
        other => other.to_string(),
    }
}
