"""Checks a PrometheusRule against the types of the Prometheus Operator: prometheus_rule.py FILE SAME...

The other files have the same rules: a rule file of Prometheus, or the alerts of a mixin as JSON.
"""
import sys

import yaml
from cloudcoil.models.prometheus_operator import v1

rule, *others = [yaml.safe_load(open(path, encoding="utf-8")) for path in sys.argv[1:]]
# These types ignore unknown keys, which are then missing in the serialized object.
again = v1.PrometheusRule.model_validate(rule).model_dump(mode="json", by_alias=True, exclude_unset=True)
if again != rule:
    sys.exit(f"unknown keys in {rule}: without them it is {again}")
for other in others:
    if other != rule["spec"]:
        sys.exit(f"other rules: {other} instead of {rule['spec']}")
