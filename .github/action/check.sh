#!/usr/bin/env bash
# Runs the check, once the commits that it compares are there.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

refuse() { printf '::error title=pullable::%s\n' "$1"; printf 'exit-code=2\n' >>"$GITHUB_OUTPUT"; exit 2; }

flag() { # NAME VALUE: true, false, and nothing else
    case $2 in
    true) return 0 ;;
    false | '') return 1 ;;
    *) refuse "the input $1 is true or false" ;;
    esac
}

# What both commands take, then what only the check takes.
where=()
if [[ -n ${INPUT_BASE:-} ]]; then where+=("--base=$INPUT_BASE"); fi
if flag all "${INPUT_ALL:-}"; then where+=(--all); fi
if flag strict "${INPUT_STRICT:-}"; then where+=(--strict); fi
if [[ -n ${INPUT_CONFIG:-} ]]; then where+=("--config=$INPUT_CONFIG"); fi
if [[ -n ${INPUT_BASELINE:-} ]]; then where+=("--baseline=$INPUT_BASELINE"); fi

how=(--format github)
case ${INPUT_ON_UNVERIFIED:-} in
'') ;;
fail | warn) how+=(--on-unverified "$INPUT_ON_UNVERIFIED") ;;
*) refuse 'the input on-unverified is fail or warn' ;;
esac
if [[ -n ${INPUT_SARIF_FILE:-} ]]; then how+=("--report=sarif=$INPUT_SARIF_FILE"); fi
if [[ -n ${INPUT_JSON_FILE:-} ]]; then how+=("--report=json=$INPUT_JSON_FILE"); fi
if [[ -n ${INPUT_MARKDOWN_FILE:-} ]]; then how+=("--report=markdown=$INPUT_MARKDOWN_FILE"); fi
if flag suggestions "${INPUT_SUGGESTIONS:-}"; then
    command -v reviewdog >/dev/null ||
        refuse 'the input suggestions needs reviewdog on the PATH: reviewdog/action-setup installs it in a step before'
    how+=("--report=rdjsonl=$RUNNER_TEMP/pullable.rdjsonl")
fi

# The pinned Helm before any other.
if [[ -n ${HELM_FOLDER:-} ]]; then PATH=$HELM_FOLDER:$PATH; fi

sh "$here/fetch.sh" "$PULLABLE" ${where[@]+"${where[@]}"}
exec "$PULLABLE" check "${how[@]}" ${where[@]+"${where[@]}"}
