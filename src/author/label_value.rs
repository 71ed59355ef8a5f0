//! The values that a label accepts.

use std::borrow::Cow;

/// A value of a label: a text or a whole number, borrowed or owned.
///
/// The constructors of the generated structs in `crate::labels` accept it. Implement it for an enum of the API, so that the enum is
/// a label value:
///
/// ```
/// use std::borrow::Cow;
///
/// use collectington::LabelValue;
///
/// enum Phase {
///     Open,
///     Closed,
/// }
///
/// impl<'a> LabelValue<'a> for &Phase {
///     fn to_label(self) -> Cow<'a, str> {
///         match self {
///             Phase::Open => "open".into(),
///             Phase::Closed => "closed".into(),
///         }
///     }
/// }
///
/// assert_eq!((&Phase::Open).to_label(), "open");
/// assert_eq!(7_u64.to_label(), "7");
/// # assert_eq!((&Phase::Closed).to_label(), "closed");
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the value of a label",
    label = "this is no text, whole number or `bool`",
    note = "pass a text such as `&item.name`, a whole number such as `item.id`, or the result of `.to_string()`",
    note = "`None` has no text: pass `item.name.as_deref().unwrap_or(\"unknown\")`"
)]
pub trait LabelValue<'a> {
    /// Returns the text of the value. An empty text is the absence of the label in Prometheus.
    fn to_label(self) -> Cow<'a, str>;
}

/// Implements [`LabelValue`] for texts that convert to a `Cow`.
macro_rules! texts {
    ($($text:ty),+) => {$(
        impl<'a> LabelValue<'a> for $text {
            fn to_label(self) -> Cow<'a, str> {
                self.into()
            }
        }
    )+};
}
texts!(&'a str, String, &'a String, Cow<'a, str>);

/// Implements [`LabelValue`] for values whose text is the one of `Display`.
macro_rules! displayed {
    ($($value:ty),+) => {$(
        impl<'a> LabelValue<'a> for $value {
            fn to_label(self) -> Cow<'a, str> {
                self.to_string().into()
            }
        }

        impl<'a> LabelValue<'a> for &$value {
            fn to_label(self) -> Cow<'a, str> {
                self.to_string().into()
            }
        }
    )+};
}
displayed!(u8, u16, u32, u64, u128, usize, i8, i16, i32, i64, i128, isize, bool, char);

impl<'a> LabelValue<'a> for Box<str> {
    fn to_label(self) -> Cow<'a, str> {
        String::from(self).into()
    }
}

impl<'a> LabelValue<'a> for &'a Box<str> {
    fn to_label(self) -> Cow<'a, str> {
        (**self).into()
    }
}

impl<'a> LabelValue<'a> for &'a Cow<'_, str> {
    fn to_label(self) -> Cow<'a, str> {
        (**self).into()
    }
}

impl<'a> LabelValue<'a> for &&'a str {
    fn to_label(self) -> Cow<'a, str> {
        (*self).into()
    }
}

impl<'a> LabelValue<'a> for &&'a String {
    fn to_label(self) -> Cow<'a, str> {
        (*self).into()
    }
}
