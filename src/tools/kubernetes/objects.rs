//! The objects of one service.

use serde_json::{Value, json};

use super::mounted_files::{self, MountedFiles};
use crate::config::{Config, ServiceConfig};
use crate::support::checksum::checksum;
use crate::support::memory_limit;

/// Nobody's, as in images that have no users.
const USER: u32 = 65532;

/// A service as it is in its container.
pub(super) struct Deployed<'a> {
    /// That of all its objects.
    pub name: &'a str,
    /// Its entry, with the paths inside.
    pub service: ServiceConfig,
    /// What holds for it beside, with the paths inside.
    pub config: Config,
    /// What the Secret has.
    pub files: MountedFiles,
}

/// A volume and where it is mounted.
type Mount = (&'static str, &'static str);

impl Deployed<'_> {
    /// All objects, in the order in which they are needed.
    ///
    /// # Errors
    /// The config cannot be written, which is not known to happen.
    pub fn objects(&self) -> Result<[Value; 4], String> {
        let config = Config { services: vec![self.service.clone()], ..self.config.clone() };
        let json: Value = serde_json::from_str(&config.to_json()).map_err(|error| error.to_string())?;
        let text = format!("{json:#}\n");
        let monitor =
            json!({ "selector": { "matchLabels": self.labels() }, "endpoints": [{ "port": "metrics" }] });
        Ok([
            self.object("v1", "ConfigMap", ("data", json!({ "config.json": text }))),
            self.object("apps/v1", "Deployment", ("spec", self.deployment(&text))),
            self.object("v1", "Service", ("spec", self.service())),
            self.object("monitoring.coreos.com/v1", "ServiceMonitor", ("spec", monitor)),
        ])
    }

    fn object(&self, version: &str, kind: &str, (key, content): (&str, Value)) -> Value {
        let metadata = json!({ "name": self.name, "labels": self.labels() });
        json!({ "apiVersion": version, "kind": kind, "metadata": metadata, key: content })
    }

    fn labels(&self) -> Value {
        json!({ "app.kubernetes.io/name": "cton", "app.kubernetes.io/instance": self.name })
    }

    /// One pod at a time: two would ask the API twice and count into one state.
    fn deployment(&self, text: &str) -> Value {
        // A pod reads its config when it starts, so another config is another pod.
        let checksum = format!("{:08x}", checksum(text.as_bytes()));
        let annotations = json!({ "collectington/config-crc32": checksum });
        let metadata = json!({ "labels": self.labels(), "annotations": annotations });
        json!({
            "replicas": 1,
            "strategy": { "type": "Recreate" },
            "selector": { "matchLabels": self.labels() },
            "template": { "metadata": metadata, "spec": self.pod() },
        })
    }

    fn pod(&self) -> Value {
        let volume = |(volume, _): &Mount| match *volume {
            "config" => json!({ "name": volume, "configMap": { "name": self.name } }),
            "secrets" => {
                json!({ "name": volume, "secret": { "secretName": self.name, "defaultMode": 0o440 } })
            }
            _ => json!({ "name": volume, "emptyDir": { "sizeLimit": "1Gi" } }),
        };
        json!({
            "automountServiceAccountToken": false,
            "enableServiceLinks": false,
            "securityContext": {
                "runAsNonRoot": true, "runAsUser": USER, "runAsGroup": USER, "fsGroup": USER,
                "seccompProfile": { "type": "RuntimeDefault" },
            },
            "terminationGracePeriodSeconds": 10,
            "containers": [self.container()],
            "volumes": self.mounts().iter().map(volume).collect::<Vec<_>>(),
        })
    }

    fn mounts(&self) -> Vec<Mount> {
        let state = self.config.state_dir.as_ref().map(|_| ("state", mounted_files::STATE));
        let secrets = (!self.files.is_empty()).then_some(("secrets", mounted_files::SECRETS));
        [Some(("config", mounted_files::CONFIG)), secrets, state].into_iter().flatten().collect()
    }

    fn container(&self) -> Value {
        let mount = |(volume, path): &Mount| json!({ "name": volume, "mountPath": path, "readOnly": *volume != "state" });
        let config = format!("{}/config.json", mounted_files::CONFIG);
        json!({
            "name": "cton",
            "image": concat!("cton:", env!("CARGO_PKG_VERSION")),
            "args": ["-s", self.service.name, "-c", config],
            "env": self.environment(),
            "ports": [{ "name": "metrics", "containerPort": self.service.port }],
            "livenessProbe": probe("/-/healthy"),
            "readinessProbe": probe("/-/ready"),
            "resources": self.resources(),
            "securityContext": {
                "allowPrivilegeEscalation": false,
                "readOnlyRootFilesystem": true,
                "capabilities": { "drop": ["ALL"] },
            },
            "volumeMounts": self.mounts().iter().map(mount).collect::<Vec<_>>(),
        })
    }

    /// As systemd says it: what is in that folder is guarded by whoever has put it there.
    fn environment(&self) -> Value {
        if self.files.is_empty() {
            return json!([]);
        }
        json!([{ "name": "CREDENTIALS_DIRECTORY", "value": mounted_files::SECRETS }])
    }

    /// No limit on CPU: a poll that is held up is a poll that is late.
    fn resources(&self) -> Value {
        let limit = format!("{}Mi", memory_limit::bound([&self.service]).div_ceil(1 << 20));
        json!({ "requests": { "cpu": "10m", "memory": "16Mi" }, "limits": { "memory": limit } })
    }

    fn service(&self) -> Value {
        let port = json!({ "name": "metrics", "port": self.service.port, "targetPort": "metrics" });
        json!({ "selector": self.labels(), "ports": [port] })
    }
}

fn probe(path: &str) -> Value {
    json!({ "httpGet": { "path": path, "port": "metrics" }, "periodSeconds": 10, "timeoutSeconds": 5 })
}
