//! Panics of services as errors, each with its location.

#[cfg(not(panic = "unwind"))]
compile_error!(
    "a panic of one service would end all of them: build with `panic = \"unwind\"` in the profile"
);

use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, PanicHookInfo, catch_unwind};

use super::error::{Error, ErrorKind, Result};

/// The hint of a log line about a bug in cton.
pub(crate) const BUG_HINT: &str = "report this bug in cton";

thread_local! {
    /// The message and location of the last panic of this thread.
    static LAST: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// Installs a hook that keeps the message of each panic for [`catch`], instead of printing it at every poll.
pub(crate) fn install() {
    std::panic::set_hook(Box::new(|info| LAST.set(Some(words(info)))));
}

/// Runs the work of a service. A panic becomes an [`ErrorKind::Panic`].
pub(crate) fn caught<T>(work: impl FnOnce() -> Result<T>) -> Result<T> {
    let failed = |said| Err(Error::new(ErrorKind::Panic, format!("the service panicked: {said}")));
    catch(work).unwrap_or_else(failed)
}

/// Runs the work. Returns the message of a panic as the error.
pub(crate) fn catch<T>(work: impl FnOnce() -> T) -> std::result::Result<T, String> {
    catch_unwind(AssertUnwindSafe(work))
        .map_err(|payload| LAST.take().unwrap_or_else(|| message(&*payload).to_owned()))
}

fn words(info: &PanicHookInfo<'_>) -> String {
    let place = info.location().map(|place| format!(" (at {place})")).unwrap_or_default();
    message(info.payload()).to_owned() + &place
}

fn message(payload: &(dyn std::any::Any + Send)) -> &str {
    let text = payload.downcast_ref::<&str>().copied();
    text.or_else(|| payload.downcast_ref::<String>().map(String::as_str)).unwrap_or("without a message")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_an_error_with_its_words() {
        let error = caught::<()>(|| panic!("list of {} was empty", "teams")).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Panic);
        assert!(error.to_string().starts_with("the service panicked: list of teams was empty"), "{error}");
    }

    #[test]
    fn the_release_profile_unwinds() {
        // The compiler refuses it too, but no test is built without unwinding.
        let manifest = include_str!("../../Cargo.toml");
        let release = manifest.split("[profile.release]").nth(1).unwrap();
        assert!(release.contains("\npanic = \"unwind\""), "{release}");
    }

    #[test]
    fn a_result_passes_through() {
        assert_eq!(caught(|| Ok(7)), Ok(7));
        assert_eq!(caught::<()>(|| Err("no".into())), Err("no".into()));
    }
}
