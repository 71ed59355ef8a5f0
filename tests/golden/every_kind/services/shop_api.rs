//! A service with every kind of metric, with and without labels, in each way a method may answer.
use std::time::Duration;

use collectington::{Api, Buckets, Increase, Once, Quantiles, Result, Service, States, Timestamp, Total};

use crate::labels::shop::{AnswerTimePerPage, BackendTime, DeliveryTime, OrdersPerRegion, Parcel, ShopInfo, Stock};

pub struct ShopApi {
    orders: Vec<(String, f64)>,
}

impl Service for ShopApi {
    fn poll(_: &mut Api) -> Result<Self> {
        Ok(Self { orders: Vec::new() })
    }
}

impl ShopApi {
    /// Orders since the shop
    /// was opened.
    ///
    /// What was cancelled is not among them.
    pub fn orders(&self) -> Total<usize> {
        Total(self.orders.len())
    }

    /** Visits, "as counted" by the \ API. */
    pub fn visits_total(&self) -> Option<Increase<u32>> {
        None
    }

    /// Never shown: config.json has another text.
    pub fn refunds(&self) -> Result<Increase<impl Iterator<Item = Once<&str, f64>>>> {
        Ok(Increase(self.orders.iter().map(|(id, value)| Once(id.as_str(), *value))))
    }

    /// Orders by where they go.
    pub fn orders_per_region(&self) -> Vec<(OrdersPerRegion<'static>, Total<u64>)> {
        vec![(OrdersPerRegion { region: "eu".into(), r#type: "gift".into() }, Total(1))]
    }

    pub fn carts(&self) -> Option<u64> {
        None
    }

    /// Whether orders are taken.
    pub(crate) fn is_open(&self) -> bool {
        true
    }

    /// Time since the shop began.
    pub fn uptime(&self) -> Result<Duration, String> {
        Err("unknown".to_owned())
    }

    /// Items in stock.
    pub fn stock(&self) -> impl Iterator<Item = (Stock<'_>, f64)> {
        self.orders.iter().map(|(id, value)| (Stock { item: id.into() }, *value))
    }

    /// What a basket is worth.
    pub fn basket_value(&self) -> impl Iterator<Item = f64> {
        self.orders.iter().map(|(_, value)| *value)
    }

    /// Time from order to door.
    pub fn delivery_time(&self) -> Result<Vec<(DeliveryTime<'_>, Vec<Once<u64, Duration>>)>> {
        Ok(Vec::new())
    }

    /// Time to answer.
    pub fn answer_time(&self) -> Vec<f64> {
        Vec::new()
    }

    /// Time to answer, by page.
    pub fn answer_time_per_page(&self) -> Option<impl Iterator<Item = (AnswerTimePerPage<'_>, f64)>> {
        Some([(AnswerTimePerPage { page: "/".into() }, 1.0)].into_iter())
    }

    /// Size of an answer.
    pub fn answer_size(&self) -> u32 {
        7
    }

    /// State of the payment provider.
    pub fn payment(&self) -> States {
        States::of("up", &["down", "up"])
    }

    /// State of the last parcel, by carrier.
    pub fn parcel(&self) -> Result<Vec<(Parcel<'_>, Option<States>)>> {
        Ok(vec![(Parcel { carrier: "post".into() }, None)])
    }

    /// Software of the shop.
    pub fn shop_info(&self) -> Option<ShopInfo<'_>> {
        Some(ShopInfo { version: "1.2".into() })
    }

    /// Time at which the shop opened.
    pub fn opened_timestamp_seconds(&self) -> Result<Timestamp> {
        Timestamp::parse("2016-01-30T23:50+00:00")
    }

    /// Time at which the shop closed.
    pub fn closed_timestamp_seconds(&self) -> Option<Timestamp> {
        None
    }

    /// Time of the checkout.
    pub fn checkout_time(&self) -> Option<Quantiles> {
        Some(Quantiles::of([(0.5, Duration::from_secs(3))], None, 7))
    }

    /// Time of each backend.
    pub fn backend_time(&self) -> impl Iterator<Item = (BackendTime<'_>, Buckets)> {
        [(BackendTime { backend: "db".into() }, Buckets::of([(0.5, 3)], 7.5, 4))].into_iter()
    }
}
