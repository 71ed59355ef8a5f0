use collectington::{Api, Increase, Once, Result, Service, Total};

use crate::labels::shop_api::TeamLabels;

pub struct ShopApi;
pub struct Count(u64);

impl Service for ShopApi {
    fn poll(_: &mut Api) -> Result<Self> {
        Ok(Self)
    }
}

impl ShopApi {
    pub fn bare(&self) -> u64 {
        1
    }
    pub fn bare_option(&self) -> Option<Result<u64, String>> {
        None
    }
    pub fn text(&self) -> &str {
        ""
    }
    pub fn many(&self) -> Vec<u64> {
        Vec::new()
    }
    pub fn of_labels(&self) -> Total<u64> {
        Total(1)
    }
    pub fn right(&self) -> Option<Total<u64>> {
        None
    }
    pub fn once(&self) -> Increase<Vec<Once<u64, u64>>> {
        Increase(Vec::new())
    }
    pub fn own(&self) -> Count {
        Count(1)
    }
    pub fn total(&self) -> Total<u64> {
        Total(1)
    }
    pub fn nothing(&self) {}
    pub fn word(&self) -> Result<String> {
        Ok(String::new())
    }
    pub fn mutable(&mut self) -> u64 {
        1
    }
    pub fn argument(&self, n: u64) -> u64 {
        n
    }
    pub fn free() -> u64 {
        1
    }
    pub async fn later(&self) -> u64 {
        1
    }
    pub fn labels_missing(&self) -> Option<f64> {
        None
    }
    pub fn rows_of_totals(&self) -> Vec<(TeamLabels<'_>, Total<u64>)> {
        Vec::new()
    }
    pub fn fine(&self) -> Option<f64> {
        None
    }
    pub fn words(&self) -> impl Iterator<Item = &str> {
        std::iter::empty()
    }
    pub fn increase(&self) -> Increase<u64> {
        Increase(1)
    }
    pub fn rows_of_text(&self) -> impl Iterator<Item = (TeamLabels<'_>, Vec<String>)> {
        std::iter::empty()
    }
    pub fn rows(&self) -> Result<Vec<(TeamLabels<'_>, Vec<f64>)>> {
        Ok(Vec::new())
    }
    pub fn unit(&self) -> () {}
}
