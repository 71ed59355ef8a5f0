//! Whose certificates a service trusts where no file says so.

/// `trust_store`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum TrustStore {
    /// The authorities that Mozilla trusts, as of the build.
    #[default]
    Mozilla,
    /// Those that the operating system trusts.
    System,
}

impl TrustStore {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Mozilla, Self::System];

    /// The word for it in config.json.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Mozilla => "mozilla",
            Self::System => "system",
        }
    }
}
