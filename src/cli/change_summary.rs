//! The numbers of parts that a change of the plan affects.

use crate::support::log::{self, LogField};

/// The number of services of each kind in a change.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct ChangeSummary {
    pub(super) added: usize,
    pub(super) changed: usize,
    pub(super) removed: usize,
    pub(super) ports_opened: usize,
    pub(super) ports_closed: usize,
}

impl ChangeSummary {
    /// Logs the change, and returns it as text.
    pub(super) fn tell(&self) -> String {
        let Self { added, changed, removed, ports_opened, ports_closed } = self;
        let fields: [LogField<'_>; 5] = [
            ("added", added),
            ("changed", changed),
            ("removed", removed),
            ("ports_opened", ports_opened),
            ("ports_closed", ports_closed),
        ];
        log::info("config reloaded", &fields);
        let lines = fields.map(|(name, count)| format!("{}: {count}\n", name.replace('_', " ")));
        format!("config reloaded\n{}", lines.concat())
    }
}
