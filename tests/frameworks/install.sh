#!/usr/bin/env bash
# The Action's installation, from a release that stands on this machine, and refused where anything is off. Usage:
#
#   tests/frameworks/install.sh PULLABLE
set -euo pipefail

root=$(cd "$(dirname "$0")/../.." && pwd)
pullable=$(realpath "$1")
work=$(mktemp -d)
trap 'kill "$server"; rm -rf "$work"' EXIT
cp -r "$root/.github/action" "$work/action"
mkdir -p "$work/releases/v9.8.7" "$work/bin"
archive=$work/releases/v9.8.7/pullable-9.8.7-x86_64-unknown-linux-musl.tar.gz
tar -czf "$archive" -C "$(dirname "$pullable")" "$(basename "$pullable")"
sum=$(sha256sum <"$archive")
python3 -u -m http.server --bind 127.0.0.1 --directory "$work/releases" 0 >"$work/log" 2>&1 &
server=$!
until grep -q 'port [0-9]' "$work/log"; do sleep 0.1; done
port=$(sed -nE 's/.* port ([0-9]+).*/\1/p' "$work/log" | head -n 1)

run() { # EXPECTED-CODE WORDS [NAME=VALUE]...
    local expected=$1 words=$2 code=0
    shift 2
    : >"$work/output"
    env RUNNER_OS=Linux RUNNER_ARCH=X64 RUNNER_TEMP="$work/bin" GITHUB_OUTPUT="$work/output" \
        PULLABLE_RELEASES="http://127.0.0.1:$port" "$@" bash "$work/action/install.sh" >"$work/said" 2>&1 || code=$?
    if [ "$code" != "$expected" ] || ! grep -qF -- "$words" "$work/said"; then
        echo "expected $expected and \"$words\", not $code and:"
        cat "$work/said"
        exit 1
    fi
}

run 2 'there is no release yet' INPUT_INSTALL_FROM=release
printf '9.8.7 x86_64-unknown-linux-musl %s\n' "${sum%% *}" >>"$work/action/checksums.txt"
run 0 'pullable ' # the newest that is known
grep -qx "path=$work/bin/pullable-9.8.7/pullable" "$work/output"
run 0 'its checksum was verified' INPUT_VERSION=9.8.7
run 2 'knows no release 9.8.6' INPUT_VERSION=9.8.6
run 2 'knows no release 9.8.7 for aarch64' RUNNER_ARCH=ARM64
run 2 'no release for this runner' RUNNER_ARCH=RISCV
run 2 'is release, source or path' INPUT_INSTALL_FROM=somewhere
# shellcheck disable=SC2016
for version in v9.8.7 9.8 '9.8.7;id' '$(id)' 9.8.7-rc.1 latest; do
    run 2 'is written X.Y.Z' INPUT_VERSION="$version"
done
echo tampered >>"$archive"
run 2 'the checksum of pullable 9.8.7' INPUT_VERSION=9.8.7
run 2 'there is no pullable on the PATH' INPUT_INSTALL_FROM=path
echo 'all as expected'
