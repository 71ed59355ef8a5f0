//! A service of a test.
use collectington::{Api, Result, Service, Total};

pub struct ShopApi {
    orders: u64,
}

impl Service for ShopApi {
    fn poll(api: &mut Api) -> Result<Self> {
        Ok(Self { orders: api.setting("orders")? })
    }
}

impl ShopApi {
    /// Orders since the shop was opened.
    pub fn orders(&self) -> Total<u64> {
        Total(self.orders)
    }

    /// Carts that nobody paid.
    pub fn open_carts(&self) -> u64 {
        3
    }

    /// What the baskets of the last answer are worth.
    pub fn basket_values(&self) -> Result<Option<Vec<f64>>> {
        Ok(None)
    }

    /// Orders by their region.
    pub fn orders_per_region(&self) -> impl Iterator<Item = (&'static str, Total<u64>)> {
        [].into_iter()
    }

    /// No metric: it takes more than `&self`.
    pub fn orders_of(&self, _customer: &str) -> u64 {
        0
    }

    /// No metric: it is made, not read.
    pub fn new() -> u64 {
        0
    }

    /// No metric: text.
    pub fn owner(&self) -> String {
        String::new()
    }

    pub(crate) fn helper(&self) -> u64 {
        self.private()
    }

    fn private(&self) -> u64 {
        0
    }
}
