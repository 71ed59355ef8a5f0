//! The log lines of the start and the end of flapping.

use std::time::Duration;

use super::log::{self, LogField};

/// The log of one state of a service that flaps.
#[derive(Debug, Clone, Copy)]
pub(crate) struct FlapLog<'a> {
    /// The name of the service.
    pub service: &'a str,
    /// The message that is logged at each start of the state.
    pub event: &'a str,
    /// The window in which starts are counted.
    pub window: Duration,
}

impl FlapLog<'_> {
    /// Logs that the state flaps, with the number of its starts within the window.
    pub(crate) fn started(&self, level: fn(&str, &[LogField<'_>]), times: usize, fields: &[LogField<'_>]) {
        let hint =
            "see the metrics of cton; the state is logged again after it has not changed for this time";
        self.log(level, "flapping started", ("times", &times), &[fields, &[("hint", &hint)]].concat());
    }

    /// Logs that the state flaps no more, with the number of its starts that were not logged.
    pub(crate) fn ended(&self, omitted: usize, fields: &[LogField<'_>]) {
        self.log(log::info, "flapping ended", ("omitted", &omitted), fields);
    }

    fn log(
        &self,
        level: fn(&str, &[LogField<'_>]),
        message: &str,
        count: LogField<'_>,
        fields: &[LogField<'_>],
    ) {
        let seconds = self.window.as_secs();
        let own: [LogField<'_>; 4] =
            [("service", &self.service), ("event", &self.event), count, ("seconds", &seconds)];
        level(message, &[&own, fields].concat());
    }
}
