//! The torrents of qBittorrent, whose login returns a cookie.

use collectington::{Api, Result, Service, Session};
use serde::Deserialize;

use crate::labels::qbittorrent::TorrentSizeBytes;

/// The torrents and the state of the transfer.
pub struct Qbittorrent {
    torrents: Vec<Torrent>,
    transfer: Transfer,
}

#[derive(Deserialize)]
struct Torrent {
    name: String,
    size: u64,
}

#[derive(Deserialize)]
struct Transfer {
    dl_info_speed: u64,
    dht_nodes: u64,
}

impl Service for Qbittorrent {
    fn log_in(api: &Api) -> Result<Session> {
        let login = api.request("POST").path("auth/login").field("username", api.secret("USERNAME")?);
        match login.field("password", api.secret("PASSWORD")?).text()?.as_str() {
            // The session is the cookie SID. Without a session, the status is 403.
            "Ok." => Ok(Session::cookies().renew_on(&[403])),
            _ => Err("the login failed: check USERNAME and PASSWORD".into()),
        }
    }

    fn log_out(api: &Api) -> Result<()> {
        api.request("POST").path("auth/logout").send()?.ok()?;
        Ok(())
    }

    fn poll(api: &mut Api) -> Result<Self> {
        let torrents = api.get().path("torrents/info").json()?;
        Ok(Self { torrents, transfer: api.get().path("transfer/info").json()? })
    }
}

impl Qbittorrent {
    /// Size of a torrent in bytes.
    pub fn torrent_size_bytes(&self) -> impl Iterator<Item = (TorrentSizeBytes<'_>, u64)> {
        self.torrents.iter().map(|torrent| (TorrentSizeBytes::new(&torrent.name), torrent.size))
    }

    /// Download speed in bytes per second.
    pub fn download_bytes_per_second(&self) -> u64 {
        self.transfer.dl_info_speed
    }

    /// Number of nodes in the distributed hash table.
    pub fn dht_nodes(&self) -> u64 {
        self.transfer.dht_nodes
    }
}
