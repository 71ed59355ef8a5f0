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

    pub fn carts(&self) -> String {
        "3".to_owned()
    }
}

/// A macro could define another type of the same name, so only rustc is sure of the types.
macro_rules! anything {
    () => {};
}
anything!();
