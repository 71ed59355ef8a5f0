//! The Content-Security-Policy of the status page.

use std::sync::OnceLock;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rustls::SupportedCipherSuite;
use rustls::crypto::ring::cipher_suite::TLS13_AES_128_GCM_SHA256;

use super::page::{SCRIPT, STYLE};

/// Returns the value of `Content-Security-Policy`. It allows the style and script of the page by their SHA-256 digests,
/// and requests to the origin of the page. It forbids everything else.
pub(crate) fn policy() -> &'static str {
    static POLICY: OnceLock<String> = OnceLock::new();
    POLICY.get_or_init(|| {
        let (style, script) = (digest(STYLE), digest(SCRIPT));
        format!(
            "default-src 'none'; style-src 'sha256-{style}'; script-src 'sha256-{script}'; connect-src 'self'; \
             base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
        )
    })
}

/// Returns the SHA-256 digest in base64. It uses the implementation of TLS, so that the binary does not contain a
/// second one.
fn digest(text: &str) -> String {
    match TLS13_AES_128_GCM_SHA256 {
        SupportedCipherSuite::Tls13(suite) => {
            STANDARD.encode(suite.common.hash_provider.hash(text.as_bytes()).as_ref())
        }
        // The suite is one of TLS 1.3; without a digest the browser would ignore the style and the script.
        SupportedCipherSuite::Tls12(_) => String::new(),
    }
}
