#!/usr/bin/env bash
# Joins the OCI archives of one image, one for each platform, into an OCI layout with one index, and prints the digest of
# the index. The blobs are copied as they are, so that the digests of the platforms stay. Needs jq. Usage:
#
#   layout.sh FOLDER ARCHIVE...
set -euo pipefail

folder=$1
shift
mkdir -p "$folder/blobs/sha256"
manifests='[]'
for archive in "$@"; do
    unpacked=$(mktemp -d)
    tar -xf "$archive" -C "$unpacked"
    cp "$unpacked"/blobs/sha256/* "$folder/blobs/sha256/"
    manifest=$(jq -e '.manifests | if length == 1 then .[0] else error("an archive holds one image") end' "$unpacked/index.json")
    digest=$(jq -r '.digest' <<<"$manifest")
    config=$(jq -r '.config.digest' "$folder/blobs/sha256/${digest#sha256:}")
    # The platform as the image itself has it; buildx writes annotations that do not belong to the index.
    platform=$(jq -e '{architecture, os} + (if .variant then {variant} else {} end)' "$folder/blobs/sha256/${config#sha256:}")
    manifests=$(jq -c --argjson m "$manifest" --argjson p "$platform" \
        '. + [$m | {mediaType, digest, size, platform: $p}]' <<<"$manifests")
    rm -rf "$unpacked"
done

type=application/vnd.oci.image.index.v1+json
index=$(jq -c --arg type "$type" '{schemaVersion: 2, mediaType: $type, manifests: sort_by(.platform.architecture)}' <<<"$manifests")
digest=$(printf '%s' "$index" | sha256sum | cut -d ' ' -f 1)
printf '%s' "$index" >"$folder/blobs/sha256/$digest"
jq -cn --arg type "$type" --arg digest "sha256:$digest" --argjson size "${#index}" \
    '{schemaVersion: 2, manifests: [{mediaType: $type, digest: $digest, size: $size}]}' >"$folder/index.json"
printf '{"imageLayoutVersion":"1.0.0"}' >"$folder/oci-layout"
printf 'sha256:%s\n' "$digest"
