//! The output of `cton kubernetes`: the example in packaging/, and properties of any manifest.
//!
//! `UPDATE_GOLDENS=1 cargo test --test it kubernetes` writes packaging/kubernetes.yaml again. packaging/check.sh
//! validates it by the schemas of Kubernetes.

use std::fs;

use saphyr::{LoadableYamlNode as _, Yaml};

use crate::support::golden;
use crate::support::process::{Cton, scratch};

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
