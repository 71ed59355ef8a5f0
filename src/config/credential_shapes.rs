//! Recognizes credentials by their shape, wherever they occur in a text.

pub(crate) mod contexts;
mod formats;
pub(crate) mod random;
pub(crate) mod tokens;

use super::percent_encoding::readings;

/// Returns a description of the credential that a text seems to contain, never the text itself.
///
/// The text is also read after percent-decoding.
pub(crate) fn credential(text: &str) -> Option<&'static str> {
    readings(text).find_map(|text| undecoded(&text))
}

fn undecoded(text: &str) -> Option<&'static str> {
    private_key(text)
        .or_else(|| contexts::url(text))
        .or_else(|| contexts::header(text))
        .or_else(|| tokens::found(text.as_bytes()).next().map(|(_, token)| token.what))
        .or_else(|| contexts::command(text))
        .or_else(|| contexts::assigned(text))
}

/// The words `PRIVATE KEY` in base64, at each of the three possible alignments.
const ENCODED: [&str; 3] = ["UFJJVkFURSBLRVkt", "BSSVZBVEUgS0VZ", "QUklWQVRFIEtFW"];

fn private_key(text: &str) -> Option<&'static str> {
    let is_pem = text.contains("-----BEGIN") && text.contains("PRIVATE KEY");
    let is_encoded = text.contains("LS0tLS1CRUdJTi") && ENCODED.iter().any(|words| text.contains(words));
    (is_pem || is_encoded || text.contains("PuTTY-User-Key-File")).then_some("a private key")
}

#[cfg(test)]
mod tests;
