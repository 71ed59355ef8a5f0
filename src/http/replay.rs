//! stub
#![allow(missing_docs)]
use super::exchange::Exchange;
use crate::error::Result;
use std::path::Path;
#[derive(Debug)]
pub struct Replay;
impl Replay {
    pub fn open(_: &Path) -> Result<Self> {
        Ok(Self)
    }
    pub fn for_service(_: &Path, _: &str) -> Result<Self> {
        Ok(Self)
    }
    pub fn first_target(&self) -> String {
        "/".into()
    }
    pub fn now(&self) -> Option<chrono::DateTime<chrono::Utc>> {
        None
    }
    pub fn answer(&self, _: &str, _: &str) -> Result<std::sync::Arc<Exchange>> {
        Err("stub".into())
    }
}
