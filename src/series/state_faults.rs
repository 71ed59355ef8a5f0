//! The faults of a state set's states.

use super::label_text::{check_value, of, refused};
use super::samples::Judge;
use crate::author::reading::Faults;
use crate::author::reading::states::States;
use crate::support::error::Result;
use crate::support::excerpt::cut;

/// The number of characters after which a message cuts a state.
const SHOWN: usize = 100;

/// Checks that a state set can be exported.
///
/// # Errors
/// It has no state.
pub(super) fn check(states: &States, labels: &str) -> Result<()> {
    if states.known().is_empty() {
        let problem = refused(format!("a state set without states{}", of(labels)));
        return Err(problem.with_help("list the known states in the last argument of `States::of`"));
    }
    Ok(())
}

/// Checks that each known state can be a label value of the metric `name`.
///
/// # Errors
/// A state is too long or rejected by the judge.
pub(super) fn check_values(name: &str, states: &States, judge: Judge<'_>) -> Result<()> {
    states.known().iter().try_for_each(|(state, _)| check_value(name, state, judge))
}

/// Returns the faults of a state set that is exported: active states that are not known, and states that are listed twice.
pub(super) fn faults(states: &States, labels: &str, judge: Judge<'_>) -> Faults {
    let mut faults = Faults::default();
    let of = of(labels);
    if let Some((state, count)) = states.unknown() {
        // A cut secret could not be recognized, so it is omitted here.
        let state = if judge(state).is_some() { "(redacted)".to_owned() } else { shown(state) };
        let problem = refused(format!("the state {state}{of} is not among the known states"));
        faults.add(count, problem.with_help("add it to the states in the method of the metric"));
    }
    if let Some(state) = states.repeated().filter(|state| judge(state).is_none()) {
        let problem = refused(format!("the state {}{of} is listed twice", shown(state)));
        faults.add(1, problem.with_help("remove one of them in the method of the metric"));
    }
    faults
}

fn shown(state: &str) -> String {
    format!("{:?}", cut(state.to_owned(), SHOWN))
}
