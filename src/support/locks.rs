//! Locks that stay usable after a panic of the thread that held them.
//!
//! A panic in one service must not stop the others. Code under a lock therefore leaves the data valid at every step.

use std::sync::{Condvar, LockResult, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Locks a mutex, also a poisoned one.
pub(crate) fn locked<T: ?Sized>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    unpoisoned(mutex.lock())
}

/// Waits for a notification, for at most `longest`, and returns the guard that is held again.
pub(crate) fn waited<'a, T>(
    changed: &Condvar,
    guard: MutexGuard<'a, T>,
    longest: Duration,
) -> MutexGuard<'a, T> {
    unpoisoned(changed.wait_timeout(guard, longest)).0
}

/// Returns the guard of a lock, also of a poisoned one.
pub(crate) fn unpoisoned<T>(guard: LockResult<T>) -> T {
    guard.unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lock_is_usable_after_a_panic_under_it() {
        let mutex = Mutex::new(1);
        let held = std::panic::AssertUnwindSafe(|| {
            let mut number = locked(&mutex);
            *number = 2;
            std::panic::resume_unwind(Box::new(()));
        });
        assert!(std::panic::catch_unwind(held).is_err() && mutex.is_poisoned());
        assert_eq!(*waited(&Condvar::new(), locked(&mutex), Duration::ZERO), 2);
    }
}
