#!/usr/bin/env bash
# Installs pullable on the runner: a release whose checksum is in checksums.txt, or a build of the source beside this
# file. Outputs: `path`, the program; `archive`, the release archive whose attestation is still to be verified.
#
# The current folder of the step is the checkout of the change, and nothing in it may run here: cargo and rustup
# read `.cargo/config.toml` and `rust-toolchain.toml` of the current folder and of the folders above it. So this script
# leaves the checkout first, builds from a copy of the source, and no token is in its environment.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cd "$RUNNER_TEMP"
# A mirror may stand in for it: the checksum decides.
releases=${PULLABLE_RELEASES:-https://github.com/pullable/pullable/releases/download}
protocols='=https'
if [[ -n ${PULLABLE_RELEASES:-} ]]; then protocols='=https,http'; fi

refuse() { printf '::error title=pullable::%s\n' "$1"; exit 2; }

case ${RUNNER_OS:-}-${RUNNER_ARCH:-} in
Linux-X64) target=x86_64-unknown-linux-musl ;;
Linux-ARM64) target=aarch64-unknown-linux-musl ;;
macOS-X64) target=x86_64-apple-darwin ;;
macOS-ARM64) target=aarch64-apple-darwin ;;
Windows-X64) target=x86_64-pc-windows-msvc ;;
*) target= ;;
esac

# Lines of version, target and SHA-256, the newest version last.
lookup() { awk -v version="$1" -v target="$target" '$1 == version && $2 == target { print $3 }' "$here/checksums.txt"; }

version=${INPUT_VERSION:-}
if [[ -z $version ]]; then
    version=$(awk '/^[0-9]/ { version = $1 } END { print version }' "$here/checksums.txt")
elif ! [[ $version =~ ^[0-9]+\.[0-9]+\.[0-9]+$ ]]; then
    refuse 'the input version is written X.Y.Z, or left empty'
fi
from=${INPUT_INSTALL_FROM:-}
if [[ -z $from ]]; then
    if [[ -n $version ]]; then from=release; else from=source; fi
fi

program=pullable
if [[ ${RUNNER_OS:-} == Windows ]]; then program=pullable.exe; fi

from_release() {
    local expected archive actual
    [[ -n $target ]] || refuse 'there is no release for this runner: use install-from source'
    [[ -n $version ]] || refuse 'there is no release yet: use install-from source'
    expected=$(lookup "$version")
    [[ $expected =~ ^[0-9a-f]{64}$ ]] || refuse "this version of the action knows no release $version for $target"
    folder=$RUNNER_TEMP/pullable-$version
    mkdir -p "$folder"
    archive=$folder/pullable-$version-$target.tar.gz
    curl --fail --silent --show-error --location --retry 3 --max-time 120 --proto "$protocols" \
        --output "$archive" "$releases/v$version/pullable-$version-$target.tar.gz"
    if command -v sha256sum >/dev/null; then actual=$(sha256sum <"$archive"); else actual=$(shasum -a 256 <"$archive"); fi
    [[ ${actual%% *} == "$expected" ]] || refuse "the checksum of pullable $version for $target is wrong: ${actual%% *}"
    if [[ -n ${PULLABLE_RELEASES:-} ]]; then
        echo 'The release comes from a mirror: its checksum was verified, and its attestation was not.'
    else
        printf 'archive=%s\n' "$archive" >>"$GITHUB_OUTPUT"
    fi
    tar -xzf "$archive" -C "$folder"
    path=$folder/$program
}

from_source() {
    command -v cargo >/dev/null || refuse 'install-from source needs cargo on the runner'
    if command -v rustup >/dev/null; then
        # The toolchain of the runner; a variable outranks every rust-toolchain file.
        RUSTUP_TOOLCHAIN=${RUSTUP_TOOLCHAIN:-$(cd / && rustup show active-toolchain | cut -d ' ' -f 1)}
        export RUSTUP_TOOLCHAIN
    fi
    local build=$RUNNER_TEMP/pullable-source
    rm -rf "$build"
    mkdir -p "$build"
    tar -C "$here/../.." --exclude=./.git --exclude=./.cargo --exclude=./target -cf - . | tar -C "$build" -xf -
    cd "$build"
    cargo build --release --locked --quiet --package pullable --target-dir "$build/target"
    path=$RUNNER_TEMP/$program
    cp "$build/target/release/$program" "$path"
    cd "$RUNNER_TEMP"
    rm -rf "$build"
}

case $from in
release) from_release ;;
source) from_source ;;
path) path=$(command -v pullable) || refuse 'install-from path: there is no pullable on the PATH' ;;
*) refuse 'the input install-from is release, source or path' ;;
esac

"$path" --version
printf 'path=%s\n' "$path" >>"$GITHUB_OUTPUT"
