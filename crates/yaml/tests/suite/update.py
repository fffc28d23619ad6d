#!/usr/bin/env python3
"""Writes cases.jsonl from a clone of https://github.com/yaml/yaml-test-suite: update.py CLONE [COMMIT]"""
import json
import pathlib
import re
import subprocess
import sys

clone = sys.argv[1]
commit = sys.argv[2] if len(sys.argv) > 2 else "data-2022-01-17"


def git(*arguments):
    return subprocess.run(["git", "-C", clone, *arguments], check=True, capture_output=True).stdout


def text(path):
    return git("show", f"{commit}:{path}").decode()


paths = set(git("ls-tree", "-r", "--name-only", commit).decode().split("\n"))
cases = []
for path in sorted(paths):
    found = re.fullmatch(r"([A-Z0-9]{4}(?:/[0-9]+)?)/in\.yaml", path)
    if not found:
        continue
    case = found.group(1)
    entry = {"id": case, "name": text(f"{case}/===").strip(), "yaml": text(path)}
    entry["error"] = f"{case}/error" in paths
    if not entry["error"]:
        entry["events"] = text(f"{case}/test.event")
        if f"{case}/in.json" in paths:
            entry["json"] = text(f"{case}/in.json")
    cases.append(json.dumps(entry, ensure_ascii=False))
pathlib.Path(__file__).with_name("cases.jsonl").write_text("\n".join(cases) + "\n", newline="\n")
print(len(cases), "cases of", git("rev-parse", f"{commit}^{{commit}}").decode().strip())
