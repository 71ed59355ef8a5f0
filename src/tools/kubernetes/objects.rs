//! The objects of one service.

use serde_json::{Value, json};

use super::container_config::ContainerConfig;
use super::mounted_files;
use crate::config::Config;
use crate::support::checksum::checksum;
use crate::support::diagnostic::Diagnostic;

/// The ID of the unprivileged user and group, as in images without users.
const USER: u32 = 65532;
/// The requested memory of a service in MiB.
const MEMORY: usize = 16;
/// The number of targets for each of which one more MiB is requested. docs/scaling.md states their measured memory.
const TARGETS_PER_MIB: usize = 16;

/// A service in its container.
pub(super) struct Deployed<'a> {
    /// The name of all objects of the service.
    pub name: &'a str,
    /// The config in the container, with this service only.
    pub config: Config,
    /// The entry of the service in the config, and its files.
    pub container: ContainerConfig,
    /// The scrape interval, as Prometheus reads it.
    pub scrape_interval: String,
    /// The largest memory of the process in bytes.
    pub memory: u64,
    /// The number of targets, or 1 without targets.
    pub polled: usize,
}

/// A volume of the pod, as Kubernetes reads it, and its path in the container.
struct Mount {
    volume: Value,
    path: String,
    is_read_only: bool,
}

impl Mount {
    fn new(volume: Value, path: impl Into<String>) -> Self {
        Self { volume, path: path.into(), is_read_only: true }
    }

    fn secret(volume: &str, secret: &str, path: impl Into<String>) -> Self {
        let secret = json!({ "secretName": secret, "defaultMode": 0o440 });
        Self::new(json!({ "name": volume, "secret": secret }), path)
    }
}

impl Deployed<'_> {
    /// Returns all objects, in the order in which they are needed.
    ///
    /// # Errors
    /// The config cannot be serialized. No such case is known.
    pub(super) fn objects(&self) -> Result<[Value; 4], Diagnostic> {
        let json: Value = serde_json::from_str(&self.config.to_json()).map_err(|error| error.to_string())?;
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
        // An applied config takes effect at once, and not only after the kubelet has updated the file and cton was told to reload it.
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
        json!({
            "automountServiceAccountToken": false,
            "enableServiceLinks": false,
            "securityContext": {
                "runAsNonRoot": true, "runAsUser": USER, "runAsGroup": USER, "fsGroup": USER,
                "seccompProfile": { "type": "RuntimeDefault" },
            },
            "terminationGracePeriodSeconds": 10,
            "containers": [self.container()],
            "volumes": self.mounts().into_iter().map(|mount| mount.volume).collect::<Vec<_>>(),
        })
    }

    /// Returns the volumes. The `ConfigMap`s are mounted as directories, because Kubernetes never updates a single mounted
    /// file.
    fn mounts(&self) -> Vec<Mount> {
        let (files, name) = (&self.container.files, self.name);
        let config = json!({ "name": "config", "configMap": { "name": name } });
        let mut mounts = vec![Mount::new(config, mounted_files::CONFIG)];
        if !self.container.target_files.is_empty() {
            let targets = json!({ "name": format!("{name}-targets"), "optional": true });
            let targets = json!({ "name": "targets", "configMap": targets });
            mounts.push(Mount::new(targets, mounted_files::TARGETS));
        }
        if !files.is_empty() {
            mounts.push(Mount::secret("secrets", name, mounted_files::SECRETS));
        }
        let directories = files.directories().iter();
        mounts
            .extend(directories.map(|keys| Mount::secret(keys.volume(), &keys.secret(name), keys.inside())));
        if self.config.state_dir.is_some() {
            let state = json!({ "name": "state", "emptyDir": { "sizeLimit": "1Gi" } });
            mounts.push(Mount { is_read_only: false, ..Mount::new(state, mounted_files::STATE) });
        }
        mounts
    }

    fn container(&self) -> Value {
        let mount = |mount: &Mount| json!({ "name": mount.volume["name"], "mountPath": mount.path, "readOnly": mount.is_read_only });
        let config = format!("{}/config.json", mounted_files::CONFIG);
        json!({
            "name": "cton",
            "image": concat!("cton:", env!("CARGO_PKG_VERSION")),
            "args": ["-s", self.container.service.name, "-c", config],
            "env": self.environment(),
            "ports": [{ "name": "metrics", "containerPort": self.container.service.port }],
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
        let directory = (!self.container.files.is_empty()).then_some(directory);
        directory.into_iter().chain(self.container.files.variables().iter().map(variable)).collect()
    }

    /// Returns the resources. The limit is the most that the responses of all targets can take together. There is no CPU limit,
    /// because it would delay polls.
    fn resources(&self) -> Value {
        let request = format!("{}Mi", MEMORY + self.polled / TARGETS_PER_MIB);
        let limit = format!("{}Mi", self.memory.div_ceil(1 << 20));
        json!({ "requests": { "cpu": "10m", "memory": request }, "limits": { "memory": limit } })
    }

    fn service(&self) -> Value {
        let port = json!({ "name": "metrics", "port": self.container.service.port, "targetPort": "metrics" });
        json!({ "selector": self.selector(), "ports": [port] })
    }
}

fn probe(path: &str) -> Value {
    json!({ "httpGet": { "path": path, "port": "metrics" }, "periodSeconds": 10, "timeoutSeconds": 5 })
}
