"""Holds the objects of a file against the schemas that are published: kubernetes.py FILE

Kubernetes' own come with kubernetes-validate, those of the Prometheus Operator as types made from its definitions.
"""
import sys

import kubernetes_validate
import yaml
from cloudcoil.models.prometheus_operator import v1

# The oldest that is looked at, and the newest there is.
VERSIONS = ["1.28", kubernetes_validate.latest_version()]

with open(sys.argv[1], encoding="utf-8") as file:
    objects = list(yaml.safe_load_all(file))
for one in objects:
    if one["kind"] == "ServiceMonitor":
        # These types pass over what they do not know: it is missing when they are written again.
        again = v1.ServiceMonitor.model_validate(one).model_dump(mode="json", by_alias=True, exclude_unset=True)
        if again != one:
            sys.exit(f"{one} has keys that are not known: {again} is what they leave")
    else:
        for version in VERSIONS:
            kubernetes_validate.validate(one, version, strict=True)
kinds = [one["kind"] for one in objects]
assert kinds == ["ConfigMap", "Deployment", "Service", "ServiceMonitor"], kinds
