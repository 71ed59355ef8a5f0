//! The kinds of errors.

/// The closed set of causes, as used in the label `reason` of `cton_poll_failures_total`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The name lookup or the connection failed, or the connection broke, also in the middle of the body.
    Network,
    /// The response took longer than `request_timeout_sec`, or the poll took longer than `poll_timeout_sec`.
    Timeout,
    /// The TLS handshake failed, or a certificate is invalid.
    Tls,
    /// The API responded with a status other than 2xx, or with GraphQL errors.
    Status,
    /// The rate limit of the API is exhausted, so nothing was sent.
    Limit,
    /// The body is too large or cannot be decompressed.
    Body,
    /// The body is not the JSON, or not the text, that the service expects.
    Type,
    /// The service itself returned an error.
    Service,
    /// The service panicked.
    Panic,
    /// The secret file, or a key in it, is missing or invalid.
    Secret,
    /// A setting is missing or invalid.
    Config,
    /// A recording could not be read or written.
    Recording,
}

impl ErrorKind {
    /// All kinds, in the order of their declaration.
    pub(crate) const ALL: [Self; 12] = [
        Self::Network,
        Self::Timeout,
        Self::Tls,
        Self::Status,
        Self::Limit,
        Self::Body,
        Self::Type,
        Self::Service,
        Self::Panic,
        Self::Secret,
        Self::Config,
        Self::Recording,
    ];

    /// The word of each kind, in the same order.
    pub(crate) const WORDS: [&'static str; Self::ALL.len()] = {
        let mut words = [""; Self::ALL.len()];
        let mut at = 0;
        while at < words.len() {
            words[at] = Self::ALL[at].as_str();
            at += 1;
        }
        words
    };

    /// Returns the word for the kind in logs and labels.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Network => "network",
            Self::Timeout => "timeout",
            Self::Tls => "tls",
            Self::Status => "status",
            Self::Limit => "limit",
            Self::Body => "body",
            Self::Type => "type",
            Self::Service => "service",
            Self::Panic => "panic",
            Self::Secret => "secret",
            Self::Config => "config",
            Self::Recording => "recording",
        }
    }
}
