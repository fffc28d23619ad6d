#!/bin/sh
# Fetches the commits that a shallow clone lacks: pullable itself fetches nothing, and says which command would
# bring what it needs. Usage: fetch.sh PULLABLE [ARGUMENT]...
# Only a fetch is run, of the form that pullable writes; whatever else is printed is text.
set -eu

pullable=$1
shift
for _ in 1 2 3; do
    # A fetch may uncover the next commit that is absent.
    code=0
    said=$("$pullable" images --quiet "$@" 2>&1 >/dev/null) || code=$?
    test "$code" = 2 || exit 0
    fetch=$(printf '%s\n' "$said" | sed -nE 's/^.*: (git fetch --no-tags( --depth=1| --unshallow)? [A-Za-z0-9][A-Za-z0-9._-]*( [A-Za-z0-9][A-Za-z0-9._\/:-]*)?)$/\1/p' | tail -n 1)
    test -n "$fetch" || exit 0
    echo "$fetch"
    # Words without any meaning to the shell, as the pattern has them.
    # shellcheck disable=SC2086
    $fetch --quiet || exit 0
done
