//! The property that `CTON_PROPERTY` names, with bytes of libFuzzer.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;

static PROPERTY: LazyLock<String> =
    LazyLock::new(|| std::env::var("CTON_PROPERTY").expect("CTON_PROPERTY names a property of src/fuzz/mod.rs"));

fuzz_target!(|bytes: &[u8]| {
    assert!(collectington::fuzz::hold(&PROPERTY, bytes), "src/fuzz/mod.rs has no property `{}`", *PROPERTY);
});
