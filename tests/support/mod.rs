//! What the integration tests share.
#![allow(dead_code, reason = "no test uses all of it")]

pub mod fake_api;
pub mod process;
