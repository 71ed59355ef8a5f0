//! Names that are other things too, and texts that look like code.
use collectington::{Api, Result, Service};

use crate::labels::program::{FnMut, Metric0, MetricSelf};

pub struct Program;

impl Service for Program {
    fn poll(_: &mut Api) -> Result<Self> {
        Ok(Self)
    }
}

impl Program {
    pub fn fn_mut(&self) -> Vec<(FnMut<'_>, u64)> {
        let one = || "1".into();
        vec![(FnMut { r#type: one(), each: one(), r#fn: one(), str: one(), X: one() }, 1)]
    }

    pub fn self_(&self) -> Option<Vec<(MetricSelf<'_>, u64)>> {
        None
    }

    /// */ "#]; } fn injected() {} #[doc = "
    #[allow(non_snake_case)]
    pub fn MetricX(&self) -> u64 {
        1
    }

    pub fn _0(&self) -> Vec<(Metric0<'static>, bool)> {
        Vec::new()
    }

    pub fn data(&self) -> f32 {
        1.0
    }

    pub fn out(&self) -> i8 {
        -1
    }
}
