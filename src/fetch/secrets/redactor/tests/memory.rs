//! Tests of the secrets that are remembered and forgotten.

use super::*;
use crate::fetch::secrets::redactor::known_secrets::REMEMBERED_BYTES;

#[test]
fn only_so_many_secrets_are_remembered() {
    let redactor = Redactor::default();
    (0..1000).for_each(|i| redactor.clone().remember(&format!("{i}-token")));
    assert_eq!(redactor.0.read().unwrap().known.len(), REMEMBERED);
    assert_eq!(redactor.redact("999-token"), "***");
}

#[test]
fn a_secret_that_stays_in_use_is_masked_however_many_others_come_and_go() {
    let redactor = Redactor::default();
    for i in 0..1000 {
        redactor.remember("api-key");
        redactor.remember(&format!("t{i}x{i}y"));
        assert_eq!(redactor.redact("api-key"), "***", "{i}");
    }
    assert_eq!(redactor.redact("t999x999y, t745x745y, t744x744y"), "***, ***, t744x744y");
    assert_eq!(redactor.0.read().unwrap().known.len(), REMEMBERED);
}

#[test]
fn a_value_of_the_secret_file_stays_masked_however_many_others_come() {
    let redactor = Redactor::default();
    redactor.remember_key("API_KEY", "former-value-1");
    redactor.remember_key("API_KEY", "hush-hush-hush");
    (0..1000).for_each(|i| redactor.remember(&format!("{i}-token")));
    assert_eq!(redactor.redact("999-token hush-hush-hush"), "*** ***");
    assert_eq!(redactor.configured_in("hush-hush-hush").as_deref(), Some("API_KEY"));
    assert_eq!(redactor.redact("former-value-1"), "former-value-1", "replaced values are forgotten in time");
    assert_eq!(redactor.0.read().unwrap().known.len(), REMEMBERED + 1);
}

#[test]
fn what_is_remembered_is_of_types_that_clear_their_memory() {
    fn clears<T: zeroize::ZeroizeOnDrop>(_: &T) {}
    let redactor = redactor(&["hush", "hush%2Fhush-hush"]);
    for known in &redactor.0.read().unwrap().known {
        clears(&known.value);
        known.decoded.iter().for_each(clears);
    }
}

#[test]
fn however_long_the_tokens_of_an_api_are_what_is_remembered_is_bounded() {
    let redactor = Redactor::default();
    redactor.remember("api-key");
    for i in 0..20_u64 {
        let token = |n: u64| format!("{:x}", (n + i * 20_000).wrapping_mul(0x9e37_79b9_7f4a_7c15));
        redactor.remember(&(0..20_000).map(token).collect::<String>());
        redactor.remember("api-key");
    }
    let memory = redactor.0.read().unwrap();
    let bytes: usize = memory.known.iter().map(|known| known.value.len()).sum();
    assert!(bytes <= REMEMBERED_BYTES && memory.known.len() >= 7, "{bytes} {}", memory.known.len());
    drop(memory);
    assert_eq!(redactor.redact("api-key"), "***");
}
