#!/usr/bin/env bash
# Builds the program of a release twice, in two folders with two target folders, and compares the bytes. Usage:
#
#   reproduce.sh TARGET
set -euo pipefail

target=$1
cd "$(dirname "$0")/../.."
time=$(git log -1 --format=%ct)
commit=$(git rev-parse HEAD)
hashes=()
for name in first second-with-a-longer-name; do
    folder=$(mktemp -d)
    git archive HEAD --prefix="$name/" | tar -xf - -C "$folder"
    SOURCE_DATE_EPOCH=$time PULLABLE_COMMIT=$commit "$folder/$name/.github/release/build.sh" "$target" "$folder/$name/built"
    hashes+=("$(sha256sum <"$folder/$name/built/$target/release/pullable")")
    strings -n 6 "$folder/$name/built/$target/release/pullable" | grep -c "$folder" && echo "a path of this machine is in the program" >&2
    rm -rf "$folder"
done
printf '%s\n' "${hashes[@]}"
[[ ${hashes[0]} == "${hashes[1]}" ]] || { echo 'the two builds differ' >&2; exit 1; }
echo 'the two builds are the same'
