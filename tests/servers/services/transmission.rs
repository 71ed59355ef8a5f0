//! The torrents of Transmission, whose session ID is in a header of a 409 response.

use collectington::{Api, Request, Result, Service, Session};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::labels::transmission::TorrentSizeBytes;

/// The torrents of one poll.
pub struct Transmission {
    stats: Stats,
    torrents: Vec<Torrent>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Stats {
    torrent_count: u64,
    paused_torrent_count: u64,
}

#[derive(Deserialize)]
struct Torrents {
    torrents: Vec<Torrent>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Torrent {
    name: String,
    total_size: u64,
}

#[derive(Deserialize)]
struct Response<T> {
    arguments: T,
}

fn call<'api>(api: &'api Api, method: &str, arguments: Value) -> Result<Request<'api>> {
    let body = json!({ "method": method, "arguments": arguments });
    Ok(api.post(&body).basic("mon", api.secret("PASSWORD")?).idempotent())
}

fn read<T: DeserializeOwned>(api: &Api, method: &str, arguments: Value) -> Result<T> {
    let response: Response<T> = call(api, method, arguments)?.json()?;
    Ok(response.arguments)
}

impl Service for Transmission {
    fn log_in(api: &Api) -> Result<Session> {
        let response = call(api, "session-stats", json!({}))?.send()?;
        let id = response.header("X-Transmission-Session-Id").ok_or("the response has no session ID")?;
        Ok(Session::header("X-Transmission-Session-Id", id).renew_on(&[409]))
    }

    fn poll(api: &mut Api) -> Result<Self> {
        let stats = read(api, "session-stats", json!({}))?;
        let list: Torrents = read(api, "torrent-get", json!({ "fields": ["name", "totalSize"] }))?;
        Ok(Self { stats, torrents: list.torrents })
    }
}

impl Transmission {
    /// Number of torrents.
    pub fn torrents(&self) -> u64 {
        self.stats.torrent_count
    }

    /// Number of paused torrents.
    pub fn paused_torrents(&self) -> u64 {
        self.stats.paused_torrent_count
    }

    /// Size of a torrent in bytes.
    pub fn torrent_size_bytes(&self) -> impl Iterator<Item = (TorrentSizeBytes<'_>, u64)> {
        self.torrents.iter().map(|torrent| (TorrentSizeBytes::new(&torrent.name), torrent.total_size))
    }
}
