//! The return types of methods of info metrics, and their conversion to series.

use super::metric_value::how::{Listed, Many, Maybe, One, OrSame, Same, Tried};
use super::{Labels, ReadItem, ReadResult, Reading, Unchanged};
use crate::support::error::Error;

/// A return type for the method of an info metric.
#[diagnostic::on_unimplemented(
    message = "an info metric cannot be read from `{Self}`",
    label = "this info metric's method returns `{Self}`",
    note = "return `{L}`, or an iterator or `Vec` of them; `Option` and `Result` of these are fine too",
    note = "labels with a number belong to a `gauge`, and with `States` to a `stateset`"
)]
pub trait InfoReading<L, How> {
    /// Converts the return value to items.
    fn series(self, into: &mut Reading);
}

impl<L: Labels> InfoReading<L, One> for L {
    fn series(self, into: &mut Reading) {
        into.labelled(&self, |points| points.push(ReadItem::Set(1.0)));
    }
}

impl<L: Labels, I: Iterator<Item = L>> InfoReading<L, Many> for I {
    fn series(self, into: &mut Reading) {
        self.for_each(|labels| labels.series(into));
    }
}

impl<L: Labels> InfoReading<L, Listed> for Vec<L> {
    fn series(self, into: &mut Reading) {
        self.into_iter().series(into);
    }
}

impl<L, How, A: InfoReading<L, How>> InfoReading<L, Maybe<How>> for Option<A> {
    fn series(self, into: &mut Reading) {
        match self {
            Some(value) => value.series(into),
            None => into.report = ReadResult::Absent,
        }
    }
}

impl<L> InfoReading<L, Same> for Unchanged {
    fn series(self, into: &mut Reading) {
        into.report = ReadResult::Unchanged;
    }
}

impl<L, How, A: InfoReading<L, How>> InfoReading<L, OrSame<How>> for std::result::Result<A, Unchanged> {
    fn series(self, into: &mut Reading) {
        match self {
            Ok(value) => value.series(into),
            Err(Unchanged) => into.report = ReadResult::Unchanged,
        }
    }
}

impl<L, How, A: InfoReading<L, How>, E: Into<Error>> InfoReading<L, Tried<How>>
    for std::result::Result<A, E>
{
    fn series(self, into: &mut Reading) {
        match self {
            Ok(value) => value.series(into),
            Err(error) => into.report = ReadResult::Failed(error.into()),
        }
    }
}
