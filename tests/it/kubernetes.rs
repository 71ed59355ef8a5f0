//! The output of `cton kubernetes`: the example in packaging/, and properties of any manifest.
//!
//! `UPDATE_GOLDENS=1 cargo test --test it kubernetes` writes packaging/kubernetes.yaml again. packaging/check.sh
//! validates it by the schemas of Kubernetes.

use std::fs;
use std::path::Path;

use saphyr::{LoadableYamlNode as _, Yaml};
use serde_json::json;

use crate::support::process::{Cton, scratch};
use crate::support::{golden, shipped_config};

fn printed(arguments: &[&str]) -> String {
    let output = Cton::new(["--print-kubernetes"].iter().chain(arguments).copied()).output();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn the_example_is_generated_from_the_shipped_config() {
    golden::same("packaging/kubernetes.yaml", &printed(&[]));
}

#[test]
fn the_config_of_the_container_is_valid_and_all_its_files_are_mounted() {
    let dir = scratch("kubernetes");
    let own = fs::read_to_string("config.json").unwrap().replace(
        "\"secret_file_path\": \"./splunk\"",
        "\"secret_file_path\": \"/a b/it's\", \"ca_file_path\": \"x.pem\", \"listen\": \"127.0.0.1\", \"note\": \"é: # yes\"",
    );
    fs::write(dir.join("own.json"), own).unwrap();
    let own = dir.join("own.json");
    let text = printed(&["-c", own.to_str().unwrap(), "--state-dir", "elsewhere"]);
    assert!(text.contains(r"--from-file=secrets='/a b/it'\''s' --from-file=ca.pem=x.pem"), "{text}");

    let objects = Yaml::load_from_str(&text).unwrap();
    let kinds: Vec<&str> = objects.iter().map(|object| object["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["ConfigMap", "Deployment", "Service", "ServiceMonitor"]);
    let config = objects[0]["data"]["config.json"].as_str().unwrap();
    fs::write(dir.join("inside.json"), config).unwrap();
    let listed = Cton::new(["--list", "-c"]).arg(dir.join("inside.json")).output();
    assert!(listed.status.success(), "{}", String::from_utf8_lossy(&listed.stderr));

    let read: serde_json::Value = serde_json::from_str(config).unwrap();
    let splunk = &read["services"]["splunk"];
    assert_eq!((&splunk["listen"], &splunk["note"]), (&"::".into(), &"é: # yes".into()));
    let container = &objects[1]["spec"]["template"]["spec"]["containers"][0];
    let mounts: Vec<&str> = container["volumeMounts"]
        .as_sequence()
        .unwrap()
        .iter()
        .map(|mount| mount["mountPath"].as_str().unwrap())
        .collect();
    for path in [&splunk["secret_file_path"], &splunk["ca_file_path"], &read["state_dir"]] {
        let path = path.as_str().unwrap();
        assert!(mounts.iter().any(|mount| path.starts_with(mount)), "{path}: {mounts:?}");
    }
}

#[test]
fn a_directory_of_keys_and_secret_variables_come_from_secrets() {
    let dir = scratch("kubernetes-keys");
    let secret_path = dir.join("keys of it");
    fs::create_dir(&secret_path).unwrap();
    let mut config: serde_json::Value = serde_json::from_slice(&fs::read("config.json").unwrap()).unwrap();
    config["services"]["splunk"]["secret_file_path"] = secret_path.to_str().into();
    config["services"]["splunk"]["secret_environment"] = serde_json::json!(["API_KEY", "API_ID"]);
    fs::write(dir.join("own.json"), config.to_string()).unwrap();
    let text = printed(&["-c", dir.join("own.json").to_str().unwrap()]);
    let create = "# Create its Secret first: kubectl create secret generic cton-splunk";
    for line in [
        format!("{create} --from-file=API_KEY=./API_KEY --from-file=API_ID=./API_ID\n"),
        format!("{create}-keys --from-file='{}'\n", secret_path.display()),
    ] {
        assert!(text.contains(&line), "{line}: {text}");
    }
    let objects = Yaml::load_from_str(&text).unwrap();
    let config = objects[0]["data"]["config.json"].as_str().unwrap();
    assert!(config.contains(r#""secret_file_path": "/run/secrets/cton-keys""#), "{config}");
    let pod = &objects[1]["spec"]["template"]["spec"];
    let (container, volume) = (&pod["containers"][0], &pod["volumes"][1]);
    assert_eq!(volume["secret"]["secretName"].as_str(), Some("cton-splunk-keys"));
    assert_eq!(container["volumeMounts"][1]["mountPath"].as_str(), Some("/run/secrets/cton-keys"));
    for (variable, name) in container["env"].as_sequence().unwrap().iter().zip(["API_KEY", "API_ID"]) {
        let reference = &variable["valueFrom"]["secretKeyRef"];
        let found =
            [&variable["name"], &reference["key"], &reference["name"]].map(|value| value.as_str().unwrap());
        assert_eq!(found, [name, name, "cton-splunk"]);
    }
}

#[test]
fn the_memory_limit_fits_the_largest_poll_and_services_of_one_api_are_reported() {
    let dir = scratch("kubernetes-limits");
    let mut config: serde_json::Value = serde_json::from_slice(&fs::read("config.json").unwrap()).unwrap();
    config["services"]["splunk"]["response_limit_bytes"] = (20 << 20).into();
    config["services"]["splunk"]["memory_limit_bytes"] = (40 << 20).into();
    fs::write(dir.join("own.json"), config.to_string()).unwrap();
    let text = printed(&["-c", dir.join("own.json").to_str().unwrap()]);
    // docs/operating.md: 32 + 7 x 20 + 2.625 x 40 + 36.6, rounded up.
    assert!(text.contains("memory: \"320Mi\""), "{text}");
    assert!(!text.contains(" share its rate limit"), "{text}");
}

#[test]
fn equal_configs_give_equal_manifests_and_a_changed_one_another_pod() {
    let checksum = |text: &str| text.lines().find(|line| line.contains("crc32")).unwrap().to_owned();
    let (one, other) = (printed(&[]), printed(&["--listen=:9000"]));
    assert_eq!(one, printed(&[]));
    assert_ne!(checksum(&one), checksum(&other));
}

/// Writes the shipped config with these keys of its service, and returns its manifests.
fn printed_with(dir: &Path, service: &serde_json::Value, more: &[&str]) -> String {
    let file = dir.join("own.json");
    fs::write(&file, shipped_config::with_keys(&json!({}), service).to_string()).unwrap();
    printed(&[&["-c", file.to_str().unwrap()], more].concat())
}

/// Returns the config of the container, after a check that `cton` reads it.
fn config_inside(dir: &Path, objects: &[Yaml]) -> serde_json::Value {
    let config = objects[0]["data"]["config.json"].as_str().unwrap();
    fs::write(dir.join("inside.json"), config).unwrap();
    let listed = Cton::new(["--list", "-c"]).arg(dir.join("inside.json")).output();
    assert!(listed.status.success(), "{}", String::from_utf8_lossy(&listed.stderr));
    serde_json::from_str(config).unwrap()
}

fn container<'a>(objects: &'a [Yaml<'a>]) -> &'a Yaml<'a> {
    &objects[1]["spec"]["template"]["spec"]["containers"][0]
}

fn mounts(objects: &[Yaml]) -> Vec<String> {
    let mounts = container(objects)["volumeMounts"].as_sequence().unwrap().iter();
    mounts.map(|mount| mount["mountPath"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn all_targets_of_a_service_share_one_pod_and_each_has_its_own_files() {
    let dir = scratch("kubernetes-targets");
    let keys = dir.join("keys");
    fs::create_dir(&keys).unwrap();
    let service = json!({
        "ca_file_path": "all.pem", "labels": { "squad": "core" }, "secret_environment": ["API_ID"],
        "targets": {
            "eu.1": { "secret_file_path": "./splunk-eu", "secret_environment": ["API_KEY"] },
            "US_2": { "secret_file_path": keys, "ca_file_path": "us.pem", "labels": { "target": "x" } },
            "us": { "secret_file_path": "./splunk-eu", "api_url": "https://us.test/", "api_call_intervals": 10 },
        },
    });
    let text = printed_with(&dir, &service, &["--state-dir", "elsewhere", "--listen=127.0.0.1:9000"]);
    let create = "# Create its Secret first: kubectl create secret generic cton-splunk";
    for line in [
        "# splunk: 3 targets of https://api.victorops.com/api-reporting/v2/incidents, https://us.test/\n",
        &format!(
            "{create} --from-file=ca.pem=all.pem --from-file=ca.pem.US_2=us.pem --from-file=secrets.eu.1=./splunk-eu \
             --from-file=API_ID=./API_ID --from-file=API_KEY=./API_KEY\n"
        ),
        &format!("{create}-keys-4699a07e --from-file={}\n", keys.display()),
    ] {
        assert!(text.contains(line), "{line}: {text}");
    }
    let objects = Yaml::load_from_str(&text).unwrap();
    assert_eq!(objects.len(), 4);
    let arguments: Vec<_> = container(&objects)["args"].as_sequence().unwrap().iter().collect();
    assert_eq!(arguments[1].as_str(), Some("splunk"));
    let config = config_inside(&dir, &objects);
    let service = &config["services"]["splunk"];
    assert_eq!((&service["listen"], &service["port"]), (&"::".into(), &9000.into()));
    assert_eq!(service.get("secret_file_path"), None, "no target reads it");
    let eu = json!({
        "secret_file_path": "/run/secrets/cton/secrets.eu.1", "secret_environment": ["API_KEY"],
        "labels": { "target": "eu.1" },
    });
    assert_eq!(service["targets"]["eu.1"], eu);
    assert_eq!(service["targets"]["us"]["secret_file_path"], eu["secret_file_path"], "one rate limit");
    let mounts = mounts(&objects);
    let paths = [
        &service["ca_file_path"],
        &service["targets"]["US_2"]["secret_file_path"],
        &service["targets"]["US_2"]["ca_file_path"],
        &config["state_dir"],
    ];
    for path in paths.map(|path| path.as_str().unwrap()) {
        assert!(mounts.iter().any(|mount| path == mount || path.starts_with(&format!("{mount}/"))), "{path}");
    }
    // The shipped service takes 320 MiB besides the 32 MiB of the process.
    assert!(text.contains("memory: \"992Mi\""), "{text}");
    assert!(text.contains("interval: \"5s\""), "the fastest target decides: {text}");
}

#[test]
fn a_selected_target_is_alone_in_the_config_of_its_pod() {
    let dir = scratch("kubernetes-target");
    let service = json!({ "targets": { "eu": {}, "us": {} }, "targets_from": [dir.join("none-*.json")] });
    let text = printed_with(&dir, &service, &["-s", "splunk/us"]);
    let objects = Yaml::load_from_str(&text).unwrap();
    let config = config_inside(&dir, &objects);
    let targets = config["services"]["splunk"]["targets"].as_object().unwrap();
    assert_eq!(targets.keys().collect::<Vec<_>>(), ["us"]);
    assert!(!text.contains("cton-splunk-targets"), "{text}");
}

#[test]
fn target_files_come_from_a_directory_that_kubernetes_updates() {
    let dir = scratch("kubernetes-target-files");
    let files = dir.join("targets.d");
    fs::create_dir(&files).unwrap();
    let write = |name: &str, secret: &str| {
        let text = json!({ name: { "secret_file_path": secret } }).to_string();
        fs::write(files.join(format!("{name}.json")), text).unwrap();
    };
    write("asia", "/etc/cton/splunk-asia");
    let service = json!({ "targets": { "eu": { "secret_file_path": "./splunk-eu" } }, "targets_from": [files.join("*.json")] });
    let text = printed_with(&dir, &service, &[]);
    for line in [
        "# Create its Secret first: kubectl create secret generic cton-splunk --from-file=secrets=./splunk \
         --from-file=splunk-asia=/etc/cton/splunk-asia --from-file=secrets.eu=./splunk-eu\n",
        &format!(
            "# Create its target files first: kubectl create configmap cton-splunk-targets --from-file={}\n",
            files.display()
        ),
    ] {
        assert!(text.contains(line), "{line}: {text}");
    }
    let objects = Yaml::load_from_str(&text).unwrap();
    let config = config_inside(&dir, &objects);
    let service = &config["services"]["splunk"];
    assert_eq!(service["targets_from"], json!(["/etc/cton-targets/*.json"]));
    assert_eq!(service["targets"].as_object().unwrap().len(), 1, "{service}");
    assert!(mounts(&objects).contains(&"/etc/cton-targets".to_owned()), "{text}");
    assert!(!text.contains("subPath"), "Kubernetes would never update the file: {text}");
    assert!(text.contains("memory: \"672Mi\""), "both targets count: {text}");

    write("sea", "/elsewhere/splunk-asia");
    let output = Cton::new(["--print-kubernetes", "-c"]).arg(dir.join("own.json")).output();
    let printed = String::from_utf8_lossy(&output.stderr);
    assert!(printed.contains("have the key `splunk-asia` of one Secret"), "{printed}");
}
