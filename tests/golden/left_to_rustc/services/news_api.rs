//! Whatever has the marker is a service, and lends its methods by `Deref`.
use std::ops::Deref;

use collectington::{Api, Result, Service};

pub trait Fresh: Sized + 'static {
    const NEW: Self;
}

pub struct NewsApi(Articles);

pub struct Articles(u64);

impl Fresh for NewsApi {
    const NEW: Self = Self(Articles(1));
}

impl Service for NewsApi {
    fn poll(_: &mut Api) -> Result<Self> {
        Ok(Self::NEW)
    }
}

impl Deref for NewsApi {
    type Target = Articles;

    fn deref(&self) -> &Articles {
        &self.0
    }
}

impl Articles {
    pub fn articles(&self) -> u64 {
        self.0
    }
}
