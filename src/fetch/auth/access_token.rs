//! An access token in use.

use std::time::{Duration, Instant};

use super::token_response::Granted;
use crate::fetch::secrets::secret::Secret;

/// The maximum safety margin before a token expires; the margin is a tenth of the token's life. A token is not used in
/// it, because clocks differ and requests take time.
const MARGIN: Duration = Duration::from_secs(60);

/// The access token of one service.
#[derive(Debug)]
pub(super) struct AccessToken {
    /// The token itself.
    pub value: Secret,
    /// The end of the token's use, or `None` if it is used until the API rejects it.
    pub until: Option<Instant>,
    /// The number of replacements of the refresh token when this token was issued.
    pub replacements: u64,
}

impl AccessToken {
    /// Returns a token that was granted at `now`, after this number of replacements of the refresh token.
    pub(super) fn new(granted: Granted, now: Instant, replacements: u64) -> Self {
        let until = granted.life.and_then(|life| now.checked_add(usable(life)));
        Self { value: granted.value, until, replacements }
    }
}

/// Returns the part of a token's life in which it is used.
pub(super) fn usable(life: Duration) -> Duration {
    life.saturating_sub(MARGIN.min(life / 10))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_not_used_in_the_last_tenth_or_minute_of_its_life() {
        for (life, used) in [(0, 0.0), (1, 0.9), (300, 270.0), (600, 540.0), (3600, 3540.0)] {
            assert_eq!(usable(Duration::from_secs(life)), Duration::from_secs_f64(used), "{life}");
        }
    }
}
