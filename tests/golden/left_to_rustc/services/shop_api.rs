//! A service of a test.
use collectington::{Api, Result, Service, Total};

macro_rules! gauge {
    ($name:ident $value:literal) => {
        pub fn $name(&self) -> u64 {
            $value
        }
    };
}

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

    gauge! { carts 3 }

    #[cfg(windows)]
    fn open_carts(&self) -> u64 {
        0
    }

    #[cfg(not(windows))]
    pub fn open_carts(&self) -> u64 {
        1
    }

    pub fn r#stock(&self) -> u64 {
        2
    }
}
