#!/usr/bin/env bash
# Real pushes through pre-commit, lefthook and husky, each set up as docs/hooks.md says. Stands outside of
# `cargo test`, since the frameworks come from PyPI and npm. Usage:
#
#   tests/frameworks/hooks.sh PULLABLE      (pre-commit, lefthook and husky on the path; those that are not are left out)
set -euo pipefail

root=$(cd "$(dirname "$0")/../.." && pwd)
pullable=$(realpath "$1")
work=$(mktemp -d)
registry=
trap 'test -z "$registry" || kill "$registry"; rm -rf "$work"' EXIT
PATH="$(dirname "$pullable"):$PATH"
export PATH HOME="$work" GIT_CONFIG_NOSYSTEM=1 XDG_CACHE_HOME="$work/cache"
export GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a@example.com GIT_COMMITTER_NAME=a GIT_COMMITTER_EMAIL=a@example.com

python3 "$root/tests/frameworks/registry.py" "$work/port" &
registry=$!
until [ -s "$work/port" ]; do sleep 0.1; done
host="127.0.0.1:$(cat "$work/port")"

pod() { printf 'apiVersion: v1\nkind: Pod\nmetadata: {name: x}\nspec:\n  containers:\n  - {name: x, image: "%s/web:3"}\n' "$host"; }

# The text of the n-th fenced block of docs/hooks.md whose first line is this.
block() { awk -v first="$1" '/^```/ { inside = !inside; wait = inside; take = 0; next } inside && wait { wait = 0; take = ($0 == first); if (take) next } inside && take' "$root/docs/hooks.md"; }

# A clone with a framework set up by a function, then a push that passes and two that do not.
try() {
    local name=$1 dir="$work/$1"
    if ! command -v "$name" >/dev/null; then echo "$name: not installed, left out"; return; fi
    git init -q --bare -b main "$dir.git"
    git init -q -b main "$dir" && cd "$dir"
    git remote add origin "$dir.git"
    echo hello >readme.md && "set_up_$name" >"$dir.log" 2>&1
    git add -A && git commit -qm "first" --no-verify
    git push -q origin main 2>"$dir.1" || { cat "$dir.1"; echo "$name: a harmless first push was stopped"; exit 1; }
    git checkout -qb feature && pod >pod.yaml && git add -A && git commit -qm "missing" --no-verify
    if git push -q origin feature 2>"$dir.2" >&2; then cat "$dir.2"; echo "$name: what is missing was pushed"; exit 1; fi
    for words in missing-tag "git push --no-verify"; do
        grep -q -- "$words" "$dir.2" || { cat "$dir.2"; echo "$name: does not say $words"; exit 1; }
    done
    PULLABLE_SKIP=1 git push -q origin feature 2>"$dir.3" >&2 || { cat "$dir.3"; echo "$name: could not be skipped"; exit 1; }
    git push -q origin --delete feature 2>"$dir.4" >&2 || { cat "$dir.4"; echo "$name: a deletion was stopped"; exit 1; }
    echo "$name: well"
}

set_up_pre-commit() {
    block "# .pre-commit-config.yaml" | sed "s|https://github.com/pullable/pullable|$root|; s|rev: .*|rev: $(git -C "$root" rev-parse HEAD)|; s|id: pullable$|id: pullable-system|" >.pre-commit-config.yaml
    pre-commit install --hook-type pre-push
}
set_up_lefthook() { block "# lefthook.yml" >lefthook.yml; lefthook install; }
set_up_husky() { echo '{"private": true}' >package.json; husky; block "# .husky/pre-push" >.husky/pre-push; }

try pre-commit
try lefthook
try husky
