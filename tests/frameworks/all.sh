#!/usr/bin/env bash
# Everything that needs tools from elsewhere: linters of workflows, and real runs of hooks, Action and template. Usage:
#
#   tests/frameworks/all.sh PULLABLE
set -euo pipefail

cd "$(dirname "$0")/../.."
pullable=$(realpath "$1")
mapfile -t examples < <(grep -rl --include='*.yml' '^permissions: {}' examples | sort)
actionlint .github/workflows/*.yml "${examples[@]}"
zizmor --offline --persona auditor action.yml .github/workflows
zizmor --offline --config .github/zizmor.yml "${examples[@]}"
tests/frameworks/install.sh "$pullable"
tests/frameworks/hooks.sh "$pullable"
tests/frameworks/action.sh "$pullable"
tests/frameworks/gitlab.sh "$pullable"
tests/frameworks/argocd.sh "$pullable"
tests/frameworks/release.sh
