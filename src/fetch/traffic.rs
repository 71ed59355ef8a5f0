//! The counters of the requests of one poll.

/// What a poll asked of the API.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Traffic {
    /// Requests by what came of them, in the order of [`Traffic::CODES`].
    pub requests: [u64; Traffic::CODES.len()],
    /// Requests that were sent again.
    pub retries: u64,
    /// The size of the bodies, after decompression.
    pub response_bytes: u64,
}

impl Traffic {
    /// All requests.
    pub fn calls(&self) -> u64 {
        self.requests.iter().sum()
    }

    /// Adds what another poll asked.
    pub fn add(&mut self, other: &Self) {
        self.requests.iter_mut().zip(other.requests).for_each(|(sum, more)| *sum += more);
        self.retries += other.retries;
        self.response_bytes += other.response_bytes;
    }

    /// The classes of status, and `error` where there was no answer.
    pub const CODES: [&'static str; 6] = ["1xx", "2xx", "3xx", "4xx", "5xx", "error"];

    /// Counts one request: the status and size of its answer, if there was one, and whether it was sent before.
    pub fn count(&mut self, response: Option<(u16, usize)>, again: bool) {
        let class = response
            .and_then(|(status, _)| usize::from(status / 100).checked_sub(1).filter(|class| *class < 5));
        self.requests[class.unwrap_or(5)] += 1;
        self.retries += u64::from(again);
        self.response_bytes += response.map_or(0, |(_, size)| size as u64);
    }
}
