"""Prints the files of the build context of `docker build`, each followed by a zero byte: context.py DIR DOCKERFILE"""
import sys
from pathlib import Path

from docker.utils.build import exclude_paths

root, dockerfile = Path(sys.argv[1]), sys.argv[2]
lines = (root / f"{dockerfile}.dockerignore").read_text(encoding="utf-8").splitlines()
patterns = [line.strip() for line in lines if line.strip() and not line.startswith("#")]
for path in sorted(exclude_paths(str(root), patterns, dockerfile=dockerfile)):
    if (root / path).is_file():
        print(path, end="\0")
