//! The processors of the machine, which a build would take from an attacked process.

use std::sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

static BUILDS: RwLock<()> = RwLock::new(());

/// Waits until no build runs; none begins while the guard lives.
pub fn without_builds() -> RwLockReadGuard<'static, ()> {
    BUILDS.read().unwrap_or_else(PoisonError::into_inner)
}

/// Waits for other builds, which cargo runs one after another anyway, and for attacks.
pub fn for_a_build() -> RwLockWriteGuard<'static, ()> {
    BUILDS.write().unwrap_or_else(PoisonError::into_inner)
}
