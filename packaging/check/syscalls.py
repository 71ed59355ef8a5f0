"""Checks the system calls of a strace against SystemCallFilter= of a unit: syscalls.py TRACE UNIT"""
import re
import subprocess
import sys

trace, unit = sys.argv[1:]


def members(group):
    """Returns the calls of a group, including nested groups."""
    listed = subprocess.run(
        ["systemd-analyze", "syscall-filter", group], capture_output=True, text=True, check=True
    ).stdout
    words = [word for word in (line.strip() for line in listed.splitlines()[1:]) if word and word[0] != "#"]
    calls = {word for word in words if word[0] != "@"}
    return calls.union(*(members(word) for word in words if word[0] == "@"))


# Always allowed, whatever the filter is.
allowed = members("@default")
for line in open(unit, encoding="utf-8"):
    if line.startswith("SystemCallFilter="):
        value = line.split("=", 1)[1].strip()
        calls = set().union(*(members(group) for group in value.lstrip("~").split()))
        allowed = allowed - calls if value.startswith("~") else allowed | calls
allowed |= members("@default")
made = {found[1] for found in map(re.compile(r"\d+ +(\w+)\(").match, open(trace, encoding="utf-8")) if found}
if len(made) < 20:
    sys.exit(f"too few calls in the trace: {made}")
if made - allowed:
    sys.exit(f"not allowed: {made - allowed}")
