"""Checks Cargo.lock against the bans and sources of deny.toml, without network access: ci/advisories.py [CARGO_LOCK]"""

import re
import sys
import tomllib
from pathlib import Path

CRATES_IO = "registry+https://github.com/rust-lang/crates.io-index"


def numbers(version):
    """Returns the version as numbers. A pre-release sorts before its release."""
    core, _, pre = version.partition("+")[0].partition("-")
    parts = [int(part) for part in core.split(".")]
    return (*parts, *[0] * (3 - len(parts)), 0 if pre else 1)


def is_banned(package, ban):
    """Returns true if the package has the name of the ban and a version below its bound, or if the ban has no bound."""
    if package["name"] != ban["name"]:
        return False
    if "version" not in ban:
        return True
    bound = re.fullmatch(r"<\s*(\d+(?:\.\d+){0,2})", ban["version"])
    if not bound:
        sys.exit(f"error: deny.toml: {ban['name']}: invalid version {ban['version']!r}; use `<1.2.3`")
    return numbers(package["version"]) < numbers(bound[1])


def faults(packages, rules):
    """Yields a line for each package that deny.toml does not allow."""
    for package in packages:
        name = f"{package['name']} {package['version']}"
        for ban in rules["bans"]["deny"]:
            if is_banned(package, ban):
                yield f"{name} is banned ({ban.get('version', 'any version')})"
        if package.get("source", CRATES_IO) != CRATES_IO:
            yield f"{name} is not from crates.io: {package['source']}"


def main():
    lock = Path(sys.argv[1] if len(sys.argv) > 1 else "Cargo.lock")
    packages = tomllib.loads(lock.read_text())["package"]
    rules = tomllib.loads(Path("deny.toml").read_text())
    found = list(faults(packages, rules))
    if found:
        sys.exit("\n".join(f"error: {lock}: {fault}\n  = help: update it (cargo update), or see deny.toml" for fault in found))
    print(f"{lock}: {len(packages)} packages, all from crates.io; none matches the {len(rules['bans']['deny'])} bans of deny.toml")


main()
