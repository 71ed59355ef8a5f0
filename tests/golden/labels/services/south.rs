//! A file with the name of another service.
use collectington::{Api, Result, Service};

use crate::labels::south::{ABLabels, Alone, OpenA, OpenB};

pub struct OtherApi;

impl Service for OtherApi {
    fn poll(_: &mut Api) -> Result<Self> {
        Ok(Self)
    }
}

impl OtherApi {
    pub fn a_b_labels(&self) -> Vec<(ABLabels<'static>, u64)> {
        vec![(ABLabels::new("x"), 1)]
    }

    pub fn alone(&self) -> Vec<(Alone<'static>, u64)> {
        vec![(Alone::new("a", 'b'), 1)]
    }

    pub fn open_a(&self) -> Vec<(OpenB<'static>, u64)> {
        vec![(OpenA::new(-1), 1)]
    }

    pub fn open_b(&self) -> Vec<(OpenA<'static>, u64)> {
        self.open_a()
    }

    #[allow(non_snake_case)]
    pub fn open__b(&self) -> Vec<(OpenB<'static>, u64)> {
        self.open_a()
    }
}
