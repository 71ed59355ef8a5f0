//! The objects of one service.

use serde_json::{Value, json};

use super::mounted_files::{self, MountedFiles};
use crate::config::{Config, ServiceConfig};
use crate::support::checksum::checksum;
use crate::support::diagnostic::Diagnostic;
use crate::support::memory_limit;

/// The ID of the unprivileged user and group, as in images without users.
const USER: u32 = 65532;

/// A service in its container.
pub(super) struct Deployed<'a> {
    /// The name of all objects of the service.
    pub name: &'a str,
    /// The config entry of the service, with the paths inside the container.
    pub service: ServiceConfig,
    /// The rest of the config, with the paths inside the container.
    pub config: Config,
    /// The files in the Secret.
    pub files: MountedFiles,
    /// The scrape interval, as Prometheus reads it.
    pub scrape_interval: String,
}

/// The name of a volume, and its mount path.
type Mount = (&'static str, &'static str);

impl Deployed<'_> {
    /// Returns all objects, in the order in which they are needed.
    ///
    /// # Errors
    /// The config cannot be serialized. No such case is known.
    pub(super) fn objects(&self) -> Result<[Value; 4], Diagnostic> {
        let config = Config { services: vec![self.service.clone()], ..self.config.clone() };
        let json: Value = serde_json::from_str(&config.to_json()).map_err(|error| error.to_string())?;
        let text = format!("{json:#}\n");
        let endpoint = json!({ "port": "metrics", "interval": self.scrape_interval });
        let monitor = json!({
            // The job is `cton`, as `cton alerts` expects.
            "jobLabel": "app.kubernetes.io/name",
            "selector": { "matchLabels": self.selector() },
            "endpoints": [endpoint],
        });
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

    /// Returns the labels that select the pod. They never change, because those of a Deployment are immutable.
    fn selector(&self) -> Value {
        json!({ "app.kubernetes.io/name": "cton", "app.kubernetes.io/instance": self.name })
    }

    fn labels(&self) -> Value {
        let mut labels = self.selector();
        labels["app.kubernetes.io/version"] = env!("CARGO_PKG_VERSION").into();
        labels["app.kubernetes.io/managed-by"] = "cton".into();
        labels
    }

    /// Returns the spec of the Deployment. It runs one pod at a time: two would poll the API twice and write to one
    /// state.
    fn deployment(&self, text: &str) -> Value {
        // A pod reads its config only when it starts, so a changed config must replace the pod.
        let checksum = format!("{:08x}", checksum(text.as_bytes()));
        let annotations = json!({ "collectington/config-crc32": checksum });
        let metadata = json!({ "labels": self.labels(), "annotations": annotations });
        json!({
            "replicas": 1,
            "strategy": { "type": "Recreate" },
            "selector": { "matchLabels": self.selector() },
            "template": { "metadata": metadata, "spec": self.pod() },
        })
    }

    fn pod(&self) -> Value {
        let volume = |(volume, _): &Mount| match *volume {
            "config" => json!({ "name": volume, "configMap": { "name": self.name } }),
            "secrets" => {
                json!({ "name": volume, "secret": { "secretName": self.name, "defaultMode": 0o440 } })
            }
            "keys" => {
                let secret = format!("{}-keys", self.name);
                json!({ "name": volume, "secret": { "secretName": secret, "defaultMode": 0o440 } })
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
        let keys = self.files.has_keys().then_some(("keys", mounted_files::KEYS));
        [Some(("config", mounted_files::CONFIG)), secrets, keys, state].into_iter().flatten().collect()
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

    /// Returns the environment: `secret_environment` from the Secret. With `CREDENTIALS_DIRECTORY`, as systemd sets it, cton
    /// does not check the permissions of the files in that directory.
    fn environment(&self) -> Value {
        let directory = json!({ "name": "CREDENTIALS_DIRECTORY", "value": mounted_files::SECRETS });
        let variable = |key: &String| json!({ "name": key, "valueFrom": { "secretKeyRef": { "name": self.name, "key": key } } });
        let directory = (!self.files.is_empty()).then_some(directory);
        directory.into_iter().chain(self.files.variables().iter().map(variable)).collect()
    }

    /// Returns the resources. There is no CPU limit, because it would delay polls.
    fn resources(&self) -> Value {
        let limit = format!("{}Mi", memory_limit::bound([&self.service]).div_ceil(1 << 20));
        json!({ "requests": { "cpu": "10m", "memory": "16Mi" }, "limits": { "memory": limit } })
    }

    fn service(&self) -> Value {
        let port = json!({ "name": "metrics", "port": self.service.port, "targetPort": "metrics" });
        json!({ "selector": self.selector(), "ports": [port] })
    }
}

fn probe(path: &str) -> Value {
    json!({ "httpGet": { "path": path, "port": "metrics" }, "periodSeconds": 10, "timeoutSeconds": 5 })
}
