use collectington::{Api, Result, Service};

pub struct ShopApi;
pub struct MarketApi;

impl Service for ShopApi {
    fn poll(_: &mut Api) -> Result<Self> {
        Ok(Self)
    }
}

impl Service for MarketApi {
    fn poll(_: &mut Api) -> Result<Self> {
        Ok(Self)
    }
}

macro_rules! methods {
    () => {};
}
methods!();
