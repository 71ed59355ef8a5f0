"""mdBook preprocessor: rewrites links from docs/ to other files of the repository as URLs on GitHub."""

import json
import re
import sys

REPOSITORY = "https://github.com/collectington/collectington/blob/main/"


def renewed(section):
    chapter = section.get("Chapter") if isinstance(section, dict) else None
    if chapter:
        chapter["content"] = re.sub(r"\]\(\.\./", f"]({REPOSITORY}", chapter["content"])
        for item in chapter["sub_items"]:
            renewed(item)


if sys.argv[1:2] == ["supports"]:
    sys.exit(0)
_, book = json.load(sys.stdin)
for section in book["items"]:
    renewed(section)
json.dump(book, sys.stdout)
