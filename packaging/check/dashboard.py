"""Checks a dashboard against the schema of Grafana: dashboard.py FILE

The types of grafana-foundation-sdk are generated from Grafana's schemas. They ignore unknown keys and do not check types.
Therefore, the dashboard is serialized again and compared, and every value is checked against its annotation.
"""
import enum
import json
import sys
import typing

from grafana_foundation_sdk.cog import plugins
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models import common, dashboard, units

UNITS = {value for value in vars(units).values() if isinstance(value, str)}


def kept(ours, again, path):
    """Checks that every key and value is known to Grafana."""
    if isinstance(ours, dict) and isinstance(again, dict):
        for key, value in ours.items():
            if key not in again:
                sys.exit(f"{path}.{key}: unknown key")
            kept(value, again[key], f"{path}.{key}")
    elif isinstance(ours, list) and isinstance(again, list) and len(ours) == len(again):
        for at, (one, other) in enumerate(zip(ours, again)):
            kept(one, other, f"{path}[{at}]")
    elif ours != again or type(ours) is not type(again):
        sys.exit(f"{path}: {ours!r} becomes {again!r} in Grafana")


def fits(value, hint, path):
    """Returns true if the value and all its parts have the type of the hint."""
    if isinstance(hint, typing.ForwardRef):
        hint = hint.__forward_arg__
    if isinstance(hint, str):
        hint = vars(dashboard).get(hint) or vars(common)[hint]
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin is typing.Union:
        return any(fits(value, one, path) for one in arguments)
    if origin is typing.Literal:
        return value in arguments
    if origin is list:
        return isinstance(value, list) and all(fits(one, arguments[0], path) for one in value)
    if origin is dict:
        return isinstance(value, dict) and all(fits(one, arguments[1], path) for one in value.values())
    if hint is float:
        return type(value) in (int, float)
    if isinstance(hint, type) and issubclass(hint, enum.Enum):
        return value in [one.value for one in hint]
    if hint is str:
        return isinstance(value, str)
    if hint in (int, bool, type(None)):
        return type(value) is hint
    typed(value, path)
    return hint is object or isinstance(value, hint)


def typed(value, path):
    """Checks that every part of a value has its annotated type."""
    module = vars(sys.modules[type(value).__module__])
    for name, hint in vars(type(value)).get("__annotations__", {}).items():
        here = f"{path}.{name}"
        part = getattr(value, name)
        hint = eval(hint, dict(module)) if isinstance(hint, str) else hint
        if part is not None and not fits(part, resolved(hint, module), here):
            sys.exit(f"{here}: {part!r} is not of type {hint}")


def resolved(hint, module):
    """Returns the hint with its names replaced by classes."""
    if isinstance(hint, typing.ForwardRef):
        return eval(hint.__forward_arg__, dict(module))
    arguments = typing.get_args(hint)
    if not arguments or typing.get_origin(hint) is typing.Literal:
        return hint
    return typing.get_origin(hint)[tuple(resolved(one, module) for one in arguments)]


with open(sys.argv[1], encoding="utf-8") as file:
    ours = json.load(file)
plugins.register_default_plugins()
read = dashboard.Dashboard.from_json(ours)
kept(ours, json.loads(json.dumps(read, cls=JSONEncoder)), "dashboard")
typed(read, "dashboard")
for panel in ours["panels"]:
    unit = panel.get("fieldConfig", {}).get("defaults", {}).get("unit", "none")
    if unit not in UNITS and not unit.startswith("suffix:"):
        sys.exit(f"unknown unit: {unit}")
