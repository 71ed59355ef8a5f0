"""Checks the objects of a file against the published schemas: kubernetes.py FILE

kubernetes-validate has the schemas of Kubernetes. Those of the Prometheus Operator are types generated from its definitions.
"""
import sys

import kubernetes_validate
import yaml
from cloudcoil.models.prometheus_operator import v1

# The oldest and the newest version of the check.
VERSIONS = ["1.28", kubernetes_validate.latest_version()]

with open(sys.argv[1], encoding="utf-8") as file:
    objects = list(yaml.safe_load_all(file))
for one in objects:
    if one["kind"] == "ServiceMonitor":
        # These types ignore unknown keys, which are then missing in the serialized object.
        again = v1.ServiceMonitor.model_validate(one).model_dump(mode="json", by_alias=True, exclude_unset=True)
        if again != one:
            sys.exit(f"unknown keys in {one}: without them it is {again}")
    else:
        for version in VERSIONS:
            kubernetes_validate.validate(one, version, strict=True)
kinds = [one["kind"] for one in objects]
assert kinds == ["ConfigMap", "Deployment", "Service", "ServiceMonitor"], kinds
