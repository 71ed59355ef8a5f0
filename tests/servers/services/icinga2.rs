//! The services that Icinga monitors, from an API whose certificate authority is Icinga's own.

use collectington::{Api, Result, Service};
use serde::Deserialize;

use crate::labels::icinga2::ServiceState;

/// The monitored services.
#[derive(Deserialize)]
pub struct Icinga2 {
    results: Vec<Entry>,
}

#[derive(Deserialize)]
struct Entry {
    attrs: Attributes,
}

#[derive(Deserialize)]
struct Attributes {
    host_name: String,
    name: String,
    state: f64,
}

impl Service for Icinga2 {
    fn poll(api: &mut Api) -> Result<Self> {
        let request = api.get().path("v1/objects/services").basic("mon", api.secret("PASSWORD")?);
        Ok(request.query("attrs", "host_name").query("attrs", "name").query("attrs", "state").json()?)
    }
}

impl Icinga2 {
    /// State of a service: 0 OK, 1 warning, 2 critical, 3 unknown.
    pub fn service_state(&self) -> impl Iterator<Item = (ServiceState<'_>, f64)> {
        self.results.iter().map(|Entry { attrs }| {
            (
                ServiceState { host: attrs.host_name.as_str().into(), service: attrs.name.as_str().into() },
                attrs.state,
            )
        })
    }
}
