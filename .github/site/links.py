"""Checks the built site: every link inside of it leads to a file and an anchor that exist. It uses no network.

    python3 .github/site/links.py target/book
"""

import pathlib
import sys
from html.parser import HTMLParser
from urllib.parse import unquote, urlsplit


class Page(HTMLParser):
    """The anchors of a page, and the addresses that it links to or shows."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.anchors: set[str] = set()
        self.links: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list) -> None:
        for name, value in attrs:
            if name == "id":
                self.anchors.add(value)
            elif (tag, name) in {("a", "href"), ("img", "src"), ("link", "href"), ("script", "src")} and value:
                self.links.append(value)


def main(root: pathlib.Path) -> int:
    # 404.html has the address of the site in its links.
    files = [file for file in root.rglob("*.html") if file.name not in {"404.html", "toc.html"}]
    pages = {file.resolve(): Page(file.read_text()) for file in files}
    broken, count = [], 0
    for file, page in pages.items():
        for link in page.links:
            address = urlsplit(link)
            if address.scheme or address.netloc:
                continue
            count += 1
            target = (file.parent / unquote(address.path)).resolve() if address.path else file
            target = target / "index.html" if target.is_dir() else target
            anchor = unquote(address.fragment)
            if not target.exists():
                broken.append(f"{file.name}: {link}: no such file")
            elif anchor and target in pages and anchor not in pages[target].anchors:
                broken.append(f"{file.name}: {link}: no such anchor")
    print(f"{count} links in {len(pages)} pages, {len(broken)} broken", *broken, sep="\n")
    return 1 if broken or count < 100 else 0


sys.exit(main(pathlib.Path(sys.argv[1])))
