//! The TLS configurations that services with equal settings share.

use std::sync::{Arc, Mutex, Weak};

use super::tls::{SharedTls, TlsFiles};
use crate::support::error::Result;
use crate::support::file_identity::FileIdentity;
use crate::support::locks::locked;

/// The identities of the TLS files of a service; `None` for a missing file.
type FileStamps = Vec<Option<FileIdentity>>;

/// The TLS configurations in use. Each has a list of authorities and a store of TLS sessions, which take more memory than
/// the rest of a service.
#[derive(Debug, Default)]
pub(crate) struct TlsCache(Mutex<Vec<CachedTls>>);

/// A configuration, with the settings and the files that it was read from.
#[derive(Debug)]
struct CachedTls {
    files: TlsFiles,
    stamps: FileStamps,
    read: Weak<SharedTls>,
}

impl TlsCache {
    /// Returns the configuration of these settings and files, and reads the files if no other service has done so.
    ///
    /// # Errors
    /// A file cannot be used, or the system has no trust store.
    pub(super) fn get(&self, files: &TlsFiles, stamps: &FileStamps) -> Result<Arc<SharedTls>> {
        if let Some(known) = self.find(files, stamps) {
            return Ok(known);
        }
        // Without the lock, so that a file system that hangs does not block the other services.
        let read = Arc::new(files.read()?);
        let mut all = locked(&self.0);
        all.retain(|cached| cached.read.strong_count() > 0);
        all.push(CachedTls { files: files.clone(), stamps: stamps.clone(), read: Arc::downgrade(&read) });
        Ok(read)
    }

    fn find(&self, files: &TlsFiles, stamps: &FileStamps) -> Option<Arc<SharedTls>> {
        let all = locked(&self.0);
        let mut equal = all.iter().filter(|cached| cached.files == *files && cached.stamps == *stamps);
        equal.find_map(|cached| cached.read.upgrade())
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use serde_json::{Value, json};

    use super::*;
    use crate::config::minimal_config::{minimal_config, minimal_service};
    use crate::config::{self, ServiceConfig};
    use crate::fetch::transport::tls::{ClientTls, TlsConfigs};
    use crate::support::scratch;

    const TLS: &str = "tests/api/tls";

    fn service(keys: &Value) -> ServiceConfig {
        let file = minimal_config([("test".to_owned(), minimal_service(keys))]);
        config::parse("config.json", &file).unwrap().services.remove(0)
    }

    fn with_authority(file: &Path) -> Value {
        json!({ "ca_file_path": file })
    }

    fn configs(tls: &ClientTls) -> TlsConfigs {
        tls.current().1
    }

    fn are_shared(one: &ClientTls, other: &ClientTls) -> bool {
        let (one, other) = (configs(one), configs(other));
        Arc::ptr_eq(&one.api, &other.api) || Arc::ptr_eq(&one.proxy, &other.proxy)
    }

    #[test]
    fn only_services_with_equal_tls_settings_share_their_configuration() {
        let (cache, file) = (Arc::<TlsCache>::default(), |name: &str| Path::new(TLS).join(name));
        let copy = scratch::empty_dir("tls-cache-copy").join("authority.pem");
        fs::copy(file("authority.pem"), &copy).unwrap();
        let client =
            json!({ "client_cert_path": file("client.pem"), "client_key_path": file("client-key.pem") });
        let device = json!({ "client_cert_path": file("client.pem"), "client_key_path": file("client-key.pem"),
            "ca_file_path": copy });
        let all = [
            json!({}),
            json!({ "insecure_skip_verify": true }),
            with_authority(&file("authority.pem")),
            with_authority(&copy),
            client,
            device,
        ];
        let tls = |keys: &Value| ClientTls::new(&service(keys), &cache).unwrap();
        let (first, second) = (all.each_ref().map(tls), all.each_ref().map(tls));
        for (index, one) in first.iter().enumerate() {
            for (other_index, other) in second.iter().enumerate() {
                assert_eq!(
                    are_shared(one, other),
                    index == other_index,
                    "{} {}",
                    all[index],
                    all[other_index]
                );
            }
        }
        assert_eq!(locked(&cache.0).len(), all.len());
    }

    #[test]
    fn services_share_the_configuration_of_a_changed_file_and_forget_the_earlier_one() {
        let cache = Arc::<TlsCache>::default();
        let file = scratch::empty_dir("tls-cache").join("authority.pem");
        fs::copy(Path::new(TLS).join("authority.pem"), &file).unwrap();
        let [one, other] =
            [(); 2].map(|()| ClientTls::new(&service(&with_authority(&file)), &cache).unwrap());
        let before = configs(&one);
        fs::copy(Path::new(TLS).join("device.pem"), &file).unwrap();
        assert!(are_shared(&one, &other) && !Arc::ptr_eq(&configs(&one).api, &before.api));
        drop(before);
        let third = ClientTls::new(&service(&json!({})), &cache).unwrap();
        assert!(!are_shared(&one, &third));
        assert_eq!(locked(&cache.0).len(), 2, "the earlier configuration is not retained");
    }
}
