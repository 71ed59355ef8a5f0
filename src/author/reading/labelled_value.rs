//! The return types of methods of metrics with labels, and their conversion to series.

use super::metric_value::how::{Listed, Many, Maybe, OrSame, Same, Tried};
use super::metric_value::{CounterReading, GaugeReading, StateSetReading};
use super::observed::{HistogramReading, SummaryReading};
use super::{Labels, ReadResult, Reading, Unchanged};
use crate::support::error::Error;

/// Defines the labelled form of each trait: an iterator or a `Vec` of `(labels, value)`, an `Option` or `Result` of one,
/// or `Unchanged`.
macro_rules! labelled {
    ($($(#[$doc:meta])* $name:ident of $kind:ident),+ $(,)?) => {$(
        $(#[$doc])*
        pub trait $name<L, How> {
    /// Converts the return value to items.
            fn series(self, into: &mut Reading);
        }

        impl<L: Labels, How, R: $kind<How>, I: Iterator<Item = (L, R)>> $name<L, (Many, How)> for I {
            fn series(self, into: &mut Reading) {
                into.complete |= R::COMPLETE;
                for (labels, value) in self {
                    into.labelled(&labels, |points| value.points(points));
                }
            }
        }

        impl<L: Labels, How, R: $kind<How>> $name<L, (Listed, How)> for Vec<(L, R)> {
            fn series(self, into: &mut Reading) {
                self.into_iter().series(into);
            }
        }

        impl<L, How, A: $name<L, How>> $name<L, Maybe<How>> for Option<A> {
            fn series(self, into: &mut Reading) {
                match self {
                    Some(value) => value.series(into),
                    None => into.report = ReadResult::Absent,
                }
            }
        }

        impl<L> $name<L, Same> for Unchanged {
            fn series(self, into: &mut Reading) {
                into.report = ReadResult::Unchanged;
            }
        }

        impl<L, How, A: $name<L, How>> $name<L, OrSame<How>> for std::result::Result<A, Unchanged> {
            fn series(self, into: &mut Reading) {
                match self {
                    Ok(value) => value.series(into),
                    Err(Unchanged) => into.report = ReadResult::Unchanged,
                }
            }
        }

        impl<L, How, A: $name<L, How>, E: Into<Error>> $name<L, Tried<How>> for std::result::Result<A, E> {
            fn series(self, into: &mut Reading) {
                match self {
                    Ok(value) => value.series(into),
                    Err(error) => into.report = ReadResult::Failed(error.into()),
                }
            }
        }
    )+};
}

labelled! {
    /// A return type for the method of a counter with labels.
    #[diagnostic::on_unimplemented(
        message = "a counter with labels cannot be read from `{Self}`",
        label = "this counter's method returns `{Self}`",
        note = "return an iterator or `Vec` of `({L}, Total(n))` or `({L}, Increase(n))`: one item for each label set"
    )]
    LabelledCounter of CounterReading,
    /// A return type for the method of a gauge with labels.
    #[diagnostic::on_unimplemented(
        message = "a gauge with labels cannot be read from `{Self}`",
        label = "this gauge's method returns `{Self}`",
        note = "return an iterator or `Vec` of `({L}, number)`: one item for each label set",
        note = "`Total` and `Increase` belong to a `counter`, `States` to a `stateset`, and labels without a value to an `info` metric"
    )]
    LabelledGauge of GaugeReading,
    /// A return type for the method of a summary with labels.
    #[diagnostic::on_unimplemented(
        message = "a summary with labels cannot be read from `{Self}`",
        label = "this summary's method returns `{Self}`",
        note = "return an iterator or `Vec` of `({L}, numbers)` or `({L}, Quantiles)`: one item for each label set"
    )]
    LabelledSummary of SummaryReading,
    /// A return type for the method of a histogram with labels.
    #[diagnostic::on_unimplemented(
        message = "a histogram with labels cannot be read from `{Self}`",
        label = "this histogram's method returns `{Self}`",
        note = "return an iterator or `Vec` of `({L}, numbers)` or `({L}, Buckets)`: one item for each label set"
    )]
    LabelledHistogram of HistogramReading,
    /// A return type for the method of a state set with labels.
    #[diagnostic::on_unimplemented(
        message = "a state set with labels cannot be read from `{Self}`",
        label = "this state set's method returns `{Self}`",
        note = "return an iterator or `Vec` of `({L}, States::of(current, &[all]))`: one item for each label set"
    )]
    LabelledStates of StateSetReading,
}
