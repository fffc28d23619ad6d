"""Prepares the pages of docs/ for the site; mdBook runs it (book.toml).

GitHub shows the same pages as they are. Two things differ on the site: a link to a file that is no page leads to the
repository, and the page of a rule starts with its name, its severity and its finding, which `pullable explain` prints
by itself.
"""

import json
import posixpath
import re
import sys

REPOSITORY = "https://github.com/pullable/pullable/blob/main/"
ROW = re.compile(r"^\| \[([a-z-]+)\]\([a-z-]+\.md\) \| ([a-z ]+) \| (.+) \|$", re.MULTILINE)
LINK = re.compile(r"\]\((?!\w+:|#)([^)\s]*)\)")


def linked(page: str, content: str) -> str:
    """Links out of docs/ lead to the repository, and those to a README to the page that mdBook makes of it."""

    def replace(link: re.Match[str]) -> str:
        target = posixpath.normpath(posixpath.join("docs", posixpath.dirname(page), link[1]))
        if not target.startswith("docs/"):
            return f"]({REPOSITORY}{target})"
        return link[0].replace("README.md", "index.md")

    return LINK.sub(replace, content)


def chapters(items: list):
    """All pages of the book."""
    for item in items:
        chapter = item.get("Chapter") if isinstance(item, dict) else None
        if chapter:
            yield chapter
            yield from chapters(chapter["sub_items"])


def prepare(book: dict) -> None:
    pages = {chapter["source_path"]: chapter for chapter in chapters(book["items"])}
    for rule, severity, finding in ROW.findall(pages["rules/README.md"]["content"]):
        page = pages[f"rules/{rule}.md"]
        page["content"] = f"# {rule}\n\n*{severity}*: {finding}\n\n{page['content']}"
    for path, page in pages.items():
        page["content"] = linked(path, page["content"])


if sys.argv[1:2] == ["supports"]:
    sys.exit(0)
_, book = json.load(sys.stdin)
prepare(book)
json.dump(book, sys.stdout)
