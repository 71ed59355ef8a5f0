//! The log lines of a service.

use std::cell::{Cell, RefCell};
use std::fmt::Display;
use std::time::{Duration, Instant};

use super::Api;
use crate::support::excerpt::start;
use crate::support::log::{self, LogField};
use crate::support::token_bucket::TokenBucket;

/// The most messages of a service at once, and the most that are saved up.
const MOST: f64 = 20.0;
/// The number of messages that are added in a second.
const PER_SECOND: f64 = 1.0 / 60.0;
/// The longest message in bytes that is searched for secrets. The log shows less.
const LONGEST: usize = 8 * 1024;

impl Api {
    /// Logs a warning, such as one about data that the service skips.
    ///
    /// The line has the level `warning`, the message `service reported`, and the fields `service` and `text`. A service logs at
    /// most 20 lines at once, and one more in each minute. The first omitted line is logged as `service messages omitted`, and
    /// the next line has their number in the field `omitted`. Secrets are redacted, and a text is cut after 1000 characters.
    ///
    /// ```
    /// # use collectington::{Api, Result};
    /// # #[derive(serde::Deserialize)]
    /// # struct List { builds: Vec<u64> }
    /// fn newest(api: &Api) -> Result<Option<u64>> {
    ///     let list: List = api.get().path("builds").json()?;
    ///     if list.builds.is_empty() {
    ///         api.warn("the project has no builds");
    ///     }
    ///     Ok(list.builds.last().copied())
    /// }
    /// # let api = Api::replay("tests/recordings")?;
    /// # assert_eq!(newest(&api)?, Some(2));
    /// # Ok::<(), collectington::Error>(())
    /// ```
    pub fn warn(&self, text: impl Display) {
        self.report(log::warning, &text);
    }

    /// Logs an event of the service with the level `info`. The limits are those of [`Api::warn`].
    ///
    /// ```
    /// # let api = collectington::Api::replay("tests/recordings")?;
    /// let project: serde_json::Value = api.get().path("projects/web").json()?;
    /// api.info(format!("project {} found", project["name"]));
    /// # Ok::<(), collectington::Error>(())
    /// ```
    pub fn info(&self, text: impl Display) {
        self.report(log::info, &text);
    }

    /// Logs a message, unless the poll is only read again.
    fn report(&self, level: fn(&str, &[LogField<'_>]), text: &dyn Display) {
        if self.rehearsal.is_some() {
            return;
        }
        match self.messages.admit(Instant::now()) {
            MessageAdmission::Admitted { omitted } => self.log_text(level, &text.to_string(), omitted),
            MessageAdmission::FirstOmitted => {
                let hint = "log less in the service: 20 messages at once, and one more in each minute";
                log::warning("service messages omitted", &[("service", &self.service), ("hint", &hint)]);
            }
            MessageAdmission::Omitted => {}
        }
    }

    fn log_text(&self, level: fn(&str, &[LogField<'_>]), text: &str, omitted: u64) {
        let text = self.redactor().redact_message(start(text, LONGEST));
        let mut fields: Vec<LogField<'_>> = vec![("service", &self.service), ("text", &text)];
        if omitted > 0 {
            fields.push(("omitted", &omitted));
        }
        level("service reported", &fields);
    }
}

/// The limit of the messages of a service.
pub(super) struct MessageLimit {
    bucket: RefCell<TokenBucket>,
    omitted: Cell<u64>,
}

/// The decision about a message.
enum MessageAdmission {
    Admitted {
        /// The number of messages that were omitted since the last one.
        omitted: u64,
    },
    FirstOmitted,
    Omitted,
}

impl MessageLimit {
    pub(super) fn new(now: Instant) -> Self {
        Self { bucket: RefCell::new(TokenBucket::new(PER_SECOND, MOST, now)), omitted: Cell::default() }
    }

    fn admit(&self, now: Instant) -> MessageAdmission {
        let omitted = self.omitted.get();
        if self.bucket.borrow_mut().take(now, Duration::ZERO).is_ok() {
            self.omitted.set(0);
            return MessageAdmission::Admitted { omitted };
        }
        self.omitted.set(omitted + 1);
        if omitted == 0 { MessageAdmission::FirstOmitted } else { MessageAdmission::Omitted }
    }
}

#[cfg(test)]
mod tests;
