# Checks the Kubernetes manifests; sourced by check.sh.

"$TOOLS" --print-kubernetes --state-dir /var/lib/cton >"$work/objects.yaml"
"$VENV/bin/python" packaging/check/kubernetes.py "$work/objects.yaml"
"$VENV/bin/python" packaging/check/kubernetes.py packaging/kubernetes.yaml
ok "the schemas of Kubernetes and of the Prometheus Operator accept every object"

sed 's/^\(  *\)replicas: 1/\1replicass: 1/' "$work/objects.yaml" >"$work/misspelt.yaml"
refused "$VENV/bin/python" packaging/check/kubernetes.py "$work/misspelt.yaml"
sed 's/^\(  *\)- interval: /\1- intervall: /' "$work/objects.yaml" >"$work/misspelt.yaml"
refused "$VENV/bin/python" packaging/check/kubernetes.py "$work/misspelt.yaml"
ok "a misspelled key is rejected"
