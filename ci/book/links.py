"""Checks that each link of a built book has a target page and anchor: links.py DIR"""

import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit


class Page(HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.links, self.places = [], {""}
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        self.places.update(name for name in (attributes.get("id"), attributes.get("name")) if name)
        self.links += [attributes[key] for key in ("href", "src") if attributes.get(key)]


root = Path(sys.argv[1]).resolve()
pages = {path: Page(path.read_text()) for path in root.rglob("*.html")}
broken, looked = [], 0
for path, page in pages.items():
    for link in page.links:
        parts = urlsplit(link)
        # Skip external links, and 404.html, which is served for any path.
        if parts.scheme or parts.netloc or path.name == "404.html":
            continue
        looked += 1
        target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
        target = target / "index.html" if target.is_dir() else target
        there = target.exists() and target.is_relative_to(root)
        if not there or (target in pages and unquote(parts.fragment) not in pages[target].places):
            broken.append(f"{path.relative_to(root)}: {link}")
print(f"{len(pages)} pages, {looked} links within the book, {len(broken)} broken")
print("\n".join(broken))
sys.exit(bool(broken) or not looked)
