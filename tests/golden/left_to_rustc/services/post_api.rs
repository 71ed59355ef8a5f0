//! The type has its methods in another file.
use collectington::{Api, Result, Service};

pub struct PostApi;

impl Service for PostApi {
    fn poll(_: &mut Api) -> Result<Self> {
        Ok(Self)
    }
}
