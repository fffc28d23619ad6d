#!/usr/bin/env bash
# The templates of examples/sentry, rendered as Argo CD renders them, are notifications that the program reads. Usage:
#
#   tests/frameworks/argocd.sh PULLABLE
set -euo pipefail

if ! command -v go >/dev/null; then
  echo "SKIPPED: the templates of examples/sentry are not rendered, since go is not in PATH" >&2
  exit 0
fi
here=$(realpath "$(dirname "$0")")
examples=$here/../../examples/sentry
pullable=$(realpath "$1")
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
# The checksums of the modules stay out of the repository: Go's database verifies them.
cp "$here/argocd/go.mod" "$scratch/go.mod"
(cd "$here/argocd" && go build -mod=mod -modfile="$scratch/go.mod" -o "$scratch/render" .)
git init -q "$scratch/clone"
cd "$scratch/clone"
git -c user.name=x -c user.email=x@example.org commit -q --allow-empty -m first
for file in server/argocd.yaml github/argocd.yaml; do
  names=
  while IFS= read -r line; do
    code=0
    outcome=$(printf '%s' "$line" | "$pullable" sentry --event - --format json) || code=$?
    # Nothing in an empty repository is the Application: the notification was read.
    [ "$code" = 3 ] || { echo "$file: exit code $code for $line" >&2; exit 1; }
    grep -q '"reason": "unknown-unit"' <<<"$outcome"
    names+=" $(sed -n 's/^ *"name": "\(.*\)",$/\1/p' <<<"$outcome")"
  done < <("$scratch/render" "$examples/$file")
  [ "$names" = " single several hostile" ] || { echo "$file: read as$names" >&2; exit 1; }
done
echo "the templates of Argo CD are read"
