#!/usr/bin/env bash
# Packs the program of TARGET with its licences into FOLDER/pullable-VERSION-TARGET.tar.gz. Usage:
#
#   pack.sh TARGET VERSION FOLDER
set -euo pipefail

target=$1
version=$2
folder=$3
program=pullable
if [[ $target == *-windows-* ]]; then program=pullable.exe; fi
packed=$(mktemp -d)
mkdir -p "$folder"
cp "target/$target/release/$program" README.md LICENSE-MIT LICENSE-APACHE "$packed/"
tar -czf "$folder/pullable-$version-$target.tar.gz" -C "$packed" .
rm -rf "$packed"
