//! The check of a label value and the redaction of a body, with ten secrets: `cargo bench --bench redaction`.

use std::hint::black_box;

use collectington::internals::Redactor;
use divan::Bencher;

/// The size of the body.
const BODY: usize = 1_600_000;

fn main() {
    divan::main();
}

/// A redactor of ten secrets of 32 characters.
fn redactor() -> Redactor {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let redactor = Redactor::default();
    for nth in 1..=10_u64 {
        let mut state = nth.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let mut next = || {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            char::from(ALPHABET[usize::from(state as u8 & 63)])
        };
        redactor.remember(&(0..32).map(|_| next()).collect::<String>());
    }
    redactor
}

#[divan::bench(args = [
    "checkout-service",
    "us-east-1a.prod.example.com",
    "550e8400-e29b-41d4-a716-446655440000",
    "The quick brown fox jumps over the lazy dog",
])]
fn label_value(bencher: Bencher, value: &str) {
    let redactor = redactor();
    bencher.bench_local(|| redactor.contains(black_box(value)));
}

#[divan::bench(args = ["json", "base64", "text"], sample_count = 10)]
fn body(bencher: Bencher, kind: &str) {
    let item = |nth: u64| match kind {
        "json" => format!(
            "{{\"id\":{nth},\"name\":\"service-{}\",\"url\":\"https:\\/\\/api.example.com\\/v1\\/{nth}?page=2\",\"etag\":\"{:016x}\",\"description\":\"The team that does things\\nfor everybody\"}}\n",
            nth % 97,
            nth.wrapping_mul(0x9e37_79b9_7f4a_7c15)
        ),
        "base64" => format!("{:016x}", nth.wrapping_mul(0x9e37_79b9_7f4a_7c15)),
        _ => "The quick brown fox jumps over the lazy dog. ".to_owned(),
    };
    let mut text = String::new();
    for nth in 0.. {
        text += &item(nth);
        if text.len() >= BODY {
            break;
        }
    }
    let redactor = redactor();
    bencher.bench_local(|| redactor.redact_body(black_box(text.as_bytes())));
}
