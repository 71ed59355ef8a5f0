//! stub
#![allow(missing_docs)]
use super::{exchange::Exchange, secret::Redactor};
use crate::error::Result;
#[derive(Debug)]
pub struct Recorder;
impl Recorder {
    pub fn open(_: &std::path::Path) -> Result<Self> {
        Ok(Self)
    }
    pub fn write(&self, _: &Exchange, _: &Redactor) -> Result<std::path::PathBuf> {
        Err("stub".into())
    }
}
