//! The errors of polls.

mod conversions;
mod fields;
mod io_errors;
mod kind;
mod recurrence;

use std::fmt;
use std::time::Duration;

use super::excerpt::without_middle;

pub(crate) use io_errors::{FILES_HELP, is_out_of_files, read_help, start_help};
pub use kind::ErrorKind;

/// The result of everything a service does.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// The error of a poll, or of one of its metrics: a problem, details such as the request and the response, and help.
///
/// The text is for a person. It never contains a secret: the URL in it omits query values that contain secrets, and bodies
/// are quoted in part and redacted.
///
/// `?` and `.into()` create it from a string and from each [`std::error::Error`]:
///
/// ```
/// # use collectington::Result;
/// fn minutes(text: &str) -> Result<f64> {
///     if text.is_empty() {
///         return Err("the response has no duration".into());
///     }
///     Ok(text.parse::<f64>()?)
/// }
/// assert_eq!(minutes("").unwrap_err().to_string(), "the response has no duration");
/// assert!(minutes("1.5").is_ok());
/// ```
///
/// The problem of such an error contains the messages of its sources. An `Error` in a `Box<dyn std::error::Error>`, or among
/// the sources of another error, keeps its kind, its details and its help. An error that borrows data does not convert, nor
/// does a `Box<dyn std::error::Error + Send + Sync>`: convert it first, with `.map_err(|error| error.to_string())?` or
/// `.map_err(|error| error as Box<dyn std::error::Error>)?`. An error type of a service that contains an `Error` converts if the
/// service implements `Unpin` for it:
///
/// ```
/// # use collectington::{Api, Error, Result};
/// # #[derive(Debug)]
/// enum ShopError {
///     Request(Error),
///     Closed,
/// }
///
/// impl Unpin for ShopError {}
/// # impl std::error::Error for ShopError {
/// #     fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
/// #         if let Self::Request(error) = self { Some(error) } else { None }
/// #     }
/// # }
/// # impl std::fmt::Display for ShopError {
/// #     fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result { f.write_str("no orders") }
/// # }
///
/// fn orders(api: &Api) -> Result<u64, ShopError> {
///     let list: Vec<u64> = api.get().path("projects/old").json().map_err(ShopError::Request)?;
///     list.first().copied().ok_or(ShopError::Closed)
/// }
///
/// fn poll(api: &Api) -> Result<u64> {
///     Ok(orders(api)?)
/// }
/// # let api = Api::replay("tests/recordings")?;
/// # assert_eq!(poll(&api).unwrap_err().status(), Some(404));
/// # Ok::<(), Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Error {
    kind: ErrorKind,
    problem: String,
    /// The facts behind the problem by name, such as the request.
    details: Vec<(&'static str, String)>,
    /// The imperatives that fix the problem.
    help: Vec<String>,
    status: Option<u16>,
    retry_after: Option<Duration>,
}

/// The name of the detail with the method and URL of the request.
const REQUEST: &str = "request";
/// The name of the detail with the beginning of the response.
const RESPONSE: &str = "response";

impl Error {
    /// Creates an error of the given kind. The middle of a long problem is removed.
    pub fn new(kind: ErrorKind, problem: impl Into<String>) -> Self {
        let problem = without_middle(problem.into());
        Self { kind, problem, details: Vec::new(), help: Vec::new(), status: None, retry_after: None }
    }

    /// Returns the kind of the error, for decisions and labels.
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// Returns the status of the response, if the status is the cause of the error.
    pub fn status(&self) -> Option<u16> {
        self.status
    }

    /// Returns the time to wait before the next request: `Retry-After` (RFC 9110 section 10.2.3), or the time until the
    /// rate limit is reset.
    pub fn retry_after(&self) -> Option<Duration> {
        self.retry_after
    }

    /// Returns the texts that help an operator to fix the problem.
    pub fn help(&self) -> &[String] {
        &self.help
    }

