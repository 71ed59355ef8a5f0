//! The devices of Syncthing, whose certificate is self-signed.

use std::collections::BTreeMap;

use collectington::{Api, Result, Service};
use serde::Deserialize;

use crate::labels::syncthing::{DeviceConnected, SyncthingInfo};

/// The status of one poll.
pub struct Syncthing {
    version: Version,
    connections: BTreeMap<String, Connection>,
}

#[derive(Deserialize)]
struct Version {
    version: String,
    os: String,
}

#[derive(Deserialize)]
struct Connections {
    connections: BTreeMap<String, Connection>,
}

#[derive(Deserialize)]
struct Connection {
    connected: bool,
}

impl Service for Syncthing {
    fn poll(api: &mut Api) -> Result<Self> {
        let key = api.secret("API_KEY")?;
        let version = api.get().path("system/version").header("X-API-Key", &key).json()?;
        let all: Connections = api.get().path("system/connections").header("X-API-Key", &key).json()?;
        Ok(Self { version, connections: all.connections })
    }
}

impl Syncthing {
    /// Version of the program and its operating system.
    pub fn syncthing_info(&self) -> SyncthingInfo<'_> {
        SyncthingInfo::new(&self.version.version, &self.version.os)
    }

    /// Connection of a device: 1 if it is connected, otherwise 0.
    pub fn device_connected(&self) -> impl Iterator<Item = (DeviceConnected<'_>, bool)> {
        self.connections.iter().map(|(id, device)| (DeviceConnected::new(id), device.connected))
    }
}
