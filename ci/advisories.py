"""Holds Cargo.lock against the bans and sources of deny.toml, without a network: ci/advisories.py [CARGO_LOCK]"""

import re
import sys
import tomllib
from pathlib import Path

CRATES_IO = "registry+https://github.com/rust-lang/crates.io-index"


def numbers(version):
    """The three numbers of a version; a pre-release counts as the version before it."""
    core, _, pre = version.partition("+")[0].partition("-")
    parts = [int(part) for part in core.split(".")]
    return (*parts, *[0] * (3 - len(parts)), 0 if pre else 1)


def is_banned(package, ban):
    """Whether a package is the one that a ban names, in a version below its bound, or in any if it has none."""
    if package["name"] != ban["name"]:
        return False
    if "version" not in ban:
        return True
    bound = re.fullmatch(r"<\s*(\d+(?:\.\d+){0,2})", ban["version"])
    if not bound:
        sys.exit(f"deny.toml: version {ban['version']!r} of {ban['name']}: `<1.2.3` is expected")
    return numbers(package["version"]) < numbers(bound[1])


def faults(packages, rules):
    """A line for each package that deny.toml does not allow."""
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
    print(f"{lock}: {len(packages)} packages, none among the {len(rules['bans']['deny'])} bans of deny.toml, all from crates.io")


main()
