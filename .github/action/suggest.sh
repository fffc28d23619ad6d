#!/usr/bin/env bash
# Posts the corrections of REPORT as suggestions at the pull request. Findings without a correction are annotations
# already. Whatever happens here changes nothing of the verdict.
set -euo pipefail

# Paths in the report are relative to the top of the repository.
cd "$(git rev-parse --show-toplevel)"
if ! grep -F '"suggestions":[' "$REPORT" >"$RUNNER_TEMP/suggestions.rdjsonl"; then
    echo 'there is no certain correction to suggest'
elif ! reviewdog -f=rdjsonl -name=pullable -reporter=github-pr-review -filter-mode=added -fail-level=none \
    <"$RUNNER_TEMP/suggestions.rdjsonl"; then
    printf '::warning title=pullable::%s\n' \
        'reviewdog could not post the suggestions: it needs the permission pull-requests: write'
fi
