//! The law that `CTON_LAW` names, with bytes of libFuzzer's.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;

static LAW: LazyLock<String> = LazyLock::new(|| std::env::var("CTON_LAW").expect("CTON_LAW names a law of src/fuzz/mod.rs"));

fuzz_target!(|bytes: &[u8]| {
    assert!(collectington::fuzz::hold(&LAW, bytes), "src/fuzz/mod.rs has no law `{}`", *LAW);
});
