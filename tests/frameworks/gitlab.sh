#!/usr/bin/env bash
# Runs the GitLab template for real: gitlab-ci-local with the shell of this machine, in clones of one commit, with a
# change that passes and one that does not. Usage:
#
#   tests/frameworks/gitlab.sh PULLABLE [FOLDER]      (gitlab-ci-local on the path; artifacts are copied to FOLDER)
set -euo pipefail

root=$(cd "$(dirname "$0")/../.." && pwd)
pullable=$(realpath "$1")
kept=${2:-}
work=$(mktemp -d)
trap 'kill "$registry"; rm -rf "$work"' EXIT
python3 "$root/tests/frameworks/registry.py" "$work/port" &
registry=$!
until [ -s "$work/port" ]; do sleep 0.1; done
host="127.0.0.1:$(cat "$work/port")"
PATH="$(dirname "$pullable"):$PATH"
export PATH GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a@example.com GIT_COMMITTER_NAME=a GIT_COMMITTER_EMAIL=a@example.com

pod() { printf 'apiVersion: v1\nkind: Pod\nmetadata: {name: x}\nspec:\n  containers:\n  - name: x\n    image: %s/web:%s\n' "$host" "$1"; }

try() { # NAME TAG EXPECTED-CODE INPUTS VARIABLE...
    local dir="$work/$1" clone="$work/$1-clone" code=0
    local name=$1 tag=$2 expected=$3 inputs=$4
    shift 4
    git init -q -b main "$dir" && git -C "$dir" config uploadpack.allowAnySHA1InWant true
    mkdir -p "$dir/templates" && cp "$root/templates/pullable.yml" "$dir/templates/"
    printf 'include:\n  - local: templates/pullable.yml\n    inputs: {%s}\n' "$inputs" >"$dir/.gitlab-ci.yml"
    pod 1 >"$dir/pod.yaml" && git -C "$dir" add -A && git -C "$dir" commit -qm base
    git -C "$dir" checkout -qb feature && pod "$tag" >"$dir/pod.yaml" && git -C "$dir" commit -qam change
    git clone -q --depth 1 --branch feature "file://$dir" "$clone"
    local base
    base=$(git -C "$dir" rev-parse main)
    local variables=()
    for variable in "$@"; do variables+=(--variable "${variable/%=BASE/=$base}"); done
    # What a clone by a runner has: no branch of the remote but its own.
    (cd "$clone" && gitlab-ci-local --force-shell-executor --no-color \
        --variable CI_PIPELINE_SOURCE=merge_request_event "${variables[@]}") >"$work/$name.log" 2>&1 || code=$?
    printf '\n===== %s\n' "$name"
    cat "$work/$name.log"
    [ "$code" = "$expected" ] || { echo "expected exit code $expected, not $code"; exit 1; }
    if [ -n "$kept" ]; then mkdir -p "$kept/$name" && find "$clone" -name 'pullable.*' -exec cp {} "$kept/$name/" \;; fi
}

merge_request=(GITLAB_CI=true CI_MERGE_REQUEST_IID=7 CI_MERGE_REQUEST_DIFF_BASE_SHA=BASE)
try passing 2 0 '' "${merge_request[@]}"
try failing 3 1 'job-name: images, stage: test' "${merge_request[@]}"
try merged-results 3 1 'strict: true' GITLAB_CI=true CI_MERGE_REQUEST_IID=7 CI_MERGE_REQUEST_TARGET_BRANCH_SHA=BASE
echo 'all as expected'
