//! Errors from strings and from errors of other types.

use std::error::Error as StdError;
use std::marker::PhantomData;

use super::{Error, ErrorKind};
use crate::support::diagnostic::Diagnostic;

/// The most sources of an error that are read. More of them indicate a cycle.
const MAX_SOURCES: usize = 16;

/// The conversion behind `?`.
///
/// It accepts each type that std converts to a `Box<dyn Error>`: `String`, `&str`, and each `std::error::Error` without
/// borrowed data. std already converts [`Error`] to itself, so [`Error`] must violate one of the bounds. That is `Unpin`, which
/// means nothing for an error. Another type violates it only if it contains an [`Error`].
impl<E: Into<Box<dyn StdError>> + Unpin> From<E> for Error {
    fn from(error: E) -> Self {
        match error.into().downcast::<Self>() {
            Ok(own) => *own,
            Err(foreign) => of_foreign(foreign.as_ref()),
        }
    }
}

/// Replaces the automatic implementation by one whose condition is never met, see the conversion above.
impl<'a> Unpin for Error where NeverUnpin<'a>: Unreachable {}

/// A type that does not implement [`Unreachable`]. Its lifetime defers the check of the condition to the use of the
/// implementation.
struct NeverUnpin<'a>(PhantomData<&'a ()>);

/// A trait without implementations.
#[diagnostic::on_unimplemented(
    message = "an error type that contains a `collectington::Error` converts only if it is `Unpin`",
    label = "this error type is not `Unpin`",
    note = "add `impl Unpin for TheErrorType {{}}` to the service"
)]
trait Unreachable {}

/// Returns the error of another type, with the problem of each of its sources.
///
/// If one of the sources is an [`Error`], such as that of a request, its facts stay.
fn of_foreign(foreign: &(dyn StdError + 'static)) -> Error {
    let own = sources(foreign).find_map(|source| source.downcast_ref::<Error>());
    let inherited = own.cloned().unwrap_or_else(|| Error::new(ErrorKind::Service, ""));
    let (kind, lead) = own.map_or_else(|| kind(foreign), |own| (own.kind, ""));
    Error { kind, ..inherited }.with_problem(format!("{lead}{}", problem(foreign)))
}

/// Returns the message of an error, and those of its sources that it does not contain.
fn problem(foreign: &(dyn StdError + 'static)) -> String {
    let mut all = foreign.to_string();
    for source in sources(foreign) {
        let text = source.to_string();
        if let Some(own) = source.downcast_ref::<Error>() {
            // Its details and its help have their own places.
            all = all.replace(&text, &own.problem);
            if !all.contains(&own.problem) {
                all = format!("{all}: {}", own.problem);
            }
            break;
        }
        if !all.contains(&text) {
            all = format!("{all}: {text}");
        }
    }
    all
}

fn sources<'a>(error: &'a (dyn StdError + 'static)) -> impl Iterator<Item = &'a (dyn StdError + 'static)> {
    std::iter::successors(error.source(), |error: &&_| StdError::source(*error)).take(MAX_SOURCES)
}

/// Defines the kinds of the errors of std and of the crates that services use most, with the text before their messages.
macro_rules! kinds {
    ($($error:ty => $what:literal),+ $(,)?) => {
        fn kind(error: &(dyn StdError + 'static)) -> (ErrorKind, &'static str) {
            $(if error.is::<$error>() {
                return (ErrorKind::Type, $what);
            })+
            (ErrorKind::Service, "")
        }
    };
}

kinds! {
    serde_json::Error => "unexpected JSON: ",
    std::num::ParseIntError => "not a whole number: ",
    std::num::ParseFloatError => "not a number: ",
    std::num::TryFromIntError => "number out of range: ",
    std::str::Utf8Error => "not UTF-8: ",
    std::string::FromUtf8Error => "not UTF-8: ",
    chrono::ParseError => "not a valid time: ",
    chrono::OutOfRangeError => "not a valid duration: ",
}

impl From<&Error> for Diagnostic {
    fn from(error: &Error) -> Self {
        let diagnostic = Self::new(error.headline());
        let with_details =
            error.further_details().fold(diagnostic, |all, (name, value)| all.detail(name, value));
        error.help().iter().fold(with_details, Self::help)
    }
}
