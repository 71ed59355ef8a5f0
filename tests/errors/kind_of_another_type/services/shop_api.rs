use collectington::{Api, Buckets, Once, Quantiles, Result, Service, States, Timestamp, Total};

pub struct ShopApi;

impl Service for ShopApi {
    fn poll(_: &mut Api) -> Result<Self> {
        Ok(Self)
    }
}

impl ShopApi {
    pub fn door(&self) -> States {
        todo!()
    }
    pub fn sizes(&self) -> Buckets {
        todo!()
    }
    pub fn opened(&self) -> Option<Timestamp> {
        todo!()
    }
    pub fn state(&self) -> Result<States> {
        todo!()
    }
    pub fn states(&self) -> Vec<(crate::labels::shop_api::States<'_>, States)> {
        todo!()
    }
    pub fn latency(&self) -> Buckets {
        todo!()
    }
    pub fn quantiles(&self) -> Quantiles {
        todo!()
    }
    pub fn started(&self) -> Timestamp {
        todo!()
    }
    pub fn buckets(&self) -> Buckets {
        todo!()
    }
    pub fn opening(&self) -> Timestamp {
        todo!()
    }
    pub fn shares(&self) -> Quantiles {
        todo!()
    }
    pub fn number(&self) -> u64 {
        todo!()
    }
    pub fn numbers(&self) -> impl Iterator<Item = (crate::labels::shop_api::Numbers<'_>, f64)> {
        std::iter::empty()
    }
    pub fn text(&self) -> String {
        todo!()
    }
    pub fn total(&self) -> Total<u64> {
        todo!()
    }
    pub fn flags(&self) -> Vec<bool> {
        todo!()
    }
    pub fn right_states(&self) -> Option<States> {
        todo!()
    }
    pub fn right_rows(&self) -> Vec<(crate::labels::shop_api::RightRows<'_>, States)> {
        todo!()
    }
    pub fn version_info(&self) -> String {
        todo!()
    }
    pub fn count_info(&self) -> u8 {
        todo!()
    }
    pub fn pair_info(&self) -> Vec<(crate::labels::shop_api::PairInfo<'_>, u8)> {
        todo!()
    }
    pub fn mode_info(&self) -> States {
        todo!()
    }
    pub fn right_info(&self) -> crate::labels::shop_api::RightInfo<'_> {
        todo!()
    }
    pub fn rows_info(&self) -> Vec<crate::labels::shop_api::RowsInfo<'_>> {
        todo!()
    }
}
