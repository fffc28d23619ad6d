#!/usr/bin/env bash
# Runs the Action for real: `act` on this machine, without containers and without actions from elsewhere, for each
# event, with a change that passes and one that does not. Usage:
#
#   tests/frameworks/action.sh PULLABLE      (act on the path; SOURCE=1 also builds it as install-from: source does)
set -euo pipefail

root=$(cd "$(dirname "$0")/../.." && pwd)
pullable=$(realpath "$1")
work=$(mktemp -d)
trap 'kill "$registry"; rm -rf "$work"' EXIT
python3 "$root/tests/frameworks/registry.py" "$work/port" &
registry=$!
until [ -s "$work/port" ]; do sleep 0.1; done
host="127.0.0.1:$(cat "$work/port")"
PATH="$(dirname "$pullable"):$PATH"
export PATH XDG_CACHE_HOME="$work/cache" XDG_CONFIG_HOME="$work/config"
export GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a@example.com GIT_COMMITTER_NAME=a GIT_COMMITTER_EMAIL=a@example.com
mkdir -p "$work/config/act" && : >"$work/config/act/actrc"

pod() { printf 'apiVersion: v1\nkind: Pod\nmetadata: {name: x}\nspec:\n  containers:\n  - name: x\n    image: %s/web:%s\n' "$host" "$1"; }

# main, a branch on it, and their merge, as GitHub makes it.
make() { # NAME TAG
    local dir=$work/$1
    git init -q -b main "$dir"
    mkdir -p "$dir/.github/workflows"
    cp -r "$root/action.yml" "$dir/" && cp -r "$root/.github/action" "$dir/.github/"
    cp "$root/tests/frameworks/workflow.yml" "$dir/.github/workflows/check.yml"
    if [ "$1" = source ]; then
        git -C "$root" archive HEAD | tar -x -C "$dir"
        sed -i 's/install-from: path/install-from: source/' "$dir/.github/workflows/check.yml"
        find "$dir/.github/workflows" -type f ! -name check.yml -delete
    fi
    pod 1 >"$dir/pod.yaml"
    git -C "$dir" add -A && git -C "$dir" commit -qm base
    git -C "$dir" checkout -qb feature && pod "$2" >"$dir/pod.yaml" && git -C "$dir" commit -qam change
    git -C "$dir" checkout -q main && echo x >"$dir/readme.md" && git -C "$dir" add -A && git -C "$dir" commit -qm "main moves on"
    git -C "$dir" checkout -q --detach && git -C "$dir" merge -q --no-ff -m merge feature
    git -C "$dir" update-ref refs/pull/7/merge HEAD
}

# A clone of one commit, what the event says of it, and the run.
act_on() { # NAME EVENT EXPECTED [ACT ARGUMENT]...
    local name=$1 event=$2 expected=$3 dir="$work/$1" clone="$work/$1-$2"
    shift 3
    local main feature merge ref=refs/pull/7/merge
    main=$(git -C "$dir" rev-parse main) feature=$(git -C "$dir" rev-parse feature)
    merge=$(git -C "$dir" rev-parse refs/pull/7/merge)
    git init -q "$clone" && git -C "$clone" remote add origin "file://$dir"
    git -C "$dir" config uploadpack.allowAnySHA1InWant true
    case $event in
    pull_request)
        printf '{"number": 7, "pull_request": {"number": 7, "base": {"sha": "%s", "ref": "main"}, "head": {"sha": "%s", "ref": "feature"}}}' "$main" "$feature"
        ;;
    push)
        ref=refs/heads/feature
        printf '{"ref": "refs/heads/feature", "before": "%s", "after": "%s", "forced": false, "repository": {"default_branch": "main"}}' "$(git -C "$dir" rev-parse feature^)" "$feature"
        ;;
    merge_group)
        printf '{"merge_group": {"base_sha": "%s", "head_sha": "%s", "base_ref": "refs/heads/main"}}' "$main" "$merge"
        ;;
    esac >"$clone.json"
    git -C "$clone" fetch -q --depth=1 origin "$ref" && git -C "$clone" checkout -q FETCH_HEAD
    (cd "$clone" && act "$event" --env "REMOTE=file://$dir" --env "REF=$ref" --eventpath "$clone.json" -P ubuntu-latest=-self-hosted --pull=false "$@") >"$clone.log" 2>&1 || true
    printf '\n===== %s, %s\n' "$name" "$event"
    sed 's/\x1b\[[0-9;]*m//g' "$clone.log" | grep -v '^time=' || true
    grep -q "exit-code=\[$expected\]" "$clone.log" || { echo "expected exit code $expected"; exit 1; }
}

make passing 2
make failing 3
for event in pull_request push merge_group; do
    act_on passing "$event" 0
    act_on failing "$event" 1
done
if [ -n "${SOURCE:-}" ]; then
    make source 3
    act_on source pull_request 1
fi
echo 'all as expected'
