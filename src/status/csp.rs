//! What a browser may do with the page.

use std::sync::OnceLock;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rustls::SupportedCipherSuite;
use rustls::crypto::ring::cipher_suite::TLS13_AES_128_GCM_SHA256;

use super::page::{SCRIPT, STYLE};

/// The value of `Content-Security-Policy`: the page's own style and script, by their SHA-256; requests to where the page
/// came from; and nothing else.
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

/// SHA-256 in base64. It is the one of TLS, so that there are not two in the binary.
fn digest(text: &str) -> String {
    match TLS13_AES_128_GCM_SHA256 {
        SupportedCipherSuite::Tls13(suite) => {
            STANDARD.encode(suite.common.hash_provider.hash(text.as_bytes()).as_ref())
        }
        // It is one of TLS 1.3; without a digest the browser would show plain text.
        SupportedCipherSuite::Tls12(_) => String::new(),
    }
}
