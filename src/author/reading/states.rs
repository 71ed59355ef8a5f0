//! The states of a thing, of which a metric exports each as 0 or 1.

use super::metric_value::how::{Maybe, One};
use crate::support::memory_limit::of_text;

/// The known states of a thing, and the active ones among them, as the value of a state set.
///
/// Each known state is a series whose label has the name of the metric, as OpenMetrics 1.0 ("StateSet") requires. Its value is
/// 1 if the state is active, otherwise 0. Every poll exports all of them, so a state that ends becomes 0 and does not vanish.
///
/// An active state that is not among the known ones is invalid: it is counted in `cton_items_rejected_total` and logged, and
/// all known states are exported. The same holds for a state that is listed twice. A list without states is rejected.
///
/// ```
/// use collectington::States;
///
/// struct Pipeline {
///     status: String,
/// }
///
/// impl Pipeline {
///     /// Status of the last pipeline.
///     pub fn pipeline_status(&self) -> States {
///         // Exports pipeline_status{pipeline_status="failed"} and two more.
///         States::of(&self.status, &["failed", "running", "success"])
///     }
/// }
/// # let _ = Pipeline { status: "failed".to_owned() }.pipeline_status();
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct States {
    /// The known states in alphabetical order, each once, and a flag of the active ones.
    known: Vec<(Box<str>, bool)>,
    /// A state that is listed twice.
    repeated: Option<Box<str>>,
    /// The first active state that is not known.
    unknown: Option<Box<str>>,
    /// The number of active states that are not known.
    unknown_count: u64,
}

/// The current state of a thing: a text, or an `Option` of one.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a state",
    label = "a text or an `Option` of a text is expected here",
    note = "for several active states, use `States::any_of(active, all)`"
)]
pub trait CurrentState<How> {
    /// Passes the current state to `read`; `None` if there is none.
    fn read<T>(self, read: impl FnOnce(Option<&str>) -> T) -> T;
}

impl<S: AsRef<str>> CurrentState<One> for S {
    fn read<T>(self, read: impl FnOnce(Option<&str>) -> T) -> T {
        read(Some(self.as_ref()))
    }
}

impl<S: AsRef<str>> CurrentState<Maybe<One>> for Option<S> {
    fn read<T>(self, read: impl FnOnce(Option<&str>) -> T) -> T {
        read(self.as_ref().map(AsRef::as_ref))
    }
}

impl<S: AsRef<str>> CurrentState<Maybe<One>> for &Option<S> {
    fn read<T>(self, read: impl FnOnce(Option<&str>) -> T) -> T {
        read(self.as_ref().map(AsRef::as_ref))
    }
}

impl States {
    /// Returns the states of a thing that is in one state at a time.
    ///
    /// `current` is a text or an `Option` of one; with `None`, no state is active. `all` lists the known states.
    ///
    /// ```
    /// use collectington::States;
    ///
    /// struct Door {
    ///     state: Option<String>,
    /// }
    ///
    /// impl Door {
    ///     pub fn door(&self) -> States {
    ///         States::of(&self.state, &["closed", "open"])
    ///     }
    /// }
    /// # let _ = Door { state: None }.door();
    /// ```
    pub fn of<How>(current: impl CurrentState<How>, all: impl IntoIterator<Item: AsRef<str>>) -> Self {
        current.read(|current| Self::any_of(current, all))
    }

    /// Returns the states of a thing that is in any number of states at a time. Each text of `active` is one of `all`.
    ///
    /// ```
    /// use collectington::States;
    ///
    /// struct Host {
    ///     alarms: Vec<String>,
    /// }
    ///
    /// impl Host {
    ///     pub fn alarms(&self) -> States {
    ///         States::any_of(&self.alarms, &["disk", "fan", "power"])
    ///     }
    /// }
    /// # let _ = Host { alarms: vec![] }.alarms();
    /// ```
    pub fn any_of(
        active: impl IntoIterator<Item: AsRef<str>>,
        all: impl IntoIterator<Item: AsRef<str>>,
    ) -> Self {
        let mut known: Vec<(Box<str>, bool)> =
            all.into_iter().map(|state| (state.as_ref().into(), false)).collect();
        known.sort_unstable();
        let repeated = known.windows(2).find(|pair| pair[0] == pair[1]).map(|pair| pair[0].0.clone());
        known.dedup();
        let mut states = Self { known, repeated, unknown: None, unknown_count: 0 };
        active.into_iter().for_each(|state| states.activate(state.as_ref()));
        states
    }

    fn activate(&mut self, state: &str) {
        match self.known.binary_search_by(|(known, _)| (**known).cmp(state)) {
            Ok(at) => self.known[at].1 = true,
            Err(_) => {
                self.unknown_count += 1;
                self.unknown.get_or_insert_with(|| state.into());
            }
        }
    }

    /// Returns the known states in alphabetical order, each with true if it is active.
    pub(crate) fn known(&self) -> &[(Box<str>, bool)] {
        &self.known
    }

    /// Returns a state that is listed twice.
    pub(crate) fn repeated(&self) -> Option<&str> {
        self.repeated.as_deref()
    }

    /// Returns the first active state that is not known, and the number of them.
    pub(crate) fn unknown(&self) -> Option<(&str, u64)> {
        Some((self.unknown.as_deref()?, self.unknown_count))
    }

    /// Returns the size of the states in bytes.
    pub(crate) fn bytes(&self) -> usize {
        self.known.iter().map(|(state, _)| of_text(state.len()) + size_of::<(Box<str>, bool)>()).sum()
    }
}