    /// Returns the error with one more text that helps an operator to fix the problem.
    ///
    /// The text is an imperative without a full stop. It has its own line on a terminal and the field `hint` in the log.
    ///
    /// ```
    /// use collectington::{Error, Result};
    ///
    /// fn check(teams: &[&str]) -> Result<()> {
    ///     if teams.is_empty() {
    ///         return Err(Error::from("no teams are configured").with_help("list the teams in `teams`"));
    ///     }
    ///     Ok(())
    /// }
    /// let error = check(&[]).unwrap_err();
    /// assert_eq!(error.help(), ["list the teams in `teams`"]);
    /// assert_eq!(error.to_string(), "no teams are configured; help: list the teams in `teams`");
    /// ```
    pub fn with_help(mut self, text: impl Into<String>) -> Self {
        self.help.push(without_middle(text.into()));
        self
    }

    /// Returns the error with the status of the response.
    pub fn with_status(mut self, status: u16) -> Self {
        self.status = Some(status);
        self
    }

    /// Returns the error with the time to wait before the next request.
    pub fn with_retry_after(mut self, wait: Option<Duration>) -> Self {
        self.retry_after = wait;
        self
    }

    /// Returns the error with one more fact. The name is a word, because it is also the name of a log field.
    pub(crate) fn with_detail(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.details.push((name, without_middle(value.into())));
        self
    }

    /// Returns the error with the failed request, such as `GET https://...`, unless it has one already: a failed request
    /// for a token is the cause of the request that needed it.
    pub(crate) fn with_request(self, request: &str) -> Self {
        if self.detail(REQUEST).is_some() { self } else { self.with_detail(REQUEST, request) }
    }

    /// Returns the error with the beginning of the response.
    pub(crate) fn with_response(self, beginning: &str) -> Self {
        self.with_detail(RESPONSE, if beginning.is_empty() { "(empty)" } else { beginning })
    }

    /// Returns the error with all its texts reworded.
    pub(crate) fn map_message(mut self, mut reword: impl FnMut(String) -> String) -> Self {
        self.problem = reword(self.problem);
        self.details = self.details.into_iter().map(|(name, value)| (name, reword(value))).collect();
        self.help = self.help.into_iter().map(reword).collect();
        self
    }

    /// Returns the error with another problem. The middle of a long one is removed.
    fn with_problem(mut self, problem: String) -> Self {
        self.problem = without_middle(problem);
        self
    }

    /// Returns the error with the action before its problem: `page 3: ...`.
    pub fn context(mut self, doing: impl fmt::Display) -> Self {
        self.problem = format!("{doing}: {}", self.problem);
        self
    }

    fn detail(&self, name: &str) -> Option<&str> {
        self.details.iter().find(|(known, _)| *known == name).map(|(_, value)| value.as_str())
    }

    /// Returns the problem on one line; that of a status names the request: `401 Unauthorized from GET https://...`.
    pub(crate) fn headline(&self) -> String {
        match self.detail(REQUEST).filter(|_| self.is_of_status()) {
            Some(request) => format!("{} from {request}", self.problem),
            None => self.problem.clone(),
        }
    }

    /// Returns the details that the headline omits.
    pub(crate) fn further_details(&self) -> impl Iterator<Item = (&'static str, &str)> {
        let details = self.details.iter().filter(|(name, _)| *name != REQUEST || !self.is_of_status());
        details.map(|(name, value)| (*name, value.as_str()))
    }

    fn is_of_status(&self) -> bool {
        self.kind == ErrorKind::Status && self.status.is_some()
    }
}

impl fmt::Display for Error {
    /// Writes the whole error on one line.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.headline())?;
        self.further_details().try_for_each(|(name, value)| write!(f, "; {name}: {value}"))?;
        self.help.iter().try_for_each(|text| write!(f, "; help: {text}"))
    }
}

impl std::error::Error for Error {}

#[cfg(test)]
mod tests;
