//! The stock of a warehouse, from an API with a login.

use collectington::{Api, Paging, Result, Service, Session, SettingsType, Total};
use serde::{Deserialize, Serialize};

use crate::labels::warehouse_api::StockUnits;

/// The stock and the orders of one poll.
pub struct WarehouseApi {
    orders: u64,
    stock: Vec<Item>,
}

#[derive(Serialize)]
struct Login<'a> {
    site: &'a str,
}

#[derive(Deserialize)]
struct Token {
    token: String,
}

#[derive(Deserialize)]
struct Orders {
    total: u64,
}

#[derive(Deserialize)]
struct Stock {
    items: Vec<Item>,
    next: Option<String>,
}

#[derive(Deserialize)]
struct Item {
    name: String,
    units: u64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Settings {
    site: String,
}

impl Service for WarehouseApi {
    const SECRETS: &'static [&'static str] = &["PASSWORD"];
    const SETTINGS: SettingsType = SettingsType::of::<Settings>();

    fn log_in(api: &Api) -> Result<Session> {
        let settings: Settings = api.settings()?;
        let login = api.post(&Login { site: &settings.site }).path("login");
        let login: Token = login.basic("exporter", api.secret("PASSWORD")?).json()?;
        Ok(Session::bearer(login.token))
    }

    fn poll(api: &mut Api) -> Result<Self> {
        let orders: Orders = api.get().path("orders/summary").json()?;
        let mut stock = Vec::new();
        let paging = Paging::cursor("after", |page: &Stock| page.next.clone());
        for page in api.get().path("stock").pages(paging) {
            stock.extend(page?.items);
        }
        Ok(Self { orders: orders.total, stock })
    }
}

impl WarehouseApi {
    /// Number of orders since the warehouse was opened.
    pub fn orders(&self) -> Total<u64> {
        Total(self.orders)
    }

    /// Number of units in stock by item.
    pub fn stock_units(&self) -> impl Iterator<Item = (StockUnits<'_>, u64)> {
        self.stock.iter().map(|item| (StockUnits::new(&item.name), item.units))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_items_of_all_pages_are_in_stock() {
        let api = Api::replay("services/replay/warehouse").unwrap();
        let api = api.with_url("https://warehouse.example.com/v1").unwrap();
        let mut api = api.with_setting("site", "hamburg").with_secret("PASSWORD", "hush");
        let warehouse: WarehouseApi = api.poll().unwrap();
        let units: Vec<u64> = warehouse.stock_units().map(|(_, units)| units).collect();
        assert_eq!((warehouse.orders, units), (8021, vec![40, 7, 0]));
    }
}
