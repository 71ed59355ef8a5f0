//! The certificate authorities that a service trusts without `ca_file_path`.

/// A set of certificate authorities (`trust_store`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum TrustStore {
    /// The authorities that Mozilla trusts, as of the build.
    #[default]
    Mozilla,
    /// The authorities that the operating system trusts.
    System,
}

impl TrustStore {
    /// The two trust stores.
    pub const ALL: [Self; 2] = [Self::Mozilla, Self::System];

    /// Returns the name of the trust store in config.json.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Mozilla => "mozilla",
            Self::System => "system",
        }
    }
}
