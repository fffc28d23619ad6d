#!/usr/bin/env bash
# Builds the program of a release so that the same source gives the same bytes: no path of this machine is in it. Usage:
#
#   build.sh TARGET TARGET_FOLDER
set -euo pipefail

target=$1
folder=$2
cd "$(dirname "$0")/../.."
root=$(pwd -P)
home=${CARGO_HOME:-$HOME/.cargo}
export RUSTFLAGS="--remap-path-prefix=$root=/pullable --remap-path-prefix=$home=/cargo"
# C sources of dependencies, such as those of ring.
export CFLAGS="-ffile-prefix-map=$root=/pullable -ffile-prefix-map=$home=/cargo"
if [[ $target == *-msvc ]]; then unset CFLAGS; fi
SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct)}
export SOURCE_DATE_EPOCH
# The commit that --version shows, and by which pullable init pins the Action.
PULLABLE_COMMIT=${PULLABLE_COMMIT:-$(git rev-parse HEAD)}
export PULLABLE_COMMIT
cargo build --release --locked --package pullable --target "$target" --target-dir "$folder"
