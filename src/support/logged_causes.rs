//! The causes that were logged since the last success.

use crate::support::error::Error;

/// The maximum number of causes of one kind and status that are logged. It stops errors that quote something new at
/// each poll.
const MOST: usize = 8;

/// The causes of one outage, each logged once.
#[derive(Debug, Default)]
pub(crate) struct LoggedCauses(Vec<Error>);

impl LoggedCauses {
    /// Returns true if the error is to be logged, and notes it as logged.
    pub(crate) fn is_new(&mut self, error: &Error) -> bool {
        let alike = || self.0.iter().filter(|known| known.same_sort(error));
        let is_new = alike().count() < MOST && !alike().any(|known| known.same_cause(error));
        if is_new {
            self.0.push(error.clone());
        }
        is_new
    }

    /// Forgets all causes at the end of an outage.
    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::support::error::ErrorKind;

    fn logged(causes: &mut LoggedCauses, errors: impl IntoIterator<Item = Error>) -> usize {
        errors.into_iter().filter(|error| causes.is_new(error)).count()
    }

    #[test]
    fn causes_that_alternate_are_logged_once_each() {
        let mut causes = LoggedCauses::default();
        let errors = ["no answer", "reset"].into_iter().cycle().take(100).map(Error::from);
        assert_eq!(logged(&mut causes, errors), 2);
        causes.clear();
        assert_eq!(logged(&mut causes, [Error::from("reset")]), 1);
    }

    #[test]
    fn words_that_change_at_each_poll_do_not_fill_the_log() {
        let word = |n: u8| String::from_utf8(vec![b'a' + n % 26, b'a' + n / 26]).unwrap();
        let errors =
            |kind| (0..100).map(move |n| Error::new(kind, format!("the word {} is unknown", word(n))));
        let mut causes = LoggedCauses::default();
        assert_eq!(logged(&mut causes, errors(ErrorKind::Service)), MOST);
        assert_eq!(logged(&mut causes, errors(ErrorKind::Network)), MOST, "another kind is always new");
    }
}
