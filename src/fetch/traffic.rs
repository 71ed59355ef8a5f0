//! The request counters of one poll.

/// The number of requests, retries and response bytes of one poll.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Traffic {
    /// The requests by status class, in the order of [`Traffic::CODES`].
    pub requests: [u64; Traffic::CODES.len()],
    /// The number of requests that were sent again.
    pub retries: u64,
    /// The size of all bodies in bytes, after decompression.
    pub response_bytes: u64,
}

impl Traffic {
    /// Returns the number of requests.
    pub fn calls(&self) -> u64 {
        self.requests.iter().sum()
    }

    /// Adds the counters of another poll.
    pub fn add(&mut self, other: &Self) {
        self.requests.iter_mut().zip(other.requests).for_each(|(sum, more)| *sum += more);
        self.retries += other.retries;
        self.response_bytes += other.response_bytes;
    }

    /// The status classes of a final response, and `error` for a request without a response in one of them.
    pub const CODES: [&'static str; 5] = ["2xx", "3xx", "4xx", "5xx", "error"];

    /// Counts one request, with the status and body size of its response, if there is one. `again` marks a repeated request.
    pub fn count(&mut self, response: Option<(u16, usize)>, again: bool) {
        let class = response
            .and_then(|(status, _)| usize::from(status / 100).checked_sub(2).filter(|class| *class < 4));
        self.requests[class.unwrap_or(4)] += 1;
        self.retries += u64::from(again);
        self.response_bytes += response.map_or(0, |(_, size)| size as u64);
    }
}
