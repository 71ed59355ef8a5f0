//! The report on a restored state.

/// The metrics whose saved state is not exposed as it was, each with the reason.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct RestoreReport {
    /// The metrics whose state was not loaded or not exposed in full. That state is saved again unchanged.
    pub unloaded: Vec<(String, String)>,
    /// The histograms that restart from zero, because their buckets changed. Their IDs of `Once` are restored.
    pub restarted: Vec<(String, String)>,
}
