//! The DHCPv4 statistics of Kea, which its control agent returns for a command in a POST.

use std::collections::BTreeMap;

use collectington::{Api, Result, Service, Total};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::labels::kea::SubnetAddresses;

/// The response of one server: each statistic has its last value first.
#[derive(Deserialize)]
pub struct Kea {
    arguments: BTreeMap<String, Vec<(f64, String)>>,
}

impl Service for Kea {
    fn poll(api: &mut Api) -> Result<Self> {
        let command = json!({ "command": "statistic-get-all", "service": ["dhcp4"] });
        let request = api.post(&command).basic("mon", api.secret("PASSWORD")?).idempotent();
        let mut responses: Vec<Value> = request.json()?;
        let response = responses.pop().ok_or("the control agent returned no response")?;
        if response["result"] != 0 {
            return Err(format!("the command failed: {}", response["text"]).into());
        }
        Ok(serde_json::from_value(response)?)
    }
}

impl Kea {
    /// Number of DHCPv4 packets received.
    pub fn packets_received(&self) -> Option<Total<f64>> {
        self.value("pkt4-received").map(Total)
    }

    /// Number of addresses in the pools of a subnet.
    pub fn subnet_addresses(&self) -> Vec<(SubnetAddresses<'_>, f64)> {
        let subnet = |name: &str| {
            let id = name.strip_prefix("subnet[")?.strip_suffix("].total-addresses")?;
            Some((SubnetAddresses { subnet: id.to_owned().into() }, self.value(name)?))
        };
        self.arguments.keys().filter_map(|name| subnet(name)).collect()
    }

    fn value(&self, name: &str) -> Option<f64> {
        self.arguments.get(name)?.first().map(|(value, _)| *value)
    }
}
