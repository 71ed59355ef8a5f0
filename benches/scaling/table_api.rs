//! An API that lists numbers.
use collectington::{Api, Result, Service};

use crate::labels::table_api::Numbers;

#[derive(serde::Deserialize)]
pub struct TableApi {
    rows: Vec<f64>,
}

impl Service for TableApi {
    fn poll(api: &mut Api) -> Result<Self> {
        api.get().json()
    }
}

impl TableApi {
    /// The numbers.
    pub fn numbers(&self) -> impl Iterator<Item = (Numbers<'_>, f64)> {
        self.rows.iter().enumerate().map(|(row, number)| (Numbers::new(row), *number))
    }
}
