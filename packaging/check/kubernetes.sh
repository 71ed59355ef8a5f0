# Checks the Kubernetes manifests; sourced by check.sh.

"$TOOLS" --print-kubernetes --state-dir /var/lib/cton >"$work/objects.yaml"
"$VENV/bin/python" packaging/check/kubernetes.py "$work/objects.yaml"
"$VENV/bin/python" packaging/check/kubernetes.py packaging/kubernetes.yaml
"$VENV/bin/python" - "$work/targets.json" <<'END'
import json, sys

with open("config.json", encoding="utf-8") as file:
    config = json.load(file)
targets = {"eu": {"secret_file_path": "./eu"}, "EU_2": {"secret_file_path": "keys/", "secret_environment": ["API_KEY"]}}
config["services"]["splunk"].update(targets=targets, targets_from=["targets.d/*.json"])
with open(sys.argv[1], "w", encoding="utf-8") as file:
    json.dump(config, file)
END
"$TOOLS" kubernetes -c "$work/targets.json" --state-dir /var/lib/cton >"$work/targets.yaml"
"$VENV/bin/python" packaging/check/kubernetes.py "$work/targets.yaml"
ok "the schemas of Kubernetes and of the Prometheus Operator accept every object"

sed 's/^\(  *\)replicas: 1/\1replicass: 1/' "$work/objects.yaml" >"$work/misspelt.yaml"
refused "$VENV/bin/python" packaging/check/kubernetes.py "$work/misspelt.yaml"
sed 's/^\(  *\)- interval: /\1- intervall: /' "$work/objects.yaml" >"$work/misspelt.yaml"
refused "$VENV/bin/python" packaging/check/kubernetes.py "$work/misspelt.yaml"
ok "a misspelled key is rejected"
