#!/usr/bin/env bash
# Builds Gitea, the forge that `tests/it/revert_gitea.rs` runs against, from its Go module: some minutes of processor
# time. Usage:
#
#   tests/frameworks/gitea.sh FOLDER
#   PULLABLE_GITEA=FOLDER/gitea cargo test --test it revert_gitea
#
# `go install` refuses a module with `replace` lines, so that the build has a `go.mod` of its own that repeats them. The
# later versions name another module, whose dependencies the proxy does not have. The binary reads its templates from
# the module, which `FOLDER/static` points to.
set -euo pipefail

version=v1.26.0
mkdir -p "$1"
cd "$1"
module=$(go mod download -json "code.gitea.io/gitea@$version" | sed -n 's/^\t"Dir": "\(.*\)",$/\1/p')
{
  printf 'module build\n\n'
  grep '^go ' "$module/go.mod"
  printf '\ntool code.gitea.io/gitea\n\nrequire code.gitea.io/gitea %s\n\n' "$version"
  grep '^replace ' "$module/go.mod"
} >go.mod
go mod tidy -e
go build -tags 'sqlite sqlite_unlock_notify' -o gitea code.gitea.io/gitea
ln -sfn "$module" static
